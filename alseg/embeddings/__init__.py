"""Frozen feature extractors, their two-dimensional map, and the cache that makes each of them once per data set."""
