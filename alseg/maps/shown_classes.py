"""Main class and share of foreground of each image of a data set, and which images have a label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE, Dataset

NOTHING = "only background"
UNKNOWN = "no label yet"


def labelled(dataset: Dataset, rows: NDArray[np.intp]) -> tuple[bool, ...] | None:
    """Which images have a target; None where all have."""
    return None if dataset.has_target is None else tuple(dataset.has_target[row] for row in rows)


def class_names(dataset: Dataset, rows: NDArray[np.intp]) -> tuple[str, ...] | None:
    """Class of each image or, for segmentation, the foreground class with the most pixels in it.

    None where there is only one foreground class, by which no two images differ, or no image has a label.
    """
    known = labelled(dataset, rows) or (True,) * len(rows)
    if not any(known):
        return None
    if dataset.task == "classification":
        names = [dataset.classes[int(dataset.targets[row])] for row in rows]
    elif len(dataset.classes) == 2:
        return None
    else:
        counted = (NOTHING, *dataset.classes[1:])
        names = [counted[1 + int(c[1:].argmax()) if c[1:].any() else 0] for c in _counts(dataset, rows)]
    return tuple(name if there else UNKNOWN for name, there in zip(names, known))


def foreground_shares(dataset: Dataset, rows: NDArray[np.intp]) -> NDArray[np.float64] | None:
    """``(N,)`` share of the foreground among the annotated pixels, 0 without any and NaN without a mask.

    None for classification, or where no image has a mask.
    """
    known = labelled(dataset, rows) or (True,) * len(rows)
    if dataset.task == "classification" or not any(known):
        return None
    counts = _counts(dataset, rows)
    shares: NDArray[np.float64] = counts[:, 1:].sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
    return np.where(known, shares, np.nan)


def _counts(dataset: Dataset, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """``(N, classes)`` pixels of each class."""
    known = len(dataset.classes)
    counts = (np.bincount(dataset.targets[row].ravel(), minlength=IGNORE + 1)[:known] for row in rows)
    return np.array(list(counts), dtype=np.int64).reshape(len(rows), known)
