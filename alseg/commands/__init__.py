"""The commands of the ``alseg`` program, one file each: a line of help, the arguments, and what to do."""
