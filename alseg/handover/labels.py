"""What was labelled in a run: the images, their labels, who labelled each and at what cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import Task
from alseg.data.file_size import mask_of
from alseg.data.fit import Place
from alseg.data.window import Window

ANSWER, RUN = "answer", "run"
"""Where a mask is from: the file that somebody answered with, or the run, which keeps masks at ``data.size``."""


@dataclass(frozen=True)
class Source:
    """An image that was labelled.

    Args:
        file: of the image; None in a data set that is computed, and
        pixels: ``(C, H, W)`` uint8 then.
        size: height and width of the file in pixels.
        place: of the file in the image that learners see.
        group: patient, recording or slide.
        metadata: the manifest's other columns.
        spacing: height and width of a pixel of the file in mm, where the manifest states them.
        mask: the file that the manifest states, where it does.
    """

    file: Path | None
    size: tuple[int, int]
    place: Place
    group: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    spacing: tuple[float, float] | None = None
    pixels: NDArray[np.uint8] | None = None
    mask: Path | None = None


@dataclass(frozen=True)
class Label:
    """The label of one image.

    Args:
        id: of the image.
        name: for files about it, without an ending.
        source: the image.
        target: ``(H, W)`` uint8 class ids at ``data.size``, or a class id.
        round: in which it was labelled.
        order: in its query, from 1.
        annotator: who labelled it.
        seconds: it took.
        reason: why it was asked for, in words; empty where the run noted none.
        answer: ``(h, w)`` class ids of the file that was answered with, where the run has it.
    """

    id: str
    name: str
    source: Source
    target: NDArray[Any]
    round: int
    order: int
    annotator: str
    seconds: float
    reason: str = ""
    answer: NDArray[np.uint8] | None = None

    @property
    def mask_from(self) -> str:
        """Words for where the mask comes from; of a class there is nothing to say."""
        if self.answer is not None:
            return ANSWER
        if self.target.ndim == 0 or (self.source.place == Place() and self.target.shape == self.source.size):
            return RUN
        return f"{RUN}, resized from {self.target.shape[0]}x{self.target.shape[1]}"

    def mask(self, outside: int) -> NDArray[np.uint8]:
        """``(h, w)`` class ids at the size of the file; ``outside`` where the run does not look."""
        return (
            self.answer
            if self.answer is not None
            else mask_of(self.target, self.source.place, self.source.size, outside)
        )


@dataclass(frozen=True)
class Labels:
    """All labels of a run.

    Args:
        run: its folder.
        name: of the data set.
        task: ``segmentation`` or ``classification``.
        classes: in the order of their ids.
        channels: of the images, 1 or 3.
        window: by which images of more than 8 bits become such of 8.
        labels: in the order in which they were asked for.
        rest: ids of the pool that are neither labelled nor refused, names for files about them, and their images.
        refused: ids that nobody labels.
    """

    run: Path
    name: str
    task: Task
    classes: tuple[str, ...]
    channels: int
    window: Window
    labels: tuple[Label, ...]
    rest: tuple[tuple[str, str, Source], ...]
    refused: tuple[str, ...]
