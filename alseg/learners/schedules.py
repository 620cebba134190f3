"""Learning-rate schedules over the optimiser steps of one round."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, MultiStepLR, OneCycleLR, PolynomialLR


def one_cycle(optimizer: Optimizer, steps: int, warmup: float = 0.2) -> LRScheduler:
    """One-cycle: up to the optimiser's own rate over the share ``warmup`` of the steps, then down by a cosine.

    The way up takes one step at least, if there is one: PyTorch divides by its length.
    """
    rates = [group["lr"] for group in optimizer.param_groups]
    share = max(warmup, 2 / (steps + 1)) if warmup > 0 else warmup
    return OneCycleLR(optimizer, max_lr=rates, total_steps=steps + 1, pct_start=share)


def polynomial(optimizer: Optimizer, steps: int, power: float = 0.9) -> LRScheduler:
    """Polynomial decay: the optimiser's own rate times ``(1 - step / steps) ** power``, which ends at 0."""
    return PolynomialLR(optimizer, total_iters=steps, power=power)


def step(optimizer: Optimizer, steps: int, at: Sequence[float] = (0.75,), factor: float = 0.1) -> LRScheduler:
    """Steps down: the optimiser's own rate, times ``factor`` once each share ``at`` of the steps has passed.

    Raises:
        ValueError: if a share is not between 0 and 1, or the factor not above 0.
    """
    if not all(0 < share <= 1 for share in at):
        raise ValueError(f"at={list(at)}: shares of the steps, above 0 and at most 1")
    if factor <= 0:
        raise ValueError(f"factor={factor}: above 0")
    return MultiStepLR(optimizer, [math.ceil(share * steps) for share in sorted(at)], gamma=factor)
