"""Public data sets: for each a description and a converter into the manifest form, and one way to get them all."""
