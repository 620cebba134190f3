"""Means over the rows of a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def means_by_group(values: NDArray[Any], groups: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Compute the means of ``(N, ...)`` rows over each of the G different groups, in the order of their names.

    Returns:
        ``(N,)`` the place of each row's group, and ``(G, ...)`` float32 means.
    """
    names, place = np.unique(np.array(groups, dtype=str), return_inverse=True)
    totals = np.zeros((len(names), *values.shape[1:]))
    np.add.at(totals, place, values)
    counts = np.bincount(place, minlength=len(names)).reshape(-1, *[1] * (values.ndim - 1))
    return place, (totals / counts).astype(np.float32)
