"""Learning-rate schedules over the optimiser steps of one round."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch.optim import Optimizer
from torch.optim.lr_scheduler import ConstantLR, LRScheduler, MultiStepLR, OneCycleLR, PolynomialLR

START, END = 25.0, 1e4
"""PyTorch's own divisors of the one-cycle schedule: the highest rate by the first, the first by the last."""


def one_cycle(optimizer: Optimizer, steps: int, warmup: float = 0.2, floor: float = 0.0) -> LRScheduler:
    """One-cycle: up to the optimiser's own rate over the share ``warmup`` of the steps, then down by a cosine.

    The way up takes one step at least, if there is one: PyTorch divides by its length.

    Args:
        optimizer: whose rate it is.
        steps: of the round.
        warmup: share of them that leads up.
        floor: share of the rate that it ends at; 0: next to nothing, 1 / 250,000 of it.

    Raises:
        ValueError: if the floor is no share.
    """
    if not 0 <= floor <= 1:
        raise ValueError(f"floor={floor}: between 0 and 1, a share of the optimiser's rate")
    rates = [group["lr"] for group in optimizer.param_groups]
    share = max(warmup, 2 / (steps + 1)) if warmup > 0 else warmup
    end = 1 / (START * floor) if floor else END
    return OneCycleLR(
        optimizer, max_lr=rates, total_steps=steps + 1, pct_start=share, div_factor=START, final_div_factor=end
    )


def constant(optimizer: Optimizer, steps: int) -> LRScheduler:
    """The optimiser's own rate at all steps: an average of past weights never catches up with what still moves."""
    return ConstantLR(optimizer, factor=1.0, total_iters=steps)


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
