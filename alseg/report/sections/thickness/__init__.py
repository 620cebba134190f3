"""Agreement of the carotid wall thickness."""
