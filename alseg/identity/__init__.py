"""What makes two runs, data sets or settings the same: what is in them, not where they lie or what they are called."""
