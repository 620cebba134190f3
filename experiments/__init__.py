"""One folder per paper: its numbers, our sweep, and what came out."""
