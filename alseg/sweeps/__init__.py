"""Sweeps: many runs from one command, planned, launched, watched and reported."""
