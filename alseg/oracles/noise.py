"""Errors of annotators: deformations of a class map, as pure functions.

Everywhere a class map is ``(H, W)`` uint8 without the value 255, and ``pixel`` is ``(2,)`` height and width of a pixel
in the unit of the lengths.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alseg.oracles.wrapper import Map

Field = NDArray[np.float64]
Region = NDArray[np.bool_]
SQUARE = np.ones((3, 3), dtype=bool)


def shift(target: Map, class_: int, by: float, pixel: Field) -> Map:
    """Move the boundary of a class outwards (or, below 0, inwards) by a length.

    Growing takes pixels of any other class; what shrinking frees goes to the nearest other class.
    """
    region = target == class_
    if region.all() or not region.any():
        return target
    inside = depth(region, pixel) > -by
    return np.where(inside, np.uint8(class_), remove(target, region & ~inside))


def depth(region: Region, pixel: Field) -> Field:
    """Signed distance to the boundary, which lies half a pixel outside of the last pixel; positive inside."""
    half = float(pixel.mean()) / 2
    inside = ndimage.distance_transform_edt(region, sampling=pixel)
    outside = ndimage.distance_transform_edt(~region, sampling=pixel)
    signed: Field = np.where(region, inside - half, half - outside)
    return signed


def morph(target: Map, class_: int, steps: int, original: Map, keep: float) -> Map:
    """Dilate (steps > 0) or erode (steps < 0) a class with a 3x3 square, once a step.

    Growing takes pixels of any other class; what erosion frees goes to the nearest other class. It stops before a
    structure of the original would not last (see `lasts`).
    """
    for _ in range(abs(steps)):
        region = target == class_
        if steps > 0:
            changed = np.where(ndimage.binary_dilation(region, SQUARE), np.uint8(class_), target)
        else:
            changed = remove(target, region & ~ndimage.binary_erosion(region, SQUARE, border_value=1))
        if not lasts(original, changed, keep):
            break
        target = changed
    return target


def warp(target: Map, displacement: Field) -> Map:
    """Take each pixel's class from where ``displacement``, ``(2, H, W)`` in pixels, points; the edge goes on outside."""
    places = np.rint(np.indices(target.shape) + displacement).astype(np.intp)
    for axis, side in enumerate(target.shape):
        np.clip(places[axis], 0, side - 1, out=places[axis])
    warped: Map = target[places[0], places[1]]
    return warped


def smooth_field(shape: tuple[int, int], length: Field, rng: np.random.Generator) -> Field:
    """``(H, W)`` Gaussian noise of mean 0 and standard deviation 1 that varies over ``length``, ``(2,)`` in pixels."""
    sigma = np.maximum(np.asarray(length) / 2, 0.5)
    field = ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
    scaled: Field = field * np.sqrt(4 * np.pi * sigma.prod())
    return scaled


def remove(target: Map, region: Region) -> Map:
    """Leave every pixel of a region, each connected class in it, to the nearest pixel of another class."""
    changed = target.copy()
    for c in np.unique(target[region]):
        own = target == c
        if own.all():
            continue
        nearest = ndimage.distance_transform_edt(own, return_distances=False, return_indices=True)
        gone = region & own
        changed[gone] = target[nearest[0][gone], nearest[1][gone]]
    return changed


def lasts(before: Map, after: Map, keep: float) -> bool:
    """True if the area of every foreground class changed by no more than a factor ``keep``, down or up.

    With 0.5 it is half as large at least, and twice as large at most. At least one pixel must be left in any case.
    """
    old, new = (np.bincount(m.ravel(), minlength=256)[1:] for m in (before, after))
    return bool(((new >= keep * old) & (keep * new <= old) & ((new > 0) | (old == 0))).all())


def gently(original: Map, change: Callable[[float], Map], keep: float) -> Map:
    """``change(1.0)``, or weaker where a structure of the original would not last (see `lasts`); ``change(0.0)`` lasts."""
    for strength in (1.0, 0.75, 0.5, 0.25):
        changed = change(strength)
        if lasts(original, changed, keep):
            return changed
    return change(0.0)
