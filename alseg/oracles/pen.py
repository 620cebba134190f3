"""A pen that scribbles inside a class, as people do: along the middle of a structure, around it in the background."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

TURNS = np.deg2rad(np.arange(-50, 51, 10))
STEP, AHEAD = 0.7, 2.0  # pixels
TREMOR = 0.12  # radians per step
MARGIN = 0.35
"""Share of the depth that the pen would like to have, at which it stops."""


def scribble(
    region: NDArray[np.bool_], length: float, rng: np.random.Generator, gap: float = np.inf
) -> NDArray[np.bool_]:
    """A curve of one pixel in width, within the region.

    From a random start the pen walks both ways, always to where the distance to the region's boundary is nearest to
    ``gap``, but it turns by 50 degrees a step at most: it runs along the middle of a vessel, round in a ring, straight
    through a disc. It stops near the boundary.

    Args:
        region: ``(H, W)``; at least one pixel.
        length: share of the curve's natural length that is drawn: half the region's circumference, or with a gap the
            line at that distance. At most so much; at least one pixel.
        rng: of start and tremor.
        gap: in pixels; infinite for the middle of the region.

    Returns:
        ``(H, W)`` the pixels under the pen, all of them in the region.
    """
    depth = ndimage.distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    if np.isfinite(gap):  # the edge of the image is no boundary to keep away from
        depth = ndimage.distance_transform_edt(region) if not region.all() else np.full(region.shape, gap)
    aim = min(gap, float(depth.max()))
    wanted = -np.abs(depth - aim)
    if np.isfinite(gap):
        natural = float((np.abs(depth - aim) < 0.5).sum())
        starts = np.argwhere(region & (wanted >= np.quantile(wanted[region], 0.98)))
    else:
        natural = float((region & (depth < 1.5)).sum()) / 2
        starts = np.argwhere(region & (depth >= 0.7 * aim))
    start = starts[rng.integers(len(starts))].astype(float)
    drawn = np.zeros(region.shape, dtype=bool)
    heading = rng.uniform(0, 2 * np.pi)
    steps = int(max(length * natural, 1.0) / STEP)
    first = _walk(wanted, -(1 - MARGIN) * aim, start, heading, steps, rng)
    second = _walk(wanted, -(1 - MARGIN) * aim, start, heading + np.pi, steps - len(first), rng)
    for y, x in [start, *first, *second]:
        drawn[round(y), round(x)] = True
    return drawn & region


def _walk(
    wanted: NDArray[np.float64],
    worst: float,
    position: NDArray[np.float64],
    heading: float,
    steps: int,
    rng: np.random.Generator,
) -> list[NDArray[np.float64]]:
    """The positions of the pen after the start, until it would come to less than ``worst`` or to the edge."""
    path: list[NDArray[np.float64]] = []
    bounds = np.array(wanted.shape) - 1
    for tremor in rng.normal(0, TREMOR, max(steps, 0)):
        angles = heading + TURNS
        direction = np.stack([np.sin(angles), np.cos(angles)], axis=1)
        seen = np.rint(np.clip(position + AHEAD * direction, 0, bounds)).astype(np.intp)
        # Of equally good ways the straightest: pixels are coarse, and people do not draw zigzag for that.
        best = int(np.argmax(wanted[seen[:, 0], seen[:, 1]] - 0.3 * TURNS**2))
        heading = float(angles[best]) + float(tremor)
        position = position + STEP * np.array([np.sin(heading), np.cos(heading)])
        if (position < 0).any() or (position > bounds).any():
            break
        if wanted[round(position[0]), round(position[1])] < worst:
            break
        path.append(position)
    return path
