"""Queries and cold starts of many seeds at once, on frozen features."""
