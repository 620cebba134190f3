"""What is found in a folder: rows of a manifest to be, and whatever has no place in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import Task


@dataclass(frozen=True)
class Drawing:
    """A mask that is drawn from shapes when it is written; later shapes lie on top of those before them.

    Args:
        size: height and width of the image file.
        shapes: class id of each shape, and what makes its ``(H, W)`` bool mask.
    """

    size: tuple[int, int]
    shapes: tuple[tuple[int, Callable[[], NDArray[np.bool_]]], ...] = ()

    def drawn(self) -> tuple[NDArray[np.uint8], int]:
        """``(H, W)`` class ids, and the number of pixels in which shapes of different classes overlap.

        Raises:
            ValueError: if a shape is damaged.
        """
        mask, overlap = np.zeros(self.size, dtype=np.uint8), 0
        for class_, shape in self.shapes:
            where = shape()
            overlap += int((where & (mask != 0) & (mask != class_)).sum())
            mask[where] = class_
        return mask, overlap


@dataclass(frozen=True)
class Row:
    """One image.

    Args:
        image: its file, or the folder of its DICOM series, below the data folder.
        mask: the same for its mask, or a drawing; None without.
        label: a class name; None without.
        group: patient, recording or slide; empty where unknown.
        split: ``train | val | test`` or empty.
    """

    image: str
    mask: str | Drawing | None = None
    label: str | None = None
    group: str = ""
    split: str = ""

    @property
    def labelled(self) -> bool:
        """True if there is a mask or a label."""
        return self.mask is not None or self.label is not None


@dataclass
class Found:
    """What a reader of a layout makes of a folder.

    Args:
        layout: its name.
        rows: the images.
        task: what they are labelled for; None where that is not known.
        classes: names in the order of the class ids; empty where the data tell.
        used: files, below the data folder, that were understood, besides those of the rows.
        unplaced: a line for each thing that has no place.
        remarks: what was decided, in sentences.
    """

    layout: str
    rows: list[Row]
    task: Task | None = None
    classes: tuple[str, ...] = ()
    used: set[str] = field(default_factory=set)
    unplaced: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def files(self) -> set[str]:
        """All files that are accounted for."""
        masks = {row.mask for row in self.rows if isinstance(row.mask, str)}
        return {row.image for row in self.rows} | masks | self.used

    def leave_out_unlabelled(self, splits: Sequence[str] = ("val", "test")) -> None:
        """Leave out rows of splits that predictions are compared in, and that have nothing to compare with."""
        for row in self.rows:
            if row.split in splits and not row.labelled:
                self.used.add(row.image)
                self.unplaced.append(
                    f"{row.image}: it is of the split {row.split} and has no mask or label to compare with"
                )
        self.rows = [row for row in self.rows if row.labelled or row.split not in splits]

    def leave_empty_unlabelled(self) -> None:
        """Let images without any shape wait for a mask, instead of being background all over."""
        self.rows = [
            replace(row, mask=None) if isinstance(row.mask, Drawing) and not row.mask.shapes else row
            for row in self.rows
        ]
