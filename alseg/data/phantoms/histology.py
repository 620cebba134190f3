"""A phantom of haematoxylin and eosin (H&E) stained sections of the colon; it needs no download.

Every image is a tile of one tissue, procedurally drawn: nuclei, fibres, fat and glands are amounts of two stains, and
light through them makes the picture. Slides differ in how they took up the stains, in the stains themselves, in the
light and in sharpness. Muscle and stroma are easily mistaken for each other: what they are drawn from overlaps. Necrosis
is rare. Labels are true; who labels with errors is the business of an oracle (``oracle=confused``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from alseg.data.dataset import Dataset
from alseg.data.phantoms.section import STAINS, Array, Section, shine
from alseg.data.phantoms.tissues import TISSUES, Stained

SIDE_UM = 128.0
"""The field of view: 2 micrometres per pixel at 64 pixels."""

RARE = "necrosis"


def phantom_histology(
    size: int = 64,
    slides: int = 50,
    tiles: int = 20,
    rare: float = 0.03,
    stain: float = 1.0,
    mixed: float = 0.35,
    seed: int = 0,
    name: str = "phantom_histology",
) -> Dataset:
    """Seeded tiles of H&E tissue in eight classes.

    The same arguments give the same pixels on every machine, and a tile stays the same when more slides are asked for.
    Tissue is drawn in micrometres, so ``size`` changes how finely it is seen, not how large its parts are.

    Args:
        size: side of a tile in pixels; at least 16.
        slides: number of groups.
        tiles: images of each slide.
        rare: share of the rare class; ``rare * slides * tiles`` of them, give or take one. The other classes are about
            equally frequent, but not in every slide.
        stain: how far slides differ in their looks; 0 is not at all.
        mixed: share of the tiles with a corner of another tissue, of 15 to 40% of the area.
        seed: of the phantom.
        name: of the data set.

    Returns:
        Images ``(slides * tiles, 3, size, size)`` with spacing in mm. The metadata column ``corner`` names the other
        tissue of a mixed tile, and is empty for the others.

    Raises:
        ValueError: if an argument is out of range.
    """
    _check_whole(size=(size, 16), slides=(slides, 1), tiles=(tiles, 1), seed=(seed, 0))
    _check_number(rare=(rare, 1.0), stain=(stain, 3.0), mixed=(mixed, 1.0))
    section = Section.of(SIDE_UM, size)
    classes = tuple(TISSUES)
    kinds = _kinds(slides, tiles, rare, seed)
    images = np.empty((slides * tiles, 3, size, size), dtype=np.uint8)
    corners = []
    for slide in range(slides):
        look = Look.draw(stain, _stream(seed, 1, slide))
        for tile in range(tiles):
            place = slide * tiles + tile
            rng = _stream(seed, 2, slide, tile)
            amounts, corner = _tile(kinds[place], section, mixed, rng)
            images[place] = look.picture(amounts, section, rng)
            corners.append(corner)
    groups = tuple(f"slide_{s:03d}" for s in range(slides) for _ in range(tiles))
    ids = tuple(f"{group}_tile_{k % tiles:02d}" for k, group in enumerate(groups))
    return Dataset(
        name=name,
        task="classification",
        ids=ids,
        groups=groups,
        images=images,
        targets=np.array([classes.index(kind) for kind in kinds], dtype=np.int64),
        classes=classes,
        spacing=np.full((len(ids), 2), SIDE_UM / 1000 / size),
        unit="mm",
        metadata=pd.DataFrame({"corner": corners}, index=pd.Index(ids, name="id")),
    )


def _check_whole(**arguments: tuple[Any, int]) -> None:
    for key, (value, least) in arguments.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"{key}={value}: it must be a whole number of at least {least}")


def _check_number(**arguments: tuple[Any, float]) -> None:
    for key, (value, most) in arguments.items():
        if not isinstance(value, int | float) or not 0.0 <= value <= most:
            raise ValueError(f"{key}={value}: it must be a number from 0 to {most:g}")


def _stream(seed: int, *key: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def _kinds(slides: int, tiles: int, rare: float, seed: int) -> list[str]:
    """The tissue of each tile: the rare one evenly spread over all, the others in shares that every slide has of its own."""
    common = [kind for kind in TISSUES if kind != RARE]
    steps = np.floor(np.arange(slides * tiles + 1) * rare + _stream(seed, 0).uniform()).astype(int)
    kinds: list[str] = []
    for slide in range(slides):
        rng = _stream(seed, 0, slide)
        shares = rng.dirichlet(np.full(len(common), 2.0))
        kinds += [common[k] for k in rng.choice(len(common), tiles, p=shares)]
    return [RARE if after > before else kind for kind, (before, after) in zip(kinds, pairwise(steps))]


def _tile(kind: str, section: Section, mixed: float, rng: np.random.Generator) -> tuple[Stained, str]:
    """The stains of a tile, and the tissue in its corner."""
    haematoxylin, eosin = TISSUES[kind](section, rng)
    if rng.uniform() >= mixed:
        return (haematoxylin, eosin), ""
    others = [other for other in TISSUES if other not in (kind, RARE)]
    corner = others[rng.integers(len(others))]
    angle, share = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.4)
    distance = section.x * np.cos(angle) + section.y * np.sin(angle) + 5.0 * section.noise(40.0, rng)
    there = section.beyond(distance - np.quantile(distance, 1 - share))
    other = TISSUES[corner](section, rng)
    amounts = [there * theirs + (1 - there) * mine for mine, theirs in zip((haematoxylin, eosin), other)]
    return (amounts[0], amounts[1]), corner


@dataclass(frozen=True)
class Look:
    """Parameters that all tiles of a slide share.

    Args:
        stains: ``(2, 3)`` optical densities of haematoxylin and eosin.
        strength: ``(2,)`` amounts of them that the section took up.
        white: ``(3,)`` the light without tissue, 0 to 255.
        blur: standard deviation of the blur, micrometres.
    """

    stains: Array
    strength: Array
    white: Array
    blur: float

    @classmethod
    def draw(cls, stain: float, rng: np.random.Generator) -> Look:
        """A slide's look; ``stain`` scales how far it is from the usual one."""
        stains = STAINS * np.exp(stain * rng.normal(0, 0.10, STAINS.shape))
        stains = stains / np.linalg.norm(stains, axis=1, keepdims=True)
        strength = np.exp(stain * rng.normal(0, 0.22, 2))
        white = 255 * np.clip(1 - stain * np.abs(rng.normal(0, 0.025, 3)) - 0.02, 0.5, 1)
        return cls(stains, strength, white, 0.9 * float(np.exp(stain * rng.normal(0, 0.3))))

    def picture(self, amounts: Stained, section: Section, rng: np.random.Generator) -> NDArray[np.uint8]:
        """``(3, H, W)``: light through a tile, blurred by the lens, with the camera's noise."""
        thickness = np.exp(0.08 * section.noise(60.0, rng))
        haematoxylin, eosin = (s * thickness * amount for s, amount in zip(self.strength, amounts))
        light = shine(haematoxylin, eosin, self.stains, self.white)
        sigma = self.blur / section.pitch
        light = ndimage.gaussian_filter(light, (0, sigma, sigma), mode="nearest")
        return np.rint(np.clip(light + rng.normal(0, 2.0, light.shape), 0, 255)).astype(np.uint8)
