"""Conversion of files of any kind to a data set folder: publishers' files of public data sets, and users' own volumes."""
