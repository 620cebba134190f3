"""Images of any shape at one size: stretched, padded or cropped, with masks and lengths that follow."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from alseg.data.dataset import IGNORE, Dataset
from alseg.data.fit import FITS, Place, pixel_size, place
from alseg.data.folder import load_folder
from alseg.data.region import Region
from alseg.errors import ConfigError
from alseg.metrics.segmentation import SegmentationMetrics
from alseg.oracles.column import Column

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder


@pytest.mark.parametrize(
    ("file", "size", "pad", "crop"),
    [
        ((4, 8), (4, 4), Region(0, 1, 4, 2), Region(2, 0, 4, 4)),
        ((8, 4), (4, 4), Region(1, 0, 2, 4), Region(0, 2, 4, 4)),
        ((4, 8), (2, 4), None, None),
        ((3, 5), (7, 7), Region(0, 1, 7, 4), Region(1, 0, 3, 3)),  # 4.2 rows; odd ones go below and right
        ((1, 100), (10, 10), Region(0, 4, 10, 1), Region(49, 0, 1, 1)),
        ((100, 200), (64, 32), Region(0, 24, 32, 16), Region(75, 0, 50, 100)),
    ],
)
def test_places_by_hand(file: tuple[int, int], size: tuple[int, int], pad: Region | None, crop: Region | None) -> None:
    assert place(file, None, size) == Place()
    assert place(file, None, size, "pad") == Place(None, pad)
    assert place(file, None, size, "crop") == Place(crop)


def test_places_of_any_shape() -> None:
    """Within file and image, centred, as large as can be, and of the aspect ratio wanted to half a pixel at each side."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        file, size = (tuple(map(int, rng.integers(1, 90, 2))) for _ in range(2))
        region = Region(3, 5, file[1], file[0])
        padded = place((200, 200), region, size, "pad")
        assert padded.region == region
        x, y, width, height = padded.frame or Region(0, 0, size[1], size[0])
        assert 0 <= size[1] - width - 2 * x <= 1
        assert 0 <= size[0] - height - 2 * y <= 1
        assert width == size[1] or height == size[0]
        scale = min(size[0] / file[0], size[1] / file[1])
        assert abs(height - scale * file[0]) <= max(0.5, 1 - scale * file[0])
        assert abs(width - scale * file[1]) <= max(0.5, 1 - scale * file[1])
        cut = place((200, 200), region, size, "crop").region
        assert cut is not None
        assert 0 <= file[1] - cut.width - 2 * (cut.x - 3) <= 1
        assert 0 <= file[0] - cut.height - 2 * (cut.y - 5) <= 1
        assert cut.width == file[1] or cut.height == file[0]
        scale = min(file[0] / size[0], file[1] / size[1])
        assert abs(cut.height - scale * size[0]) <= max(0.5, 1 - scale * size[0])
        assert abs(cut.width - scale * size[1]) <= max(0.5, 1 - scale * size[1])


def test_pixel_size() -> None:
    places = [
        Place(),
        Place(Region(0, 0, 8, 4)),
        Place(None, Region(0, 1, 4, 2)),
        Place(Region(1, 1, 8, 8), Region(1, 0, 2, 4)),
    ]
    assert pixel_size(places, [(16, 12)] * 4, (4, 4)).tolist() == [[4, 3], [1, 2], [8, 3], [2, 4]]


def test_an_unknown_fit() -> None:
    with pytest.raises(ConfigError, match=r"data\.fit=squeeze: it is one of stretch, pad, crop"):
        place((4, 4), None, (4, 4), "squeeze")


def wide(folder: Folder, *rows: str) -> None:
    """Images of 4 x 8 pixels, 10 * row + column + 1; the mask is white in columns 1, 2 and 5."""
    folder.save("x.png", 10 * np.arange(4)[:, None] + np.arange(8) + 1)
    folder.save("m.png", np.broadcast_to([0, 255, 255, 0, 0, 255, 0, 0], (4, 8)))
    folder.table("id,image,mask,group,part,again", *rows)


def test_pixels_by_hand(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    wide(folder, "a,x.png,m.png,,,m.png", "b,x.png,m.png,,0 0 2 4,m.png")
    padded = load_folder(folder.root, 8, region="part", fit="pad")
    assert (padded.images[0, 0, :2] == 0).all()
    assert (padded.images[0, 0, 6:] == 0).all()
    assert padded.images[0, 0, 2:6].tolist() == (10 * np.arange(4)[:, None] + np.arange(8) + 1).tolist()
    row = [0, 1, 1, 0, 0, 1, 0, 0]
    assert padded.targets[0].tolist() == [[IGNORE] * 8] * 2 + [row] * 4 + [[IGNORE] * 8] * 2
    assert padded.targets[1].tolist() == [[IGNORE] * 2 + [0, 0, 1, 1] + [IGNORE] * 2] * 8
    assert padded.regions == (Region(0, 0, 8, 4), Region(0, 0, 2, 4))
    assert padded.frames == (Region(0, 2, 8, 4), Region(2, 0, 4, 8))
    assert padded.spacing.tolist() == [[1, 1], [0.5, 0.5]]
    cropped = load_folder(folder.root, 4, fit="crop")
    assert cropped.images[0, 0].tolist() == (10 * np.arange(4)[:, None] + np.arange(2, 6) + 1).tolist()
    assert cropped.targets[0].tolist() == [[1, 0, 0, 1]] * 4
    assert cropped.regions == (Region(2, 0, 4, 4),) * 2
    assert cropped.frames is None
    assert not caplog.records  # padding is nobody's omission


@pytest.mark.parametrize(("fit", "region"), [*product(FITS, (None, "part"))])
def test_the_column_and_the_cache_follow(folder: Folder, fit: str, region: str | None) -> None:
    wide(folder, "a,x.png,m.png,,,m.png", "b,x.png,m.png,,0 0 3 4,m.png")
    dataset = load_folder(folder.root, 6, fit=fit, region=region)
    answer = Column(dataset, "again", folder.root).annotate(["b", "a"])
    assert np.array_equal(answer.targets, dataset.targets[[1, 0]])
    for _ in range(2):
        cached = load_folder(folder.root, 6, fit=fit, region=region, memory_limit_gb=0)
        for name in ("images", "targets", "spacing"):
            assert np.array_equal(getattr(cached, name), getattr(dataset, name))


def disc(folder: Folder, spacing: tuple[float, float], shape: tuple[int, int], centre: tuple[float, float]) -> None:
    """A disc of 10 mm radius about a point in mm."""
    y, x = (spacing[axis] * (np.arange(shape[axis]) + 0.5) for axis in (0, 1))
    inside = (y[:, None] - centre[0]) ** 2 + (x - centre[1]) ** 2 < 100
    folder.save("x.png", 200 * inside)
    folder.save("m.png", 255 * inside)
    stated = f"{spacing[0]},{spacing[1]}"
    folder.table("id,image,mask,group,spacing_y,spacing_x,part", f"a,x.png,m.png,,{stated},20 10 240 180")


@pytest.mark.parametrize(("fit", "region", "size"), [*product(FITS, (None, "part"), (128, (96, 192), (150, 120)))])
def test_a_disc_keeps_its_millimetres(folder: Folder, fit: str, region: str | None, size: Any) -> None:
    disc(folder, (0.25, 0.15), (200, 300), (25, 21))
    dataset = load_folder(folder.root, size, fit=fit, region=region)
    found = dataset.targets[0] == 1
    height, width = dataset.spacing[0]
    for axis, side in ((1, height), (0, width)):
        assert abs(found.any(axis=axis).sum() * side - 20) <= 2 * side + 0.25
    assert abs(found.sum() * height * width / (np.pi * 100) - 1) < 0.03
    stretch = height / width / (0.25 / 0.15)
    assert (abs(stretch - 1) < 0.02) == (fit != "stretch")
    bright = dataset.images[0, 0] > 100  # the image lies where its mask does
    assert (bright & found).sum() / (bright | found).sum() > 0.95


def test_padding_counts_in_no_metric(folder: Folder) -> None:
    """Whatever is predicted there, Dice and distances are those without the padding; so is the diagonal of a miss."""
    disc(folder, (0.25, 0.25), (120, 240), (15, 30))
    plain = load_folder(folder.root, (64, 128))
    padded = load_folder(folder.root, 128, fit="pad")

    def measured(dataset: Dataset, predicted: np.ndarray) -> dict[str, float]:
        metrics = SegmentationMetrics(dataset.classes, dataset.unit, distances=True)
        metrics.update(
            torch.from_numpy(predicted), torch.from_numpy(dataset.targets), torch.from_numpy(dataset.spacing)
        )
        return metrics.compute()

    shifted = np.roll(plain.targets, 5, axis=2)
    everywhere = np.ones_like(padded.targets)
    everywhere[:, 32:96] = shifted
    assert measured(padded, everywhere) == pytest.approx(measured(plain, shifted))
    everywhere[:, 32:96] = 0
    missed = measured(padded, everywhere)
    assert missed == pytest.approx(measured(plain, np.zeros_like(plain.targets)))
    assert missed["hd_mm"] == pytest.approx(np.hypot(30, 60))
