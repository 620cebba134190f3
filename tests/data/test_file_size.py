"""Masks at the size of image files, and targets at the size of the data set: there and back."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from alseg.data.file_size import mask_of, mask_of_probabilities, size_of_file, target_of
from alseg.data.fit import FITS, Place, place, places_of
from alseg.data.folder import load_folder
from alseg.data.images import read_whole
from alseg.data.region import Region

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder

SIZES = [((5, 9), (5, 9)), ((16, 12), (8, 8)), ((37, 23), (16, 24)), ((90, 41), (32, 32)), ((6, 7), (16, 12))]


def blobs(shape: tuple[int, int], rng: np.random.Generator, classes: int = 4) -> np.ndarray:
    return rng.integers(0, classes, shape, dtype=np.uint8)


def places(file: tuple[int, int], size: tuple[int, int]) -> list[Place]:
    part = Region(1, 2, file[1] - 2, file[0] - 3)
    return [place(file, region, size, fit) for region, fit in product((None, part), FITS)]


@pytest.mark.parametrize(("fit", "region", "size"), [*product(FITS, (None, "part"), (7, [12, 20], [40, 30]))])
def test_a_mask_becomes_what_would_have_been_loaded(folder: Folder, fit: str, region: str | None, size: int) -> None:
    rng, shapes = np.random.default_rng(0), {"a": (30, 40), "b": (40, 30), "c": (9, 23)}
    masks = {name: blobs(shape, rng) for name, shape in shapes.items()}
    for name, mask in masks.items():
        mask[0, :2] = 255
        folder.save(f"{name}.png", mask)
        folder.save(f"{name}_mask.png", mask)
    parts = {"a": "3 4 20 11", "b": "", "c": "0 1 8 8"}
    folder.table("id,image,mask,group,part", *(f"{n},{n}.png,{n}_mask.png,,{parts[n]}" for n in masks))
    dataset = load_folder(folder.root, size, fit=fit, region=region)
    where = places_of(dataset)
    for row, name in enumerate(dataset.ids):
        assert size_of_file(dataset, row) == masks[name].shape
        assert np.array_equal(target_of(masks[name], where[name], dataset.size), dataset.targets[row])
    assert dataset.files is not None
    assert [path.name for path in dataset.files] == ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize(("file", "size"), SIZES)
def test_target_to_file_and_back(file: tuple[int, int], size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    for where in places(file, size):
        target = target_of(blobs(file, rng), where, size)
        whole = mask_of(target, where, file, outside=9)
        assert whole.shape == file
        region = where.region or Region(0, 0, file[1], file[0])
        shown = where.frame or Region(0, 0, size[1], size[0])
        assert (whole == 9).sum() == file[0] * file[1] - region.width * region.height
        if region.width >= shown.width and region.height >= shown.height:
            assert np.array_equal(target_of(whole, where, size), target)
        assert not np.shares_memory(whole, target)


def test_equal_sizes_change_nothing() -> None:
    rng = np.random.default_rng(2)
    mask, probabilities = blobs((11, 14), rng), rng.random((4, 11, 14), dtype=np.float32)
    assert np.array_equal(target_of(mask, Place(), mask.shape), mask)
    assert np.array_equal(mask_of(mask, Place(), mask.shape), mask)
    assert np.array_equal(mask_of_probabilities(probabilities, Place(), mask.shape), probabilities.argmax(axis=0))


@pytest.mark.parametrize(("file", "size"), SIZES)
def test_probabilities_are_resized_before_they_are_compared(file: tuple[int, int], size: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    probabilities = rng.dirichlet(np.ones(3), size).transpose(2, 0, 1).astype(np.float32)
    for where in places(file, size):
        region = where.region or Region(0, 0, file[1], file[0])
        shown = where.frame or Region(0, 0, size[1], size[0])
        part = probabilities[:, shown.y : shown.y + shown.height, shown.x : shown.x + shown.width]
        bilinear = [
            Image.fromarray(map_).resize((region.width, region.height), Image.Resampling.BILINEAR) for map_ in part
        ]
        found = mask_of_probabilities(probabilities, where, file, outside=7)
        inner = found[region.y : region.y + region.height, region.x : region.x + region.width]
        assert np.array_equal(inner, np.argmax(bilinear, axis=0))
        assert (found == 7).sum() == found.size - inner.size


def test_of_equally_probable_classes_the_first() -> None:
    assert not mask_of_probabilities(np.full((3, 4, 4), 1 / 3, np.float32), Place(), (8, 8)).any()


def test_an_outline_of_a_large_file_has_no_steps() -> None:
    """Of a slanted edge at 16 pixels: resized probabilities follow it, the nearest pixel makes steps of 16 pixels."""
    y, x = np.mgrid[:16, :16]
    sure = np.clip((x - y / 3 - 5) / 2 + 0.5, 0, 1).astype(np.float32)
    found = mask_of_probabilities(np.stack([1 - sure, sure]), Place(), (256, 256))
    edge = found[16:-16].argmax(axis=1)
    assert abs(np.diff(edge)).max() <= 1


def test_a_whole_file_as_people_see_it(folder: Folder) -> None:
    """The window is that of the region which the data set uses, so that a bright caption does not darken the rest."""
    deep = np.arange(64, dtype=np.uint16).reshape(8, 8) * 10
    deep[7] = 60_000
    path = folder.save("deep.png", deep, np.uint16)
    region = Region(0, 0, 8, 7)
    whole = read_whole(path, region, "minmax")
    assert whole.dtype == np.uint8
    assert whole[:7].tolist() == np.rint(deep[:7].astype(float) * 255 / 550).tolist()
    assert (whole[7] == 255).all()
    colour = folder.save("colour.png", np.arange(48).reshape(4, 4, 3))
    assert np.array_equal(read_whole(colour), np.arange(48).reshape(4, 4, 3))


def test_real_masks(data_root: Path) -> None:
    dataset = load_folder(data_root / "cardiac", 64, where={"group": "patient001"})
    where = places_of(dataset)
    rows = list(range(len(dataset)))
    assert rows
    for row in rows:
        name = dataset.ids[row]
        whole = mask_of(dataset.targets[row], where[name], size_of_file(dataset, row))
        assert whole.shape == (192, 192)
        assert np.array_equal(target_of(whole, where[name], dataset.size), dataset.targets[row])
