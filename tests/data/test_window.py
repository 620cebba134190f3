"""Images of more than 8 bits: one rule for both doors, and each of the others by name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
from omegaconf import OmegaConf

from alseg.data.check import check
from alseg.data.convert.own import convert
from alseg.data.folder import load_folder
from alseg.data.formats.stack import robust_range, to_uint8
from alseg.data.images import read_image
from alseg.data.window import checked
from alseg.errors import ConfigError, DataError
from tests.helpers.printed_table import shown

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder

LOW_MIDDLE_HIGH = [1000, 1400, 2000]
HOT = np.array([*LOW_MIDDLE_HIGH * 200, 60_000]).reshape(1, -1)
"""One pixel in 601 outshines the rest: less than the half percent that the window leaves out."""


def seen(folder: Folder, values: Any, window: Any = None, dtype: Any = np.uint16, **options: Any) -> list[int]:
    """The first four pixels of an image in a folder."""
    values = np.asarray(values, dtype)
    path = folder.root / "x.tif"
    tifffile.imwrite(path, values, photometric="minisblack", **options)
    folder.table("id,image,label,group", "a,x.tif,p,", "b,x.tif,q,")
    more = {} if window is None else {"window": window}
    found = load_folder(folder.root, list(values.shape), progress=False, **more)
    return [int(value) for value in found.images[0, 0].ravel()[:4]]


def test_one_hot_pixel_does_not_darken_the_rest(folder: Folder, tmp_path: Path) -> None:
    """As `alseg data convert` has it: 0, 400 / 1000 of 255 and 255; by the lowest and highest 0, 2 and 4 would be left."""
    assert seen(folder, HOT) == seen(folder, HOT, "percentile") == [0, 102, 255, 0]
    convert(folder.root, tmp_path / "to", progress=False)
    assert read_image(tmp_path / "to/images/a.png", HOT.shape, 1).ravel()[:3].tolist() == [0, 102, 255]
    assert seen(folder, HOT, "minmax") == [0, 2, 4, 0]


def test_named_windows(folder: Folder) -> None:
    values = [LOW_MIDDLE_HIGH]
    assert seen(folder, values, "minmax") == [0, 102, 255]
    assert seen(folder, values, [1400, 2400]) == [0, 0, 153]
    assert seen(folder, values, OmegaConf.create([1400, 2400])) == [0, 0, 153]
    assert seen(folder, [[0, 13107, 65535]], "dtype") == [0, 51, 255]
    if sys.version_info >= (3, 11):  # imagecodecs for Python 3.10 packs no 12 bits
        assert seen(folder, [[0, 819, 4095]], "dtype", bitspersample=12) == [0, 51, 255]
    assert seen(folder, [[-32768, 0, 32767]], "dtype", np.int16) == [0, 128, 255]
    with pytest.raises(DataError, match="x.tif: it holds float32, which has no range; set data.window to percentile"):
        seen(folder, values, "dtype", np.float32)


def test_a_window_is_for_more_than_8_bits(folder: Folder) -> None:
    assert seen(folder, [[10, 20, 30]], [10, 20], np.uint8) == [10, 20, 30]


def test_nearly_one_value(folder: Folder) -> None:
    """Spots on black: both percentiles are black, so the lowest and the highest are taken."""
    spots = np.zeros((1, 1000))
    spots[0, :2] = 1000, 400
    assert seen(folder, spots) == [255, 102, 0, 0]
    assert seen(folder, np.full((1, 4), 7)) == [0, 0, 0, 0]
    assert robust_range(spots) == (0, 1000)


def test_32_bits_keep_their_digits() -> None:
    values = np.array([0, 100, 200], np.int64) + 2**31
    for dtype in (np.uint32, np.int64, np.float64):
        assert to_uint8(values.astype(dtype), 2**31, 2**31 + 200).tolist() == [0, 128, 255]


@pytest.mark.parametrize("window", ["otsu", [1], [2, 1], [1, 1], ["a", 2], [True, 2], [0, float("inf")], 3, None])
def test_what_is_no_window(window: Any) -> None:
    with pytest.raises(ConfigError, match="it must be percentile, minmax, dtype or \\[low, high\\], the lower first"):
        checked(window)


def test_another_window_is_another_entry_of_the_cache(folder: Folder, tmp_path: Path) -> None:
    for window, expected in (("percentile", [0, 102, 255]), ("minmax", [0, 2, 4]), ([1400, 2400], [0, 0, 153])):
        path = folder.save("x.png", HOT, np.uint16)
        folder.table("id,image,label,group", f"a,{path.name},p,", f"b,{path.name},q,")
        options: dict[str, Any] = {"memory_limit_gb": 0, "cache_dir": tmp_path / "cache", "progress": False}
        found = load_folder(folder.root, list(HOT.shape), window=window, **options)
        assert found.images[0, 0, 0, :3].tolist() == expected


@pytest.mark.parametrize(
    ("window", "says"),
    [
        ("percentile", "each from the 0.5th to the 99.5th percentile of its values (data.window=percentile)"),
        ([1400, 2400], "from 1400 to 2400 (data.window=[1400,2400])"),
    ],
)
def test_data_check_says_which(folder: Folder, window: Any, says: str) -> None:
    folder.save("x.png", HOT, np.uint16)
    folder.save("y.png", HOT // 300)
    folder.table("id,image,label,group", "a,x.png,p,", "b,y.png,q,")
    assert shown(check(folder.root, 4, window=window))["more than 8 bits"] == f"1 of 2 images, brought to 8 bits {says}"
    folder.table("id,image,label,group", "a,y.png,p,", "b,y.png,q,")
    assert "more than 8 bits" not in shown(check(folder.root, 4))
