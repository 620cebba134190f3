"""Pieces that an annotator misses or invents, as pure functions (see `noise` for the arguments)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alseg.oracles.noise import SQUARE, Field, Region, depth, remove, smooth_field
from alseg.oracles.wrapper import Map

Pixel = NDArray[np.intp]


def miss(target: Map, size: float, pixel: Field, rng: np.random.Generator) -> Map:
    """Leave a piece at a boundary to what surrounds it: a person stops too early or cuts a corner, and leaves no holes.

    Args:
        target: class map.
        size: radius of the piece, relative to that of a disc as large as its class.
        pixel: size of a pixel.
        rng: of place and shape.
    """
    foreground = target > 0
    edge = foreground & ~ndimage.binary_erosion(foreground, SQUARE, border_value=0)
    if not edge.any():
        return target
    region, _ = _piece(target, edge, size, pixel, rng)
    return remove(target, region)


def invent(target: Map, size: float, classes: int, pixel: Field, rng: np.random.Generator) -> Map:
    """Draw a piece of a structure once more in the background beside it; in an empty image, a disc of any class."""
    background = target == 0
    if not background.any():
        return target
    if background.all():
        side = np.array(target.shape) * pixel
        region = blob(target, _any(background, rng), size * 0.1 * float(side.min()), pixel, rng)
        return np.where(region, rng.integers(1, classes), target).astype(np.uint8)
    region, centre = _piece(target, ~background, size, pixel, rng)
    c = target[tuple(centre)]
    near = background & (depth(target == c, pixel) > -2.5 * _radius(target == c, pixel))
    place = _any(near if near.any() else background, rng)
    return np.where(moved(region, place - centre) & background, c, target).astype(np.uint8)


def blob(target: Map, centre: Pixel, radius: float, pixel: Field, rng: np.random.Generator) -> Region:
    """A disc with an uneven edge: ``centre`` in pixels, ``radius`` in the unit of ``pixel``."""
    height, width = target.shape
    y, x = np.indices((height, width))
    away = np.hypot((y - centre[0]) * pixel[0], (x - centre[1]) * pixel[1])
    edge = 1 + 0.25 * smooth_field((height, width), radius / pixel, rng).clip(-2, 2)
    region: Region = away <= radius * edge
    return region


def moved(region: Region, by: Pixel) -> Region:
    """A region moved by ``(2,)`` pixels; what leaves the image is lost."""
    places = np.argwhere(region) + by
    places = places[((places >= 0) & (places < region.shape)).all(axis=1)]
    there = np.zeros_like(region)
    there[places[:, 0], places[:, 1]] = True
    return there


def _piece(target: Map, where: Region, size: float, pixel: Field, rng: np.random.Generator) -> tuple[Region, Pixel]:
    """A part of one class around a random pixel of ``where``, and that pixel."""
    centre = _any(where, rng)
    own = target == target[tuple(centre)]
    return own & blob(target, centre, size * _radius(own, pixel), pixel, rng), centre


def _any(where: Region, rng: np.random.Generator) -> Pixel:
    """A random pixel of a region."""
    places = np.argwhere(where)
    pixel: Pixel = places[rng.integers(len(places))]
    return pixel


def _radius(region: Region, pixel: Field) -> float:
    return float(np.sqrt(region.sum() * pixel.prod() / np.pi))
