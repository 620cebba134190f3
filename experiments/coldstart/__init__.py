"""Embedding-based cold start."""
