"""Slices of a volume and the items made of them, by values computed by hand."""

from pathlib import Path

import numpy as np
import pytest

from alseg.data.convert.cut import cut
from alseg.data.formats.stack import Stack

GREY = np.array([[[0, 10], [20, 40]], [[-5, 30], [10, 50]]], np.int16)
MASK = np.array([[[0, 0], [0, 0]], [[0, 2], [0, 0]]], np.uint8)


def test_slices_are_numbered_and_share_one_window():
    first, second = cut("scan", Stack(GREY), MASK, [(0, 40)])
    assert [(one.id, one.number, one.annotated) for one in (first, second)] == [
        ("scan_000", 0, False),
        ("scan_001", 1, True),
    ]
    item = second.item(group="p1", spacing=(1.5, 0.5), metadata={"volume": "scan"})
    # 30 * 255 / 40 = 191.25, 10 * 255 / 40 = 63.75
    assert item.image().tolist() == [[0, 191], [64, 255]]
    assert item.mask().tolist() == [[0, 2], [0, 0]]
    assert (item.id, item.group, item.spacing, item.metadata) == ("scan_001", "p1", (1.5, 0.5), {"volume": "scan"})


def test_the_only_slice_bears_the_name_of_its_volume():
    (one,) = cut("scan", Stack(GREY[:1]), None, [(0, 40)])
    assert (one.id, one.annotated) == ("scan", False)
    assert one.item().mask is None


def test_each_channel_has_a_window_of_its_own_or_all_have_one():
    colour = np.stack([GREY, 2 * GREY], axis=-1)
    (own, _), (shared, _) = (cut("c", Stack(colour), None, windows) for windows in ([(0, 40), (0, 80)], [(0, 80)]))
    assert np.array_equal(own.item().image()[..., 0], own.item().image()[..., 1])
    assert own.item().image()[..., 0].tolist() == [[0, 64], [128, 255]]
    assert shared.item().image()[..., 0].tolist() == [[0, 32], [64, 128]]
    assert shared.item().image()[..., 1].tolist() == [[0, 64], [128, 255]]


@pytest.mark.parametrize("windows", [[], [(0, 255)]])
def test_an_item_holds_its_own_pixels_and_not_those_of_the_volume(windows):
    volume, mask = np.arange(24, dtype=np.uint8).reshape(2, 3, 4), np.ones((2, 3, 4), np.uint8)
    items = [one.item() for one in cut("v", Stack(volume), mask, windows)]
    expected = volume.copy()
    volume[:], mask[:] = 0, 0
    for k, item in enumerate(items):
        assert np.array_equal(item.image(), expected[k])
        assert item.mask().all()
        assert item.image().base is None
        assert item.mask().base is None


def test_a_file_may_be_taken_over():
    (one,) = cut("picture", Stack(GREY[:1].astype(np.uint8)), None, [])
    assert one.item(Path("picture.png")).image == Path("picture.png")
