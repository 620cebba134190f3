"""Everything that hangs on the loop, one callback a file."""
