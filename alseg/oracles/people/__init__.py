"""People who answer queries: checks of their answers, and the files that they are given."""
