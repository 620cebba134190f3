"""Identity of runs, data sets and settings: by their content, not by path or name."""

VERSION = 1
"""Version of the digests that a run records of its data; raise it whenever the same data set would get others."""
