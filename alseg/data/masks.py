"""Masks of a manifest's rows, of which some may not be there yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.data.classes import mask_classes
from alseg.data.images import Header
from alseg.data.mask_values import as_class_ids, foreground_files


@dataclass(frozen=True)
class Masks:
    """The rows that have a mask; all others take part in nothing here.

    Args:
        rows: ``(M,)`` rows of the manifest, of N.
        files: M mask files.
        one_bit: ``(M,)`` which have one bit per pixel.
        n: N.
    """

    rows: NDArray[np.intp]
    files: tuple[Path, ...]
    one_bit: NDArray[np.bool_]
    n: int

    @classmethod
    def of(cls, masks: Sequence[Path | None], headers: Sequence[Header | None]) -> Masks:
        """Of the mask file of each row, with its header; None where there is no mask."""
        there = [(row, path, header) for row, (path, header) in enumerate(zip(masks, headers)) if path and header]
        return cls(
            np.array([row for row, _, _ in there], dtype=np.intp),
            tuple(path for _, path, _ in there),
            np.array([header.bits == 1 for _, _, header in there], dtype=np.bool_),
            len(masks),
        )

    def foreground(
        self,
        counts: NDArray[np.uint32],
        alone: NDArray[np.bool_],
        mask_255: str | None,
        classes: Sequence[str] | None,
        key: str = "data.mask_255",
    ) -> NDArray[np.bool_]:
        """``(N,)`` in which rows 255 is the foreground, from ``(N, 256)`` pixels of each value; see `foreground_files`."""
        white = np.zeros(self.n, dtype=np.bool_)
        held, single = counts[self.rows] > 0, alone[self.rows]
        white[self.rows] = foreground_files(self.files, held, single, self.one_bit, mask_255, classes, key)
        return white

    def classes(
        self,
        counts: NDArray[np.uint32],
        white: NDArray[np.bool_],
        classes: Sequence[str] | None,
        key: str = "data.mask_255",
    ) -> tuple[str, ...]:
        """Names of the classes; see `mask_classes`."""
        return mask_classes(self.files, counts[self.rows] > 0, white[self.rows], self.one_bit, classes, key)

    def class_counts(self, counts: NDArray[np.uint32], white: NDArray[np.bool_]) -> NDArray[np.uint32]:
        """``(M, 256)`` pixels of each class id, and of 255."""
        return as_class_ids(counts[self.rows], white[self.rows])
