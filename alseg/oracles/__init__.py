"""Oracles: who answers a query, and what it costs. One file per oracle, one YAML in ``conf/oracle``."""
