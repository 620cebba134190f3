"""What is computed from the numbers of runs."""
