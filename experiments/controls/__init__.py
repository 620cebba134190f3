"""Positive controls: settings in which it is known what must come out."""
