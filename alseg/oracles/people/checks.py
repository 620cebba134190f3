"""Checks of one answer of a person; what is wrong is one line that names where it stands and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from math import isfinite, nan

from alseg.errors import DataError


def check_size(shape: tuple[int, int], wanted: tuple[int, int], source: str) -> None:
    """Check that a mask has the size of its image's file.

    Args:
        shape: height and width of the mask.
        wanted: height and width of the image's file.
        source: where the answer stands, such as a file, with which the line begins.

    Raises:
        DataError: if not.
    """
    if shape != wanted:
        raise DataError(
            f"{source}: the mask has {shape[0]}x{shape[1]} pixels (height x width) and its image {wanted[0]}x{wanted[1]}; "
            "save it at the size of the image"
        )


def class_id(label: str, classes: Sequence[str], source: str) -> int:
    """Find the id of a class by its name, in which large and small letters and blanks at the ends do not count.

    Raises:
        DataError: if no class has this name; the line proposes one that is nearly the same.
    """
    plain = label.strip().casefold()
    same = [i for i, name in enumerate(classes) if name == label.strip()] or [
        i for i, name in enumerate(classes) if name.strip().casefold() == plain
    ]
    if len(same) == 1:
        return same[0]
    by_plain = {name.strip().casefold(): name for name in classes}
    near = difflib.get_close_matches(plain, by_plain, n=1)
    meant = f"; {by_plain[near[0]]!r}?" if near else ""
    raise DataError(f"{source}: there is no class {label!r}; write one of {', '.join(classes)}{meant}")


def seconds_of(text: str, source: str, decimal_comma: bool = False) -> float | None:
    """Read the seconds that an answer took; None where nothing is said.

    Raises:
        DataError: if it is no number of 0 or more.
    """
    if not text.strip():
        return None
    try:
        seconds = float(text.replace(",", ".") if decimal_comma else text)
    except ValueError:
        seconds = nan
    if not isfinite(seconds) or seconds < 0:
        raise DataError(f"{source}: seconds are {text!r}; write a number of 0 or more, or nothing")
    return seconds
