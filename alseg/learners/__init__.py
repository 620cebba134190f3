"""Learners: LightningModules that predict with members. One file per learner, one YAML in ``conf/learner``."""
