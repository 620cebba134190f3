"""The loop of active learning: the controller walks its phases."""
