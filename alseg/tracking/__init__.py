"""Trackers: where a run is shown while it goes on. ``metrics.csv`` is written in any case."""
