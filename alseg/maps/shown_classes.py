"""Main class and share of foreground of each image of a data set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE, Dataset

NOTHING = "only background"


def class_names(dataset: Dataset, rows: NDArray[np.intp]) -> tuple[str, ...] | None:
    """Class of each image or, for segmentation, the foreground class with the most pixels in it.

    None where there is only one foreground class, by which no two images differ.
    """
    if dataset.task == "classification":
        return tuple(dataset.classes[int(dataset.targets[row])] for row in rows)
    if len(dataset.classes) == 2:
        return None
    names = (NOTHING, *dataset.classes[1:])
    return tuple(names[1 + int(c[1:].argmax()) if c[1:].any() else 0] for c in _counts(dataset, rows))


def foreground_shares(dataset: Dataset, rows: NDArray[np.intp]) -> NDArray[np.float64] | None:
    """``(N,)`` share of the foreground among the annotated pixels, 0 without any; None for classification."""
    if dataset.task == "classification":
        return None
    counts = _counts(dataset, rows)
    shares: NDArray[np.float64] = counts[:, 1:].sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
    return shares


def _counts(dataset: Dataset, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """``(N, classes)`` pixels of each class."""
    known = len(dataset.classes)
    counts = (np.bincount(dataset.targets[row].ravel(), minlength=IGNORE + 1)[:known] for row in rows)
    return np.array(list(counts), dtype=np.int64).reshape(len(rows), known)
