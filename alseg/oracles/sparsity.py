"""Patterns of the pixels that an annotator with little time looks at, each an object that turns a class map into a map of bools."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alseg.data.dataset import IGNORE
from alseg.oracles.pen import scribble
from alseg.oracles.wrapper import Map, check_share

Looked = NDArray[np.bool_]


@dataclass(frozen=True)
class Pattern(ABC):
    """A way to annotate a part of an image.

    Args:
        cost: what it costs, relative to annotating the whole image; None is the share of the pixels it annotates.

    Raises:
        ValueError: if an argument is out of range.
    """

    cost: float | None

    def __post_init__(self) -> None:
        if self.cost is not None and self.cost < 0:
            raise ValueError(f"cost={self.cost}: a cost cannot be negative")
        self.check()

    def check(self) -> None:  # noqa: B027 - most patterns need not override it
        """Raise where an argument of the pattern is out of range."""

    @abstractmethod
    def __call__(self, target: Map, rng: np.random.Generator) -> Looked:
        """``(H, W)`` the pixels that are annotated; ``target`` is the class map, 255 where nobody looked anyway."""


@dataclass(frozen=True)
class Columns(Pattern):
    """``share`` of the image's columns (at least one), evenly spaced from a random start, as one measures a wall."""

    share: float

    def check(self) -> None:
        check_share("share", self.share, zero=False)

    def __call__(self, target: Map, rng: np.random.Generator) -> Looked:
        width = target.shape[1]
        n = max(1, round(self.share * width))
        looked = np.zeros(target.shape, dtype=bool)
        looked[:, np.floor((np.arange(n) + rng.random()) * width / n).astype(np.intp)] = True
        return looked


@dataclass(frozen=True)
class Scribbles(Pattern):
    """A scribble along the middle of every class, and one around the structures in the background.

    Args:
        length: share of a scribble's natural length (see `scribble`).
        width: of the pen, in pixels.
        gap: between the structures and the scribble in the background, as a share of the image's shorter side.
    """

    length: float
    width: int
    gap: float

    def check(self) -> None:
        check_share("length", self.length, zero=False)
        check_share("gap", self.gap, zero=False)
        if self.width < 1:
            raise ValueError(f"width={self.width}: a pen is 1 pixel wide or more")

    def __call__(self, target: Map, rng: np.random.Generator) -> Looked:
        looked = np.zeros(target.shape, dtype=bool)
        for c in present(target):
            region = target == c
            gap = max(self.gap * min(target.shape), 1.0) if c == 0 and (target > 0).any() else np.inf
            line = scribble(region, self.length, rng, gap)
            looked |= region & thick(line, self.width)
        return looked


@dataclass(frozen=True)
class Points(Pattern):
    """``per_class`` clicks well inside every class that is there, each a square of ``width`` pixels within the class."""

    per_class: int
    width: int

    def check(self) -> None:
        for key in ("per_class", "width"):
            if getattr(self, key) < 1:
                raise ValueError(f"{key}={getattr(self, key)}: at least 1")

    def __call__(self, target: Map, rng: np.random.Generator) -> Looked:
        looked = np.zeros(target.shape, dtype=bool)
        for c in present(target):
            region = target == c
            depth = ndimage.distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1].ravel()
            # Nobody clicks on a boundary: the chance grows with the depth, in the background up to that of the rest.
            depth = np.minimum(depth, 0.1 * min(target.shape))
            n = min(self.per_class, int(region.sum()))
            clicks = np.zeros(target.size, dtype=bool)
            clicks[rng.choice(target.size, n, replace=False, p=depth / depth.sum())] = True
            looked |= region & thick(clicks.reshape(target.shape), self.width)
        return looked


@dataclass(frozen=True)
class Box(Pattern):
    """A whole box that has ``share`` of the image's area and its proportions, around a random foreground pixel."""

    share: float

    def check(self) -> None:
        check_share("share", self.share, zero=False)

    def __call__(self, target: Map, rng: np.random.Generator) -> Looked:
        sides = np.array(target.shape)
        box = np.clip(np.rint(sides * np.sqrt(self.share)), 1, sides).astype(int)
        places = np.argwhere((target > 0) & (target != IGNORE))
        centre = places[rng.integers(len(places))] if len(places) else rng.integers(0, sides)
        corner = np.clip(centre - box // 2, 0, sides - box)
        looked = np.zeros(target.shape, dtype=bool)
        looked[corner[0] : corner[0] + box[0], corner[1] : corner[1] + box[1]] = True
        return looked


def present(target: Map) -> list[int]:
    """The classes of a map, without 255."""
    return [int(c) for c in np.unique(target) if c != IGNORE]


def thick(marks: Looked, width: int) -> Looked:
    """Marks of one pixel as marks of ``width`` pixels."""
    return marks if width == 1 else ndimage.binary_dilation(marks, np.ones((width, width), dtype=bool))
