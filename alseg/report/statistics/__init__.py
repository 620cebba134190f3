"""Statistics of the numbers of runs."""
