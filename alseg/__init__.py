"""alseg: active-learning experiments on medical images."""

import os
from importlib.metadata import version

# Before PyTorch loads its threads: GNU OpenMP's workers spin while they wait, and as soon as two processes share the cores
# (jobs of a sweep, another user), they spin on each other's time: two trainings on two cores took 19 times as long as one.
# With this many turns before a worker sleeps, they take twice as long, and one alone loses about 3%.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

__version__ = version("alseg")
