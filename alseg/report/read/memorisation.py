"""Courses of trainings as the callback `memorisation` wrote them."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alseg.report.read.damaged import DamagedError, file_text, short

FILE = "memorisation.csv"
COLUMNS = ("prediction_dice", "working_dice", "memorised", "corrected")


@dataclass(frozen=True)
class Course:
    """One training: value by step of each of `COLUMNS`, without those that are not known."""

    round: int
    values: Mapping[str, Mapping[int, float]]


def read_course(path: Path, round_: int) -> Course:
    """Read the file of a round.

    Raises:
        DamagedError: if a column is missing, or a cell is no number.
    """
    reader = csv.DictReader(file_text(path).splitlines())
    missing = {"step", *COLUMNS} - set(reader.fieldnames or ())
    if missing:
        raise DamagedError(path, f"column {min(missing)} is missing")
    values: dict[str, dict[int, float]] = {name: {} for name in COLUMNS}
    for line in reader:
        step = int(_number(path, "step", line["step"]))
        for name in COLUMNS:
            value = _number(path, name, line[name] or "nan")
            if math.isfinite(value):
                values[name][step] = value
    return Course(round_, values)


def _number(path: Path, column: str, text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError as error:
        raise DamagedError(path, f"column {column} should hold numbers, not {short(text)}") from error
