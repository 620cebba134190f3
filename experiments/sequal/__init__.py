"""SEQUAL."""
