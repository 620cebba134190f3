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
