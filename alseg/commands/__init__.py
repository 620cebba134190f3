"""Commands of the ``alseg`` program, one file each: arguments and action."""
