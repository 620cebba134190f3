"""From files of any kind to an ordinary data set folder: the publishers' of public data sets, and one's own volumes."""
