"""What makes two runs, data sets or settings the same: what is in them, not where they lie or what they are called."""

VERSION = 1
"""Of the digests that a run records of its data; to be raised whenever the same data set would get others."""
