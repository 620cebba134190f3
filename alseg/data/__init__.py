"""Data sets: from a folder with a manifest to arrays in memory."""
