"""Generated images with a known truth."""
