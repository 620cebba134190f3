"""Targets drawn by hand."""

from __future__ import annotations

import numpy as np


def square(size: int = 32, low: int = 10, high: int = 20, value: int = 1) -> np.ndarray:
    target = np.zeros((size, size), dtype=np.uint8)
    target[low:high, low:high] = value
    return target


def rings(size: int = 64) -> np.ndarray:
    """A disc (3) in a ring (2) beside another disc (1), as in a short-axis view of the heart."""
    y, x = np.mgrid[:size, :size]
    away = np.hypot(y - 0.5 * size, x - 0.55 * size)
    target = np.zeros((size, size), dtype=np.uint8)
    target[np.hypot(y - 0.5 * size, x - 0.27 * size) < 0.16 * size] = 1
    target[away < 0.24 * size] = 2
    target[away < 0.14 * size] = 3
    return target
