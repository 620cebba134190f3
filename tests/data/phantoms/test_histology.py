"""The histology phantom: the same everywhere, with a rare class and two that are easily confused."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from alseg.data.phantoms.histology import RARE, phantom_histology
from alseg.data.phantoms.section import STAINS, Section, shine
from alseg.data.phantoms.tissues import TISSUES


def density(images: np.ndarray) -> np.ndarray:
    """Mean optical density ``(N, 3)`` of the channels."""
    return -np.log10((images.astype(float) + 1) / 256).mean(axis=(2, 3))


def test_shapes_and_names() -> None:
    data = phantom_histology(size=32, slides=3, tiles=4)
    assert data.task == "classification"
    assert data.images.shape == (12, 3, 32, 32)
    assert data.images.dtype == np.uint8
    assert data.targets.dtype == np.int64
    assert data.classes == tuple(sorted(TISSUES))
    assert len(data.classes) >= 6
    assert data.ids[5] == "slide_001_tile_01"
    assert data.groups.count("slide_002") == 4
    assert data.unit == "mm"
    assert data.spacing[0] == pytest.approx([0.004, 0.004])


def test_is_the_same_on_every_machine() -> None:
    data = phantom_histology(size=32, slides=4, tiles=6, rare=0.1, seed=3)
    digest = hashlib.sha256(data.images.tobytes() + data.targets.tobytes()).hexdigest()
    assert digest == "cb56f0ecbcea27a5580e5092f7d8fa5069d449c7edda7af4921ab34b4cb2a723"


def test_seed_changes_everything() -> None:
    one, two = (phantom_histology(size=16, slides=2, tiles=8, seed=seed) for seed in (0, 1))
    assert not np.array_equal(one.images, two.images)
    assert not np.array_equal(one.targets, two.targets)


def test_a_tile_does_not_depend_on_how_many_slides_are_asked_for() -> None:
    small, large = (phantom_histology(size=16, slides=n, tiles=5) for n in (3, 6))
    assert np.array_equal(small.images, large.images[:15])
    assert np.array_equal(small.targets, large.targets[:15])
    assert small.metadata.equals(large.metadata.iloc[:15])


@pytest.mark.slow
@pytest.mark.parametrize("rare", [0.0, 0.03, 0.2])
def test_the_rare_class_is_as_rare_as_stated(rare: float) -> None:
    data = phantom_histology(size=16, slides=10, tiles=20, rare=rare)
    counts = dict(zip(data.classes, np.bincount(data.targets, minlength=len(data.classes))))
    assert abs(counts.pop(RARE) - rare * 200) <= 1
    assert min(counts.values()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("mixed", [0.0, 0.5, 1.0])
def test_mixed_tiles_say_so(mixed: float) -> None:
    data = phantom_histology(size=16, slides=8, tiles=20, mixed=mixed)
    corner = data.metadata["corner"].to_numpy()
    assert (corner != "").mean() == pytest.approx(mixed, abs=0.12)
    own = np.array(data.classes)[data.targets]
    assert not (corner == own).any()


@pytest.mark.slow
def test_slides_differ_in_their_stains_unless_told_not_to() -> None:
    def spread(stain: float) -> float:
        data = phantom_histology(size=32, slides=12, tiles=24, stain=stain, mixed=0.0)
        muscle = data.targets == data.classes.index("muscle")
        slide = np.array(data.groups)
        means = [density(data.images[muscle & (slide == s)]).mean(axis=0) for s in sorted(set(slide[muscle]))]
        return float(np.std([mean[0] / mean[1] for mean in means]))

    assert spread(1.0) > 2 * spread(0.0)


@pytest.mark.parametrize("name", sorted(TISSUES))
def test_every_tissue_is_stained(name: str) -> None:
    section = Section.of(128.0, 48)
    haematoxylin, eosin = TISSUES[name](section, np.random.default_rng(0))
    assert haematoxylin.shape == eosin.shape == (48, 48)
    assert np.isfinite(haematoxylin).all()
    assert np.isfinite(eosin).all()
    assert haematoxylin.min() >= 0
    assert eosin.min() >= 0
    assert haematoxylin.max() > 0.4  # there are nuclei, or what is left of them


@pytest.mark.slow
def test_fat_is_light_and_lymphocytes_are_dark() -> None:
    data = phantom_histology(size=32, slides=8, tiles=20, mixed=0.0)
    dark = dict(zip(data.classes, (density(data.images[data.targets == c]).mean() for c in range(len(data.classes)))))
    assert min(dark, key=dark.__getitem__) == "adipose"
    assert dark["lymphocytes"] > dark["mucus"]


@pytest.mark.slow
def test_the_two_tissues_that_are_easily_confused_look_more_alike_than_others() -> None:
    data = phantom_histology(size=32, slides=10, tiles=24, mixed=0.0, stain=0.0)
    spread = data.images.astype(float).std(axis=(2, 3))
    looks = np.concatenate([density(data.images), spread / 255], axis=1)
    means = {c: looks[data.targets == i].mean(axis=0) for i, c in enumerate(data.classes)}
    away = {c: np.linalg.norm(means[c] - means["muscle"]) for c in data.classes if c not in ("muscle", RARE)}
    assert min(away, key=away.__getitem__) == "stroma"


def test_light_falls_by_the_law_of_beer_and_lambert() -> None:
    ones = np.ones((1, 1))
    white = np.array([250.0, 240.0, 230.0])
    light = shine(2 * ones, 0.5 * ones, STAINS, white)[:, 0, 0]
    assert light == pytest.approx(white * 10 ** -(2 * STAINS[0] + 0.5 * STAINS[1]))
    assert shine(0 * ones, 0 * ones, STAINS, white)[:, 0, 0] == pytest.approx(white)


def test_an_ellipse_has_its_area_and_its_direction() -> None:
    section = Section.of(64.0, 256)
    one = section.ellipses(np.array([[3.0, -5.0]]), np.array([12.0]), np.array([4.0]), np.array([0.6]), np.array([0.7]))
    assert one.sum() / 0.7 * section.pitch**2 == pytest.approx(np.pi * 48, rel=0.01)
    y, x = np.nonzero(one > 0.35)
    places = np.stack([y, x]) * section.pitch + section.pitch / 2 - 32
    assert places.mean(axis=1) == pytest.approx([3, -5], abs=0.05)
    _, vectors = np.linalg.eigh(np.cov(places))
    assert abs(vectors[:, 1] @ [np.sin(0.6), np.cos(0.6)]) == pytest.approx(1, abs=1e-3)


def test_the_distance_to_a_border_is_that_to_the_nearest_other_cell() -> None:
    section = Section.of(20.0, 40)
    border, nearest = section.cells(np.array([[0.0, -4.0], [0.0, 4.0]]))
    assert np.array_equal(nearest, np.broadcast_to(section.x > 0, nearest.shape))
    middle = border[20]  # close to the line between the seeds it is the distance to the border
    assert middle[22:26] == pytest.approx(section.x[0, 22:26], abs=0.05)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("size", 8),
        ("size", 64.0),
        ("slides", 0),
        ("tiles", True),
        ("rare", 1.5),
        ("stain", -1),
        ("mixed", "all"),
        ("seed", -1),
    ],
)
def test_impossible_arguments(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{argument}=.*: it must be"):
        phantom_histology(**{argument: value})  # type: ignore[arg-type]
