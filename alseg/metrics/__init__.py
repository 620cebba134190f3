"""Metrics: how good is a prediction? Empty predictions and references are counted, never flattered."""
