"""The rounds of a run as a table: by its ledger, of which ``metrics.csv`` is a copy that people may have edited."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from alseg.report.read.damaged import DAMAGE, DamagedError, Unread, file_text, one_line, short
from alseg.report.read.events import COUNT, LARGEST, ROUNDS

Row = Mapping[str, float | None]
NEEDED = ("round", "n_labelled")
UNCOMPARED = "seconds_"
SAME = 1e-9
"""Relative difference of two spellings of one number."""


def of_ledger(rows: Sequence[Row]) -> pd.DataFrame:
    """``(rounds, columns)`` floats; what is not known is NaN."""
    names = dict.fromkeys(name for row in rows for name in row) or dict.fromkeys(NEEDED)
    columns = {name: [math.nan if (v := row.get(name)) is None else float(v) for row in rows] for name in names}
    return pd.DataFrame(columns, dtype=float)


def of_csv(path: Path) -> pd.DataFrame:
    """``metrics.csv``, by rising rounds, where no ledger holds the values.

    Raises:
        DamagedError: if it cannot be read, or is not the metrics of a run.
    """
    header, lines = _lines(path)
    for needed in NEEDED:
        if needed not in header:
            raise DamagedError(path, f"column {needed} is missing")
    if not lines:
        raise DamagedError(path, "holds no round")
    table = pd.DataFrame({name: [line[i] for line in lines] for i, name in enumerate(header)}, dtype=float)
    for name, most in (("round", ROUNDS), ("n_labelled", COUNT)):
        values = table[name].to_numpy()
        if np.isnan(values).any():
            raise DamagedError(path, "a row lacks its round or n_labelled")
        if (values != values.round()).any() or (values < 0).any() or (values > most).any():
            raise DamagedError(path, f"column {name} should hold whole numbers")
    if table["round"].duplicated().any():
        again = table.loc[table["round"].duplicated(), "round"].iloc[0]
        raise DamagedError(path, f"round {again:.0f} appears twice")
    return table.sort_values("round", ignore_index=True)


def differing(path: Path, rows: Sequence[Row], finished: bool) -> Unread | None:
    """A ``metrics.csv`` that cannot be read or says other than the ledger; None where there is none, or it says the same.

    Args:
        path: the copy.
        rows: of the ledger.
        finished: whether the run is over; one under way may have evaluated more than it has copied.
    """
    if not os.path.lexists(path):
        return None
    try:
        header, lines = _lines(path)
        why = _difference(header, lines, rows, finished)
    except DamagedError as error:
        why = error.unread.reason
    return Unread(path, f"{why}; the values of the ledger count") if why else None


def _difference(header: Sequence[str], lines: Sequence[Sequence[float]], rows: Sequence[Row], finished: bool) -> str:
    """The first place where a copy differs; how long something took decides nothing, and is not compared."""
    place = {name: i for i, name in enumerate(header)}
    names = dict.fromkeys(name for row in rows for name in row if not name.startswith(UNCOMPARED))
    for name in names:
        if name not in place:
            return f"column {name} is in the ledger alone"
    for name in header:
        if name not in names and not name.startswith(UNCOMPARED):
            return f"column {name} is not in the ledger"
    copied = {line[place["round"]]: line for line in lines}
    if finished and (len(lines) != len(rows) or len(copied) != len(rows)):
        return f"it has {len(lines)} rounds, the ledger {len(rows)}"
    for row in rows:
        line = copied.get(row["round"] or 0.0)
        if line is None:
            if finished:
                return f"round {row['round']} is in the ledger alone"
            continue
        for name in names:
            value = row.get(name)
            there, here = line[place[name]], math.nan if value is None else float(value)
            if not (math.isclose(there, here, rel_tol=SAME) or (math.isnan(there) and math.isnan(here))):
                return f"it says {name} {_shown(there)} in round {row['round']}, the ledger {_shown(here)}"
    return ""


def _shown(value: float) -> str:
    return "nothing" if math.isnan(value) else f"{value:.6g}"


def _lines(path: Path) -> tuple[list[str], list[list[float]]]:
    """Header and numbers; empty cells are NaN."""
    try:
        reader = csv.reader(file_text(path).splitlines())
        header, *found = [line for line in reader if line] or [[]]
    except csv.Error as error:
        raise DamagedError(path, f"cannot be read as CSV ({one_line(error)})") from error
    if not header:
        raise DamagedError(path, "cannot be read as CSV (it is empty)")
    if len(set(header)) < len(header):
        raise DamagedError(path, "a column is there twice")
    lines = []
    for number, line in enumerate(found, start=2):
        if len(line) != len(header):
            raise DamagedError(path, f"line {number} has {len(line)} cells, the header {len(header)}")
        lines.append([_number(text, name, path) for text, name in zip(line, header)])
    return header, lines


def _number(text: str, name: str, path: Path) -> float:
    if text.strip().lower() in ("", "nan"):
        return math.nan
    try:
        value = float(text)
    except DAMAGE as error:
        raise DamagedError(path, f"column {name} should hold numbers, not {short(text)}") from error
    if not abs(value) <= LARGEST:
        raise DamagedError(path, f"column {name} holds {'an infinite value' if math.isinf(value) else short(text)}")
    return value
