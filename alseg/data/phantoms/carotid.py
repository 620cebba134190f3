"""A phantom of longitudinal B-mode ultrasound of the common carotid artery; it needs no download.

Every image shows, from the skin down: tissue, the near wall, the dark lumen, the far wall and tissue below. The target
is the intima-media complex of the far wall, from the lumen-intima (LI) to the media-adventitia (MA) boundary, leading
edge to leading edge as in the Mannheim consensus (Touboul et al., Cerebrovasc. Dis. 2012). Its thickness is known
exactly. Most patients look typical; a few show one of the rare appearances in ``APPEARANCES``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alseg.data.dataset import Dataset
from alseg.data.phantoms.speckle import Array, Grid, bell, from_db, layers, log_compress, receive, smooth_noise, speckle

DEPTH_MM, WIDTH_MM = 8.192, 16.384
"""The field of view: 0.064 mm per pixel at 128 x 256, 0.128 mm at 64 x 128."""

CLASSES = ("background", "intima_media")
PSF_MM = (0.055, 0.13)
DYNAMIC_RANGE_DB = 60.0
ATTENUATION_DB_MM = 1.2
KEPT = 0.75  # correlation of the scatterers between a frame and its patient's tissue


@dataclass(frozen=True)
class Appearance:
    """Parameters of a kind of patient: ranges of a uniform distribution, or one value; levels are dB below white."""

    tilt: tuple[float, float] = (-4.0, 4.0)  # degrees
    interface: tuple[float, float] = (-22.0, -13.0)  # echo of the LI boundary
    media: tuple[float, float] = (-43.0, -35.0)
    adventitia: tuple[float, float] = (-10.0, -5.0)
    haze: tuple[float, float] = (-64.0, -55.0)  # clutter all over the lumen
    noise: tuple[float, float] = (-76.0, -66.0)
    gain: tuple[float, float] = (-6.0, 4.0)
    plaque: tuple[float, float] = (0.0, 0.0)  # mm by which a focal plaque lifts the LI boundary
    lucency: float = 0.0  # dB by which the plaque echoes less than the rest of the wall
    calcium: float | None = None  # echo of the plaque's cap, which throws a shadow
    mimic: float | None = None  # echo of a reverberation in the lumen that looks like a wall


TYPICAL = "typical"
APPEARANCES = {
    TYPICAL: Appearance(),
    "soft_plaque": Appearance(plaque=(0.8, 1.5), lucency=26.0),
    "calcified_plaque": Appearance(plaque=(0.6, 1.2), calcium=0.0),
    "low_gain": Appearance(noise=(-39.0, -35.0), gain=(-15.0, -11.0)),
    "steep": Appearance(tilt=(12.0, 16.0), interface=(-34.0, -29.0), adventitia=(-24.0, -20.0)),
    "faint_interface": Appearance(interface=(-46.0, -40.0), media=(-42.0, -39.0), haze=(-43.0, -40.0)),
    "reverberation": Appearance(mimic=-12.0),
}


def phantom_carotid(
    size: int | Sequence[int] = (64, 128),
    patients: int = 60,
    frames: int = 8,
    hard: float = 0.25,
    seed: int = 0,
    name: str = "phantom_carotid",
) -> Dataset:
    """Seeded carotid ultrasound with a known intima-media thickness.

    The same arguments give the same pixels on every machine, and a frame stays the same when more patients or frames
    are asked for. Anatomy is drawn in mm, so ``size`` changes the sampling and not the wall.

    Args:
        size: height and width in pixels, or one number for both; at least 32.
        patients: number of groups.
        frames: images per patient; walls, speckle and gain drift between them.
        hard: share of the patients with a rare appearance; ``hard * patients`` of them, give or take one.
        seed: of the phantom.
        name: of the data set.

    Returns:
        Images ``(patients * frames, 1, H, W)`` with spacing in mm. The metadata columns are ``appearance`` (a key of
        ``APPEARANCES``), ``imt_mm`` and ``imt_max_mm``: mean and maximum over the columns of the thickness from LI to
        MA, measured along the normal of the MA boundary (its vertical extent times the cosine of the wall's angle).

    Raises:
        ValueError: if an argument is out of range.
    """
    height, width = _checked(size, patients, frames, hard, seed)
    kinds = _kinds(patients, hard, seed)
    made = [_patient(APPEARANCES[kind], (height, width), frames, seed, p) for p, kind in enumerate(kinds)]
    groups = tuple(f"patient_{p:03d}" for p in range(patients) for _ in range(frames))
    ids = tuple(f"{group}_frame_{k % frames}" for k, group in enumerate(groups))
    thickness = np.concatenate([t for _, _, t in made])
    columns = {"imt_mm": thickness.mean(axis=1), "imt_max_mm": thickness.max(axis=1)}
    return Dataset(
        name=name,
        task="segmentation",
        ids=ids,
        groups=groups,
        images=np.concatenate([image for image, _, _ in made])[:, None],
        targets=np.concatenate([target for _, target, _ in made]),
        classes=CLASSES,
        spacing=np.tile(np.array([DEPTH_MM / height, WIDTH_MM / width]), (len(ids), 1)),
        unit="mm",
        cimt=CLASSES[1],
        metadata=pd.DataFrame({"appearance": np.repeat(kinds, frames), **columns}, index=pd.Index(ids, name="id")),
    )


def _checked(size: Any, patients: Any, frames: Any, hard: Any, seed: Any) -> tuple[int, int]:
    sides = tuple(size) if isinstance(size, Sequence) else (size, size)
    if len(sides) != 2 or not all(isinstance(side, int) and side >= 32 for side in sides):
        raise ValueError(f"size={size}: it must be [height, width] or one number, 32 or more")
    for key, value, least in (("patients", patients, 1), ("frames", frames, 1), ("seed", seed, 0)):
        if not isinstance(value, int) or value < least:
            raise ValueError(f"{key}={value}: it must be a whole number of at least {least}")
    if not isinstance(hard, int | float) or not 0.0 <= hard <= 1.0:
        raise ValueError(f"hard={hard}: it must be a share between 0 and 1")
    return sides[0], sides[1]


def _stream(seed: int, *key: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def _kinds(patients: int, hard: float, seed: int) -> list[str]:
    """The appearance of each patient: hard ones evenly spread from a random start, the kinds in turn, whatever N is."""
    rng = _stream(seed)
    rare = rng.permutation([kind for kind in APPEARANCES if kind != TYPICAL])
    steps = np.floor(np.arange(patients + 1) * hard + rng.uniform(0.0, 1.0)).astype(int)
    return [str(rare[k % len(rare)]) if k < after else TYPICAL for k, after in pairwise(steps)]


@dataclass(frozen=True)
class _Walls:
    """Boundaries ``(F, 1, W)`` of F frames as depths in mm; ``cosine`` turns vertical distances into normal ones."""

    near: Array
    li: Array
    ma: Array
    cosine: Array
    thickness: Array
    bump: Array  # height of the plaque, 1 at its top

    @property
    def cap(self) -> Array:
        """Weight of each column in the plaque's cap, 0 to 1."""
        return np.clip(2.5 * self.bump - 1.0, 0.0, 1.0)

    @classmethod
    def draw(cls, look: Appearance, x: Array, moves: Array, rng: np.random.Generator) -> _Walls:
        """Walls at the columns ``x`` (mm from the middle) of a patient, moved by ``moves`` (F, 5) of the probe."""
        shift, drop, turn, pulse, swell = (moves[:, k, None, None] for k in range(5))
        side = 1.0 if rng.uniform() < 0.5 else -1.0
        slope = np.tan(np.deg2rad(side * rng.uniform(*look.tilt) + 0.5 * turn))
        bend, wave, phase = rng.uniform(-0.006, 0.006), rng.uniform(0.03, 0.1), rng.uniform(0.0, 2.0 * np.pi)
        rate = 2.0 * np.pi / rng.uniform(8.0, 16.0)
        along = x + 0.4 * shift
        ma = slope * x + bend * along**2 + wave * np.sin(rate * along + phase)
        cosine = 1.0 / np.sqrt(1.0 + (slope + 2.0 * bend * along + wave * rate * np.cos(rate * along + phase)) ** 2)

        bump = bell(along - rng.uniform(-4.0, 4.0), rng.uniform(1.2, 1.9))
        intima = rng.uniform(0.4, 1.15) * (1.0 + 0.03 * np.clip(swell, -2.0, 2.0))
        thickness = intima * (1.0 + 0.06 * np.sin(0.5 * rate * along + 2.0 * phase)) + rng.uniform(*look.plaque) * bump

        ma = ma + rng.uniform(6.2, 7.4) + 0.12 * drop
        ma = ma - np.maximum(ma.max(axis=-1, keepdims=True) - (DEPTH_MM - 0.45), 0.0)  # the adventitia stays in view
        diameter = rng.uniform(4.3, 5.2) + 0.12 * pulse + rng.uniform(-0.03, 0.03) * x
        return cls(ma - intima / cosine - diameter, ma - thickness / cosine, ma, cosine, thickness, bump)


def _patient(
    look: Appearance, size: tuple[int, int], frames: int, seed: int, patient: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Array]:
    """Images and targets ``(F, H, W)`` and the wall's thickness ``(F, W)`` in mm of one patient."""
    rng, streams = _stream(seed, patient), [_stream(seed, patient, frame) for frame in range(frames)]
    grid = Grid.over((DEPTH_MM, WIDTH_MM), size)
    moves = np.stack([stream.standard_normal(6) for stream in streams])
    walls = _Walls.draw(look, grid.x, moves[:, :5], rng)
    error, phase = rng.uniform(-0.6, 0.6), rng.uniform(0.0, 2.0 * np.pi)
    contact = rng.uniform(0.0, 2.5) * np.sin(np.pi * grid.x / WIDTH_MM + phase)
    gain, noise = rng.uniform(*look.gain) + 0.5 * moves[:, 5, None, None], rng.uniform(*look.noise)
    transmission = _shadows(look, walls, grid, rng)
    amplitude, mirror = _echoes(look, walls, grid, rng)

    # The scatterers move with the tissue, and a part of them is new in every frame.
    tissue = rng.standard_normal((2, *size))
    fresh = np.stack([stream.standard_normal((4, *size)) for stream in streams])
    steps = [grid.pixels(0.12 * drop, -0.4 * shift) for shift, drop in moves[:, :2]]
    moved = np.stack([np.roll(tissue, (round(down), round(right)), (1, 2)) for down, right in steps])
    scatterers = KEPT * moved + np.sqrt(1.0 - KEPT**2) * fresh[:, :2]
    echo = speckle(amplitude, scatterers, grid.pixels(*PSF_MM)) + mirror
    hiss = from_db(noise) * speckle(np.ones((1, 1)), fresh[:, 2:], grid.pixels(PSF_MM[0], 0.5 * PSF_MM[1]))
    envelope = receive(echo, hiss, grid.y, ATTENUATION_DB_MM, ATTENUATION_DB_MM + error, transmission)
    images = log_compress(envelope, gain + contact - error * DEPTH_MM / 2.0, DYNAMIC_RANGE_DB)
    targets = ((grid.y >= walls.li) & (grid.y < walls.ma)).astype(np.uint8)
    return images, targets, walls.thickness[:, 0]


def _shadows(look: Appearance, walls: _Walls, grid: Grid, rng: np.random.Generator) -> Array:
    """Level ``(F, H, W)`` in dB left by shadows: weak ones below the skin of some, deep ones below calcium."""
    weak = max(rng.uniform(-14.0, 10.0), 0.0) * bell(grid.x - rng.uniform(-8.0, 8.0), rng.uniform(0.6, 1.6))
    deep = np.clip((grid.y - walls.li) / 0.3 - 1.0, 0.0, 1.0) * walls.cap
    return -weak - (0.0 if look.calcium is None else 34.0) * deep


def _echoes(look: Appearance, walls: _Walls, grid: Grid, rng: np.random.Generator) -> tuple[Array, Array]:
    """Scattering ``(F, H, W)`` of the tissues as amplitude, and the mirror-like echo of the boundaries to add to it."""
    li, ma = (grid.y - walls.li) * walls.cosine, (grid.y - walls.ma) * walls.cosine  # mm below the boundary
    near = (walls.near - grid.y) * walls.cosine  # mm above it
    outer = near - 0.6 * walls.thickness.min(axis=-1, keepdims=True)  # above the near wall's own media
    texture, line = layers(walls.ma, grid, rng), grid.line
    media, adventitia, intima = rng.uniform(*look.media), rng.uniform(*look.adventitia), rng.uniform(*look.interface)
    haze = from_db(rng.uniform(*look.haze))

    tissue, fibres = from_db(rng.uniform(-38.0, -31.0) + texture), from_db(adventitia - 3.0 + 0.5 * texture)
    wall = from_db(media - look.lucency * walls.bump + 0.3 * texture)
    amplitude = (
        grid.beyond(ma) * (tissue + fibres * np.exp(-np.maximum(ma, 0.0) / 0.4))
        + grid.beyond(outer) * (tissue + 0.6 * fibres * np.exp(-np.maximum(outer, 0.0) / 0.35))
        + (grid.beyond(li) - grid.beyond(ma) + grid.beyond(near) - grid.beyond(outer)) * wall
        + grid.beyond(-li) * grid.beyond(-near) * haze * (1.0 + 8.0 * np.exp(-np.abs(near) / 0.5))
    )
    # Leading edges: each bright line lies just below its boundary. Its strength varies along the wall.
    broken = 3.5 * smooth_noise(rng.standard_normal((3, 1, len(grid.x))), grid.pixels(0.0, 0.7))
    mirror = bell(li - line, line) * from_db(intima - look.lucency * walls.bump + broken[0])
    mirror = mirror + bell(ma - 2.0 * line, 1.5 * line) * from_db(adventitia + broken[1])
    mirror = mirror + bell(near - line, line) * from_db(intima - 6.0 + broken[2])
    if look.calcium is not None:
        mirror = mirror + bell(li - 0.15, 0.12) * walls.cap * from_db(look.calcium)
    if look.mimic is not None:
        depth, gap = rng.uniform(1.6, 3.0), rng.uniform(0.5, 0.9)  # below the near wall, and between its two lines
        lines = 0.4 * bell(-near - depth, 1.3 * line) + bell(-near - depth - gap, 2.5 * line)
        mirror = mirror + lines * bell(grid.x - rng.uniform(-5.0, 5.0), rng.uniform(3.0, 5.0)) * from_db(look.mimic)
    return amplitude + 0.8 * mirror, mirror  # a rough boundary scatters as well
