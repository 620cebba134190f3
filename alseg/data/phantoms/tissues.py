"""The tissues of a section of the colon, each drawn as amounts of haematoxylin and eosin; lengths are in micrometres."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from alseg.data.phantoms.section import Array, Section

Stained: TypeAlias = tuple[Array, Array]
"""Amounts ``(H, W)`` of haematoxylin and of eosin; 1 is dark."""

Range: TypeAlias = tuple[float, float]


def adipose(section: Section, rng: np.random.Generator) -> Stained:
    """Large empty cells between thin walls."""
    border, _ = section.cells(section.scattered(rng.uniform(42, 62), 0.14, rng))
    wall = np.exp(-((border / rng.uniform(1.2, 2.2)) ** 2))
    points = section.scattered(24.0, 0.3, rng)
    points = points[section.at(points, border) < 2.0]
    drawn = nuclei(section, points, (3.5, 5.0), (0.35, 0.5), (0.6, 0.9), rng)
    return drawn + 0.06 * wall, 0.02 + rng.uniform(0.3, 0.5) * wall


def glands(section: Section, rng: np.random.Generator) -> Stained:
    """Round crypts: a lumen, tall cells with drops of mucus, and a ring of nuclei at their foot."""
    seeds = section.scattered(rng.uniform(62, 80), 0.07, rng)
    border, nearest = section.cells(seeds)
    squeeze = section.noise(25.0, rng)
    size, lumen = rng.uniform(25, 31), rng.uniform(5, 10)
    radius = np.hypot(section.y - seeds[nearest, 0], section.x - seeds[nearest, 1]) + 1.5 * squeeze
    crypt = section.beyond(np.minimum(size - radius, border - 1.5))
    open_ = section.beyond(lumen - radius)

    points = section.scattered(rng.uniform(9, 12), 0.25, rng)
    between = nuclei(section, points[section.at(points, crypt) < 0.5], (2.2, 3.4), (0.6, 1.0), (0.6, 0.9), rng)
    points = section.scattered(8.5, 0.2, rng)
    away = section.at(points, radius)
    points = points[(away > lumen + 3) & (away < size - 9) & (rng.uniform(size=len(points)) < 0.8)]
    n = len(points)
    drops = section.ellipses(points, rng.uniform(3, 4.5, n), rng.uniform(2.5, 3.5, n), np.zeros(n), np.ones(n))
    basal = _feet(section, seeds, size - 4.0, crypt, rng)

    cells = crypt * (1 - open_)
    haematoxylin = basal + between * (1 - crypt) + cells * (0.16 - 0.06 * drops)
    eosin = cells * (0.4 - 0.33 * drops) + (1 - crypt) * (0.28 + 0.07 * squeeze)
    return haematoxylin, np.maximum(eosin, 0.02)


def lymphocytes(section: Section, rng: np.random.Generator) -> Stained:
    """Small round dark nuclei, one beside the other, with hardly anything between."""
    points = section.scattered(rng.uniform(7.0, 9.0), 0.16, rng)
    points = points[rng.uniform(size=len(points)) < 0.93]
    drawn = nuclei(section, points, (2.5, 3.4), (0.85, 1.0), (0.8, 1.15), rng)
    return drawn + 0.12, 0.14 + 0.05 * np.abs(section.noise(15.0, rng))


def mucus(section: Section, rng: np.random.Generator) -> Stained:
    """Pale strands without structure, and a few cells adrift."""
    strands, _ = section.fibres(rng.uniform(0, np.pi), rng.uniform(0.6, 1.2), rng.uniform(5, 9), 90.0, rng)
    pool = 0.5 + 0.5 * np.tanh(section.noise(45.0, rng))
    points = section.scattered(rng.uniform(24, 40), 0.35, rng)
    drawn = nuclei(section, points, (2.5, 3.8), (0.6, 1.0), (0.5, 0.9), rng)
    haze = 0.1 + 0.13 * pool * (1 + 0.5 * strands)
    return drawn + np.maximum(haze, 0.02), 0.04 + 0.03 * np.maximum(strands, 0)


def muscle(section: Section, rng: np.random.Generator) -> Stained:
    """Dense, rather straight bundles of pink fibres with long nuclei along them."""
    return _bundles(section, rng, wave=(0.15, 0.7), eosin=(0.38, 0.62), gaps=(-2.6, -1.2), spacing=(17, 26))


def necrosis(section: Section, rng: np.random.Generator) -> Stained:
    """Pink rubble: no intact cell, and nuclei in crumbs."""
    rubble, lumps = section.noise(3.5, rng), section.noise(16.0, rng)
    points = section.scattered(rng.uniform(6, 9), 0.45, rng)
    points = points[section.at(points, lumps) > rng.uniform(0.2, 0.8)]
    crumbs = nuclei(section, points, (0.7, 1.9), (0.6, 1.0), (0.5, 1.1), rng)
    ghosts = section.scattered(14.0, 0.25, rng)
    pale = nuclei(section, ghosts, (3.0, 5.0), (0.6, 1.0), (0.05, 0.14), rng)
    return crumbs + pale + 0.06, np.maximum(0.42 + 0.11 * rubble + 0.09 * lumps, 0.05)


def stroma(section: Section, rng: np.random.Generator) -> Stained:
    """Loose, wavy bundles of pink fibres with gaps, and spindle-shaped nuclei along them."""
    return _bundles(section, rng, wave=(0.4, 1.1), eosin=(0.3, 0.54), gaps=(-2.0, -0.7), spacing=(18, 30))


def tumour(section: Section, rng: np.random.Generator) -> Stained:
    """Crowded nests of large, uneven nuclei around ragged lumens, in a little stroma."""
    lumps = section.noise(rng.uniform(38, 55), rng)
    nest = section.beyond(6.0 * (lumps + rng.uniform(0.5, 1.2)))
    open_ = section.beyond(6.0 * (section.noise(26.0, rng) - rng.uniform(1.3, 2.2))) * nest
    strands, direction = section.fibres(rng.uniform(0, np.pi), 0.8, 3.5, 40.0, rng)

    points = section.scattered(rng.uniform(8.5, 11.0), 0.24, rng)
    points = points[(section.at(points, nest) > 0.5) & (section.at(points, open_) < 0.3)]
    crowded = nuclei(section, points, (3.2, 6.5), (0.5, 0.9), (0.4, 0.9), rng)
    points = section.scattered(15.0, 0.3, rng)
    points = points[section.at(points, nest) < 0.5]
    spindles = nuclei(section, points, (4.5, 7.0), (0.22, 0.35), (0.6, 0.9), rng, section.at(points, direction))
    cells = nest * (1 - open_)
    haematoxylin = np.maximum(crowded, spindles * (1 - nest)) + 0.2 * cells + 0.05
    eosin = cells * rng.uniform(0.25, 0.4) + (1 - nest) * (0.34 + 0.1 * strands) + 0.12 * open_
    return haematoxylin, np.maximum(eosin, 0.02)


TISSUES: dict[str, Callable[[Section, np.random.Generator], Stained]] = {
    tissue.__name__: tissue for tissue in (adipose, glands, lymphocytes, mucus, muscle, necrosis, stroma, tumour)
}
"""Name to drawing. Muscle and stroma are drawn from ranges that overlap, and are easily mistaken for each other."""


def nuclei(
    section: Section,
    points: Array,
    long: Range,
    ratio: Range,
    depth: Range,
    rng: np.random.Generator,
    angle: Array | None = None,
) -> Array:
    """``(H, W)`` stain of nuclei at points, with the grain of their chromatin.

    Args:
        section: where they lie.
        points: ``(n, 2)`` centres (y, x).
        long: range of the long half axis.
        ratio: range of the short half axis over the long one.
        depth: range of the amount of stain.
        rng: decides.
        angle: ``(n,)`` direction of the long axis, radians; None is any.
    """
    n = len(points)
    axis = rng.uniform(*long, n)
    turned = rng.uniform(0, np.pi, n) if angle is None else angle
    drawn = section.ellipses(points, axis, axis * rng.uniform(*ratio, n), turned, rng.uniform(*depth, n))
    grain: Array = drawn * (1 + 0.15 * section.noise(2.5, rng))
    return grain


def _feet(section: Section, seeds: Array, radius: float, crypt: Array, rng: np.random.Generator) -> Array:
    """The ring of nuclei along the wall of every crypt."""
    n = int(2 * np.pi * radius / 6.0)
    angle = (np.arange(n) + rng.uniform(size=(len(seeds), 1))) * 2 * np.pi / n
    reach = radius + rng.normal(0, 0.8, angle.shape)
    ring = np.stack([reach * np.sin(angle), reach * np.cos(angle)], axis=-1) + seeds[:, None]
    points, angles = ring.reshape(-1, 2), angle.reshape(-1)
    inside = section.at(points, crypt) > 0.5
    return nuclei(section, points[inside], (3.0, 4.2), (0.5, 0.7), (0.75, 1.05), rng, angles[inside])


def _bundles(
    section: Section, rng: np.random.Generator, *, wave: Range, eosin: Range, gaps: Range, spacing: Range
) -> Stained:
    """Fibres along a direction, nuclei between them; below the level ``gaps`` of the noise there is nothing."""
    strands, direction = section.fibres(
        rng.uniform(0, np.pi), rng.uniform(*wave), rng.uniform(3.0, 5.0), rng.uniform(50, 90), rng
    )
    tissue = section.beyond(2.5 * (strands - rng.uniform(*gaps)))
    points = section.scattered(rng.uniform(*spacing), 0.3, rng)
    along = section.at(points, direction) + rng.normal(0, 0.15, len(points))
    drawn = nuclei(section, points, (5.5, 9.0), (0.18, 0.3), (0.55, 0.9), rng, along)
    level = rng.uniform(*eosin)
    return drawn + 0.05 * tissue, 0.02 + tissue * level * (1 + 0.2 * strands)
