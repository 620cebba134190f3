"""One file for each public data set, or family of them: a description and a converter."""
