"""Checks of one answer."""

from __future__ import annotations

import pytest

from alseg.errors import DataError
from alseg.oracles.people.checks import check_size, class_id, seconds_of

CLASSES = ("background", "Lumen", "plaque")


def test_size() -> None:
    check_size((3, 4), (3, 4), "a.png")
    with pytest.raises(
        DataError, match=r"^a.png: the mask has 4x3 pixels \(height x width\) and its image 3x4; save it at"
    ):
        check_size((4, 3), (3, 4), "a.png")


@pytest.mark.parametrize(("text", "id_"), [("Lumen", 1), (" lumen ", 1), ("PLAQUE", 2), ("background", 0)])
def test_class_names(text: str, id_: int) -> None:
    assert class_id(text, CLASSES, "line 2") == id_


def test_large_and_small_letters_count_where_classes_differ_in_them() -> None:
    assert class_id("n", ("N", "n"), "line 2") == 1
    with pytest.raises(DataError, match="there is no class 'nn'"):
        class_id("nn", ("N", "n"), "line 2")


@pytest.mark.parametrize(
    ("text", "end"), [("lumne", r"plaque; 'Lumen'\?$"), ("zebra", "plaque$"), ("", "plaque$"), ("1", "plaque$")]
)
def test_misspelt_class_names(text: str, end: str) -> None:
    with pytest.raises(DataError, match=rf"^line 2: there is no class '{text}'; write one of background, Lumen, {end}"):
        class_id(text, CLASSES, "line 2")


@pytest.mark.parametrize(
    ("text", "comma", "seconds"),
    [("", False, None), (" ", True, None), ("12.5", False, 12.5), ("12,5", True, 12.5), ("0", False, 0)],
)
def test_seconds(text: str, comma: bool, seconds: float | None) -> None:
    assert seconds_of(text, "line 2", comma) == seconds


@pytest.mark.parametrize("text", ["-3", "12,5", "nan", "inf", "a minute", "1e999"])
def test_impossible_seconds(text: str) -> None:
    with pytest.raises(DataError, match=f"^line 2: seconds are '{text}'; write a number of 0 or more, or nothing"):
        seconds_of(text, "line 2")
