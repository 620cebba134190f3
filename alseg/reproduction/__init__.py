"""Reproduction of a paper: runs, tables and numbers beside the paper's, from its folder under ``experiments/``."""
