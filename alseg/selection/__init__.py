"""Selectors: which n of the candidates are asked for? One file per rule; ``conf/strategy`` joins them with scores."""
