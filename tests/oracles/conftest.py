"""Data sets whose truth is drawn by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from alseg.data.dataset import Dataset


@pytest.fixture
def make_set() -> Callable[..., Dataset]:
    """A data set of the given truths, with pixels of 1 px unless said otherwise."""

    def make(*truths: np.ndarray, classes: int = 2, spacing: object = 1.0, unit: str = "px") -> Dataset:
        targets = np.stack(truths).astype(np.uint8)
        ids = tuple("abcdefgh"[: len(targets)])
        return Dataset(
            name="drawn",
            task="segmentation",
            ids=ids,
            groups=ids,
            images=np.zeros((len(targets), 1, *targets.shape[1:]), dtype=np.uint8),
            targets=targets,
            classes=tuple(f"class_{c}" for c in range(classes)),
            spacing=np.broadcast_to(np.asarray(spacing, dtype=float), (len(targets), 2)).copy(),
            unit=unit,  # type: ignore[arg-type]
        )

    return make


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
