"""One independent random stream per purpose, so that strategies which are compared differ in their queries alone.

Every stream is a pure function of ``(seed, round, purpose)``: nothing depends on what ran before, and a run that was
killed and resumed draws the same numbers as one that was not.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def generator(seed: int, round_: int, purpose: str, *counters: int) -> np.random.Generator:
    """The numpy generator of one purpose (``split``, ``query``, ``batch order``, ...) in one round."""
    return np.random.default_rng(_sequence(seed, round_, purpose, *counters))


def torch_seed(seed: int, round_: int, purpose: str, *counters: int) -> int:
    """A 63-bit seed for PyTorch's generators, for one purpose in one round (and, say, one optimiser step)."""
    return int(_sequence(seed, round_, purpose, *counters).generate_state(1, np.uint64)[0] >> 1)


@contextmanager
def seeded_torch(seed: int, round_: int, purpose: str) -> Iterator[None]:
    """Seed PyTorch's global generators from one purpose's stream; after the block they are as before."""
    with torch.random.fork_rng():
        torch.manual_seed(torch_seed(seed, round_, purpose))
        yield


def _sequence(seed: int, round_: int, purpose: str, *counters: int) -> np.random.SeedSequence:
    return np.random.SeedSequence([seed, round_, zlib.crc32(purpose.encode()), *counters])
