"""Run folders: found, read, and told apart by what was compared."""
