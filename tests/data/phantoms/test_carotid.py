"""The carotid phantom: the same everywhere, true to its own millimetres, and hard where it says so."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.data.dataset import Dataset
from alseg.data.phantoms.carotid import APPEARANCES, DEPTH_MM, DYNAMIC_RANGE_DB, TYPICAL, WIDTH_MM, phantom_carotid
from alseg.data.phantoms.speckle import smooth_noise, speckle

HARD = [kind for kind in APPEARANCES if kind != TYPICAL]
RAYLEIGH = np.sqrt(np.pi / (4.0 - np.pi))  # mean over standard deviation, 1.913


def measured(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Mean and maximum thickness in mm read from the masks, with the wall's angle read from its lower edge."""
    pitch_y, pitch_x = data.spacing[0]
    columns = np.arange(data.size[1])
    means, maxima = [], []
    for mask in data.targets:
        lower = data.size[0] - np.argmax(mask[::-1], axis=0)
        edge = np.polynomial.Polynomial.fit(columns, lower, 6)
        cosine = 1.0 / np.hypot(1.0, edge.deriv()(columns) * pitch_y / pitch_x)
        thickness = mask.sum(axis=0) * pitch_y * cosine
        means.append(thickness.mean())
        maxima.append(thickness.max())
    return np.array(means), np.array(maxima)


def test_is_the_same_on_every_machine() -> None:
    data = phantom_carotid(size=[48, 64], patients=7, frames=2, hard=0.9, seed=3)
    assert set(data.metadata["appearance"]) == set(APPEARANCES)
    digest = hashlib.sha256(data.images.tobytes() + data.targets.tobytes()).hexdigest()
    assert digest == "853208e6a1dd685c6a953f2545c0b4c76ce3f496f8ba975af8781f94bc0bdd7f"


def test_seed_changes_everything() -> None:
    one, two = (phantom_carotid(size=32, patients=2, frames=1, seed=seed) for seed in (0, 1))
    assert not np.array_equal(one.images, two.images)
    assert not np.array_equal(one.targets, two.targets)


@pytest.mark.parametrize(("patients", "frames"), [(9, 2), (6, 5), (9, 5)])
def test_a_frame_does_not_depend_on_how_many_are_asked_for(patients: int, frames: int) -> None:
    small = phantom_carotid(size=(32, 64), patients=6, frames=2, hard=0.5)
    large = phantom_carotid(size=(32, 64), patients=patients, frames=frames, hard=0.5)
    index = [large.ids.index(i) for i in small.ids]
    assert np.array_equal(small.images, large.images[index])
    assert np.array_equal(small.targets, large.targets[index])
    assert small.metadata.equals(large.metadata.iloc[index])


@pytest.mark.slow
@pytest.mark.parametrize(("size", "off", "bias"), [((128, 256), 0.006, 0.002), ((64, 128), 0.02, 0.005)])
@pytest.mark.parametrize("hard", [0.0, 1.0])
def test_masks_are_as_thick_as_stated(size: tuple[int, int], off: float, bias: float, hard: float) -> None:
    """A mask is cut at pixel centres: means are within 0.6 % (64 x 128: 2 %) on average, single images within 8 %."""
    data = phantom_carotid(size=size, patients=24, frames=2, hard=hard, seed=1)
    mean, maximum = measured(data)
    true = data.metadata["imt_mm"].to_numpy()
    relative = mean / true - 1.0
    assert np.abs(relative).mean() < off
    assert np.abs(relative).max() < 0.08
    assert abs(relative.mean()) < bias
    assert np.abs(maximum - data.metadata["imt_max_mm"]).max() < 1.5 * data.spacing[0, 0]


def test_thickness_is_that_of_patients() -> None:
    table = phantom_carotid(size=32, patients=60, frames=1, hard=0.25).metadata
    typical = table[table["appearance"] == TYPICAL]
    assert typical["imt_mm"].between(0.35, 1.25).all()
    assert typical["imt_mm"].std() > 0.1
    plaque = table["appearance"].str.endswith("plaque")
    assert (table["imt_max_mm"] - table["imt_mm"])[plaque].min() > 0.3
    assert (table["imt_max_mm"] - table["imt_mm"])[~plaque].max() < 0.1


@pytest.mark.parametrize("psf", [(0.43, 1.0), (0.9, 2.0)])
def test_speckle_is_rayleigh(psf: tuple[float, float]) -> None:
    white = np.random.default_rng(0).standard_normal((4, 2, 128, 256))
    envelope = np.abs(speckle(np.full((1, 1), 3.0), white, psf))
    assert envelope.mean() / envelope.std() == pytest.approx(RAYLEIGH, rel=0.03)
    assert np.sqrt((envelope**2).mean()) == pytest.approx(3.0, rel=0.03)


def test_noise_keeps_its_variance_up_to_the_border() -> None:
    noise = smooth_noise(np.random.default_rng(0).standard_normal((2000, 33, 33)), (0.5, 3.0))
    assert noise.std(axis=0) == pytest.approx(1.0, abs=0.1)


@pytest.mark.slow
def test_haze_in_an_image_is_rayleigh_too() -> None:
    """The log compression is undone in the hazy lumen, block by block, as its brightness varies slowly."""
    data = phantom_carotid(size=(128, 256), patients=18, frames=4, hard=1.0, seed=2)
    ratios = []
    for k in np.flatnonzero(data.metadata["appearance"] == "faint_interface"):
        end = int(np.argmax(data.targets[k], axis=0).min()) - 6
        envelope = 10.0 ** (data.images[k, 0, end - 24 : end].astype(float) * DYNAMIC_RANGE_DB / 255.0 / 20.0)
        ratios += [block.mean() / block.std() for block in np.split(envelope, 4, axis=1)]
    assert len(ratios) == 48
    assert np.median(ratios) == pytest.approx(RAYLEIGH, rel=0.06)


@pytest.mark.parametrize("patients", [10, 37, 60])
@pytest.mark.parametrize("hard", [0.0, 0.1, 0.25, 1.0])
def test_share_of_hard_patients(patients: int, hard: float) -> None:
    data = phantom_carotid(size=32, patients=patients, frames=1, hard=hard, seed=5)
    counts = data.metadata["appearance"].value_counts().reindex(HARD, fill_value=0)
    assert abs(counts.sum() - hard * patients) < 1.0
    assert counts.max() - counts.min() <= 1


def test_a_patient_has_one_appearance_and_one_group() -> None:
    data = phantom_carotid(size=32, patients=12, frames=3, hard=0.5)
    assert data.ids[:4] == tuple(f"patient_{k // 3:03d}_frame_{k % 3}" for k in range(4))
    assert data.groups == tuple(i.split("_frame_")[0] for i in data.ids)
    assert list(data.metadata.index) == list(data.ids)
    assert (data.metadata.groupby(list(data.groups))["appearance"].nunique() == 1).all()


@pytest.mark.slow
@pytest.mark.parametrize("hard", [0.0, 1.0])
@pytest.mark.parametrize("size", [(32, 32), (64, 128)])
def test_every_column_has_a_wall_inside_the_image(size: tuple[int, int], hard: float) -> None:
    data = phantom_carotid(size=size, patients=60, frames=2, hard=hard, seed=4)
    assert set(np.unique(data.targets)) == {0, 1}
    assert data.targets.any(axis=1).all()
    assert not data.targets[:, [0, -1]].any()
    assert (np.abs(np.diff(data.targets.astype(int), axis=1)).sum(axis=1) == 2).all()  # one run per column


@pytest.mark.parametrize(("size", "expected"), [(64, (64, 64)), ([64, 128], (64, 128)), ((128, 256), (128, 256))])
def test_spacing_follows_from_size(size: Any, expected: tuple[int, int]) -> None:
    data = phantom_carotid(size=size, patients=1, frames=2)
    assert data.images.shape == (2, 1, *expected)
    assert data.unit == "mm"
    assert data.spacing == pytest.approx(np.tile([DEPTH_MM / expected[0], WIDTH_MM / expected[1]], (2, 1)))


def test_size_changes_the_sampling_and_not_the_wall() -> None:
    coarse, fine = (phantom_carotid(size=(h, 2 * h), patients=6, frames=2, hard=0.5) for h in (64, 128))
    assert np.allclose(coarse.metadata["imt_mm"], fine.metadata["imt_mm"], rtol=1e-3)
    both = coarse.targets.astype(bool), fine.targets[:, ::2, ::2].astype(bool)
    assert 2 * (both[0] & both[1]).sum() / (both[0].sum() + both[1].sum()) > 0.85


def test_frames_of_a_patient_are_alike_and_not_equal() -> None:
    data = phantom_carotid(patients=12, frames=2, hard=0.25)
    flat = data.images.reshape(len(data), -1).astype(float)
    alike = np.corrcoef(flat)
    own = alike[np.arange(0, 24, 2), np.arange(1, 24, 2)]
    others = np.where(np.kron(np.eye(12), np.ones((2, 2))) > 0, np.nan, alike)[::2]
    assert own.max() < 0.999
    assert own.mean() > np.nanmean(others) + 0.05
    assert (own > np.nanmean(others, axis=1)).all()


@pytest.mark.slow
def test_typical_walls_are_bright_dark_bright_and_hard_ones_less_so() -> None:
    """How well the simplest reader, brightness below minus above the LI boundary, sees the wall of each kind."""
    contrast = {}
    for hard in (0.0, 1.0):
        data = phantom_carotid(size=(128, 256), patients=24, frames=2, hard=hard, seed=6)
        edge = np.argmax(data.targets, axis=1)
        rows = np.arange(data.size[0])[None, :, None] - edge[:, None]
        image = data.images[:, 0].astype(float)
        below, above = ((rows >= 0) & (rows < 3)), ((rows < -2) & (rows >= -8))
        step = (image * below).sum((1, 2)) / below.sum((1, 2)) - (image * above).sum((1, 2)) / above.sum((1, 2))
        for kind in set(data.metadata["appearance"]):
            contrast[kind] = step[(data.metadata["appearance"] == kind).to_numpy()].mean()
    assert contrast[TYPICAL] > 80.0
    for kind in ("low_gain", "faint_interface", "steep", "soft_plaque"):
        assert contrast[kind] < 0.85 * contrast[TYPICAL], kind


def test_calcium_throws_a_shadow_and_a_reverberation_lights_the_lumen() -> None:
    typical, rare = (phantom_carotid(patients=12, frames=1, hard=hard, seed=7) for hard in (0.0, 1.0))
    kinds = rare.metadata["appearance"].to_numpy()
    rows = np.arange(64)[None, :, None]
    below = rows > 63 - np.argmax(typical.targets[:, ::-1], axis=1)[:, None]
    lumen = (rows > 20) & (rows < np.argmax(rare.targets, axis=1)[:, None] - 2)
    for p in np.flatnonzero(kinds == "calcified_plaque"):
        darker = [(d.images[p, 0] * below[p]).sum(axis=0) for d in (rare, typical)]
        assert (darker[0] / darker[1]).min() < 0.5
    for p in np.flatnonzero(kinds == "reverberation"):
        bright = [np.quantile(d.images[p, 0][lumen[p]], 0.9) for d in (rare, typical)]
        assert bright[0] > bright[1] + 60


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("size", 31),
        ("size", [64]),
        ("size", [64, 128, 3]),
        ("size", [64, 12]),
        ("size", [64.0, 128.0]),
        ("size", "64"),
        ("size", None),
        ("patients", 0),
        ("patients", 2.5),
        ("frames", 0),
        ("seed", -1),
        ("hard", -0.1),
        ("hard", 1.1),
        ("hard", float("nan")),
        ("hard", "much"),
    ],
)
def test_bad_arguments_get_one_line(key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{key}=.*: it must be") as caught:
        phantom_carotid(**{"size": 32, "patients": 1, "frames": 1, key: value})
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_config_is_the_default_phantom() -> None:
    config = compose(["data=phantom_carotid"]).data
    assert (config.patients, config.frames, config.hard, config.seed) == (60, 8, 0.25, 0)
    config.patients = 2
    data = instantiate(config)
    assert data.name == config.name == "phantom_carotid"
    assert data.size == (64, 128)
