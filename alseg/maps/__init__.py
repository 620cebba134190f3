"""Maps of a data set in two dimensions: what is near what, what was picked and why. Run folders or data sets in, a page out."""
