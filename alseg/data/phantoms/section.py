"""Microscope image of a stained section: cells, fibres and fat as amounts of two stains, and light through them.

Everything is float64 and drawn in micrometres, so that the number of pixels does not change how large things are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[np.float64]

STAINS = np.array([[0.5626, 0.7201, 0.4062], [0.2159, 0.8012, 0.5581]])
"""Optical density of haematoxylin and eosin in red, green and blue.

Source: the reference of the code released with Macenko et al., "A method for normalizing histology slides for
quantitative analysis", ISBI 2009.
"""


@dataclass(frozen=True)
class Section:
    """A square field of view: ``y`` (H, 1) and ``x`` (1, W) of the pixel centres, 0 in the middle, in micrometres."""

    y: Array
    x: Array
    side: float
    pitch: float

    @classmethod
    def of(cls, side: float, pixels: int) -> Section:
        """``pixels`` in each direction over ``side`` micrometres."""
        pitch = side / pixels
        centres = (np.arange(pixels, dtype=np.float64) + 0.5) * pitch - side / 2
        return cls(centres[:, None], centres[None, :], side, pitch)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.y.shape[0], self.x.shape[1]

    def noise(self, scale: float, rng: np.random.Generator) -> Array:
        """``(H, W)`` smooth noise of mean 0 and standard deviation 1 that varies over ``scale``."""
        return _scaled(ndimage.gaussian_filter(_white(self, rng), max(scale / self.pitch / 2, 0.3), mode="wrap"))

    def beyond(self, distance: Array) -> Array:
        """1 where a signed distance is positive, 0 where negative, with a ramp of one pixel between."""
        return np.clip(distance / self.pitch + 0.5, 0.0, 1.0)

    def scattered(self, spacing: float, jitter: float, rng: np.random.Generator) -> Array:
        """``(n, 2)`` points (y, x) of a turned hexagonal grid, a little beyond the field, each moved by ``jitter`` of it."""
        reach = int(np.ceil(0.75 * self.side / spacing)) + 1
        row, column = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        grid = np.stack([row * np.sqrt(0.75), column + 0.5 * (row % 2)], axis=-1).reshape(-1, 2) * spacing
        angle = rng.uniform(0, 2 * np.pi)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        points = grid @ turn + rng.uniform(-spacing, spacing, 2) + rng.normal(0, jitter * spacing, grid.shape)
        near: Array = points[(np.abs(points) < self.side / 2 + spacing).all(axis=1)]
        return near

    def at(self, points: Array, field: Array) -> Array:
        """``(n,)`` the values of an ``(H, W)`` field nearest to points."""
        place = np.clip(((points + self.side / 2) / self.pitch).astype(np.intp), 0, self.shape[0] - 1)
        values: Array = field[place[:, 0], place[:, 1]]
        return values

    def ellipses(self, points: Array, long: Array, short: Array, angle: Array, depth: Array) -> Array:
        """``(H, W)``: the largest ``depth`` of the filled ellipses that lie over a pixel, 0 where none does.

        Args:
            points: ``(n, 2)`` centres (y, x).
            long: ``(n,)`` half axis along ``angle`` (0 is along x).
            short: ``(n,)`` the other half axis.
            angle: ``(n,)`` radians.
            depth: ``(n,)`` amount of stain.
        """
        canvas = np.zeros(self.shape)
        if not len(points):
            return canvas
        reach = int(np.ceil(long.max() / self.pitch)) + 1
        middle = np.floor((points + self.side / 2) / self.pitch).astype(np.intp)
        window = np.arange(-reach, reach + 1)
        rows, columns = (middle[:, k, None] + window for k in (0, 1))  # (n, w)
        dy, dx = (
            (places + 0.5) * self.pitch - self.side / 2 - points[:, k, None] for k, places in ((0, rows), (1, columns))
        )
        cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
        along = (dx[:, None, :] * cos + dy[:, :, None] * sin) / long[:, None, None]
        across = (dy[:, :, None] * cos - dx[:, None, :] * sin) / short[:, None, None]
        inside = self.beyond((1 - np.sqrt(along**2 + across**2)) * short[:, None, None]) * depth[:, None, None]
        height, width = self.shape
        there = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
        flat = np.broadcast_to(rows[:, :, None] * width + columns[:, None, :], inside.shape)
        np.maximum.at(canvas.reshape(-1), flat[there], inside[there])
        return canvas

    def fibres(
        self, angle: float, wave: float, width: float, length: float, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Bundles along a direction that wavers: ``(H, W)`` noise of mean 0 and standard deviation 1, and the direction.

        Args:
            angle: main direction, radians.
            wave: how far the direction wavers, radians (standard deviation, roughly).
            width: of a fibre.
            length: over which a fibre stays the same.
            rng: decides.
        """
        bend = 30.0
        offset = wave * bend / 2 * self.noise(bend, rng)
        along = self.x * np.cos(angle) + self.y * np.sin(angle)
        across = self.y * np.cos(angle) - self.x * np.sin(angle) + offset
        # Noise that is long in one direction, on a finer and larger grid of its own, looked up along the bent lines.
        step = min(self.pitch, width / 2)
        cells = int(1.5 * self.side / step)
        white = rng.standard_normal((cells, max(cells // 4, 8)))
        stretched = ndimage.gaussian_filter(white, (width / step / 2, length / (4 * step) / 2), mode="wrap")
        places = [across / step + cells / 2, along / (4 * step) + white.shape[1] / 2]
        found = ndimage.map_coordinates(stretched, places, order=1, mode="grid-wrap")
        slope_y, slope_x = np.gradient(offset, self.pitch)
        turn = -(slope_x * np.cos(angle) + slope_y * np.sin(angle))
        return _scaled(found), angle + np.arctan(turn)

    def cells(self, seeds: Array) -> tuple[Array, NDArray[np.intp]]:
        """``(H, W)`` distance to the border between the nearest two of ``(n, 2)`` seeds, and which seed is nearest."""
        y, x = self.y[:, :, None], self.x[:, :, None]
        distance = np.hypot(y - seeds[:, 0], x - seeds[:, 1])
        nearest = np.partition(distance, 1, axis=2)
        border: Array = (nearest[:, :, 1] - nearest[:, :, 0]) / 2
        return border, distance.argmin(axis=2)


def shine(haematoxylin: Array, eosin: Array, stains: Array, white: Array) -> Array:
    """Light through two stains, by the law of Beer and Lambert.

    Args:
        haematoxylin: ``(H, W)`` amount, 1 is dark.
        eosin: ``(H, W)``.
        stains: ``(2, 3)`` optical density of either.
        white: ``(3,)`` light without tissue, 0 to 255.

    Returns:
        ``(3, H, W)`` in [0, 255].
    """
    density = np.einsum("sc,shw->chw", stains, np.stack([haematoxylin, eosin]))
    light: Array = white[:, None, None] * 10 ** (-np.maximum(density, 0))
    return light


def _white(section: Section, rng: np.random.Generator) -> Array:
    return rng.standard_normal(section.shape)


def _scaled(field: Array) -> Array:
    scaled: Array = (field - field.mean()) / max(float(field.std()), 1e-12)
    return scaled
