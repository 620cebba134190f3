"""Data set: arrays in memory (or memory-mapped) and an id for every image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alseg.data.region import Region
from alseg.data.window import Window
from alseg.errors import DataError

IGNORE = 255
"""Target value of pixels that nobody annotated: no loss, no metric and no refinement counts them as wrong."""

NO_CLASS = -1
"""Target of an image of a classification data set that nobody has labelled yet."""

NOT_ANNOTATED = "not annotated"
"""Name of these pixels in files of other programs, where it takes the place of a class."""

Task = Literal["segmentation", "classification"]
Unit = Literal["mm", "px"]


@dataclass(frozen=True)
class Dataset:
    """Images with their true targets.

    Args:
        name: short name, used in folder names and reports.
        task: kind of the targets.
        ids: N unique names, by which all other code refers to images.
        groups: N names of the patient, recording or slide an image comes from; splits never cut through one.
        images: ``(N, C, H, W)`` uint8, C is 1 (grey) or 3 (RGB).
        targets: ``(N, H, W)`` uint8 class ids with 255 for ignored pixels, or ``(N,)`` int64 class ids.
        classes: names of the classes, in the order of their ids; for segmentation class 0 is the background.
        spacing: ``(N, 2)`` float64, height and width of a pixel of ``images`` in ``unit``.
        unit: ``mm`` where the physical spacing is known; else ``px``, pixels of the image files.
        split: N values of ``train | val | test`` where the data set prescribes them.
        cost: ``(N,)`` float64 annotation cost in seconds where the data set states it.
        cimt: name of the class that is the intima-media complex of a carotid artery, where its thickness is of interest:
            every evaluation then measures it.
        volumes: N names of the volume an image is a slice of, where whole volumes are asked for; None: single images are.
        metadata: all other columns of the manifest, indexed by id.
        regions: N parts of the image files that ``images`` show; None where they show whole files.
        frames: N parts of ``images`` that show the file, in their pixels; the rest is padding, 0 in the image and 255
            in the target. None where nothing is padded.
        window: conversion of files of more than 8 bits to 8, in words; None without such files.
        files: N image files; None where the images come from elsewhere.
        file_sizes: N pairs of height and width of the files, in pixels; None without files.
        window_rule: conversion of files of more than 8 bits to 8, as a rule; see `alseg.data.window`.
        has_target: N truth values, False where nobody has annotated an image yet: its target is 255 everywhere, or
            `NO_CLASS`, and takes part in nothing. None: every image has one.

    Raises:
        DataError: if ids repeat, lengths differ, a group lies in two splits, ``cimt`` cannot be measured, or an image of
            ``val`` or ``test`` has no target.
    """

    name: str
    task: Task
    ids: tuple[str, ...]
    groups: tuple[str, ...]
    images: NDArray[np.uint8]
    targets: NDArray[Any]
    classes: tuple[str, ...]
    spacing: NDArray[np.float64]
    unit: Unit = "px"
    split: tuple[str, ...] | None = None
    cost: NDArray[np.float64] | None = None
    cimt: str | None = None
    volumes: tuple[str, ...] | None = None
    metadata: pd.DataFrame = field(default_factory=pd.DataFrame)
    regions: tuple[Region, ...] | None = None
    frames: tuple[Region, ...] | None = None
    window: str | None = None
    files: tuple[Path, ...] | None = None
    file_sizes: tuple[tuple[int, int], ...] | None = None
    window_rule: Window = "percentile"
    has_target: tuple[bool, ...] | None = None

    def __post_init__(self) -> None:
        if not self.ids:
            raise DataError(f"data set {self.name}: it has no images")
        repeated = [i for i, n in Counter(self.ids).items() if n > 1]
        if repeated:
            raise DataError(f"data set {self.name}: id {repeated[0]!r} occurs more than once; ids must be unique")
        optional = ("split", "cost", "volumes", "regions", "frames", "files", "file_sizes", "has_target")
        for what in ("groups", "images", "targets", "spacing", *optional):
            value = getattr(self, what)
            if value is not None and len(value) != len(self.ids):
                raise DataError(f"data set {self.name}: {len(value)} {what} for {len(self.ids)} ids")
        if self.split is not None:
            check_not_split(self.name, "group", self.groups, "split", self.split)
        if self.volumes is not None:
            check_not_split(self.name, "volume", self.volumes, "group", self.groups)
        if self.has_target is not None:
            self._check_targets(self.has_target)
        if self.cimt is not None:
            if self.task != "segmentation" or self.cimt not in self.classes[1:]:
                there = ", ".join(self.classes[1:]) if self.task == "segmentation" else "none, it has no masks"
                raise DataError(
                    f"data set {self.name}: data.cimt={self.cimt} is none of its foreground classes: {there}"
                )
            if self.unit != "mm":
                raise DataError(
                    f"data set {self.name}: data.cimt={self.cimt} is a thickness in mm, and the size of a pixel is not known; "
                    "state data.spacing, or spacing_y and spacing_x in the manifest"
                )

    def _check_targets(self, has_target: tuple[bool, ...]) -> None:
        """Check that what has no target has none, and is in no validation or test set."""
        none = NO_CLASS if self.task == "classification" else IGNORE
        for row, (id_, there) in enumerate(zip(self.ids, has_target)):
            if there:
                continue
            if (self.targets[row] != none).any():
                raise DataError(f"data set {self.name}: id {id_!r} has no target, and its values must all be {none}")
            if self.split is not None and self.split[row] != "train":
                raise DataError(
                    f"data set {self.name}: id {id_!r} is in the split {self.split[row]!r} and has no target to compare with"
                )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def with_target(self) -> frozenset[str]:
        """Ids of the images that have a target."""
        if self.has_target is None:
            return frozenset(self.ids)
        return frozenset(id_ for id_, there in zip(self.ids, self.has_target) if there)

    @cached_property
    def volume_of(self) -> dict[str, str] | None:
        """Volume of each image by its id, where whole volumes are asked for; else None."""
        return None if self.volumes is None else dict(zip(self.ids, self.volumes))

    @property
    def units(self) -> str:
        """Units of a query in words: ``images`` or ``volumes``."""
        return "images" if self.volumes is None else "volumes"

    def count(self, ids: Sequence[str]) -> int:
        """Number of `units` of these images: of the images, or of their volumes."""
        return len(ids) if self.volume_of is None else len({self.volume_of[id_] for id_ in ids})

    @property
    def images_per_query(self) -> float:
        """Number of images per unit of a query: 1, or the mean number of slices in a volume."""
        return 1.0 if self.volumes is None else len(self) / len(set(self.volumes))

    @property
    def channels(self) -> int:
        """Number of image channels, 1 or 3."""
        return int(self.images.shape[1])

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images, in pixels."""
        return int(self.images.shape[2]), int(self.images.shape[3])


def check_not_split(name: str, what: str, inner: Sequence[str], where: str, outer: Sequence[str]) -> None:
    """Check that no group lies in two splits, and the like.

    Args:
        name: of the data set.
        what: word for ``inner``.
        inner: N names of units that must not be split.
        where: word for ``outer``.
        outer: N names of the parts that they lie in.

    Raises:
        DataError: if one of ``inner`` lies in two of ``outer``.
    """
    place: dict[str, str] = {}
    for one, there in zip(inner, outer):
        if place.setdefault(one, there) != there:
            raise DataError(
                f"data set {name}: {what} {one!r} lies in the {where}s {place[one]!r} and {there!r}; all images of a "
                f"{what} must share one {where}"
            )
