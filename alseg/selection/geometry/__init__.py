"""Distances, clusters and their middles, shared by several selectors."""
