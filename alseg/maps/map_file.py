"""``map.csv``: place in the map, cluster and group of each image of the pool."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.errors import RunFolderError
from alseg.files import atomic, csv_text, text_of_cell

COLUMNS = ("id", "x", "y")
CLUSTER, GROUP = "cluster", "group"


@dataclass(frozen=True)
class Places:
    """Content of ``map.csv``.

    Args:
        ids: N ids.
        xy: ``(N, 2)`` float32.
        clusters: ``(N,)`` int, -1 where the file leaves it empty; None if it has no such column.
        groups: N groups, for people who read the file; None if it has no such column.
    """

    ids: tuple[str, ...]
    xy: NDArray[np.float32]
    clusters: NDArray[np.integer] | None = None
    groups: tuple[str, ...] | None = None


def write_places(path: Path, places: Places) -> None:
    """Write the file atomically; reading it gives the same values, bit by bit."""
    more: dict[str, Sequence[object]] = {}
    if places.clusters is not None:
        more[CLUSTER] = [int(c) if c >= 0 else "" for c in places.clusters]
    if places.groups is not None:
        more[GROUP] = [csv_text(group) for group in places.groups]
    with atomic(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*COLUMNS, *more))
        for id_, (x, y), *rest in zip(places.ids, places.xy, *more.values()):
            writer.writerow((csv_text(id_), f"{x:.9g}", f"{y:.9g}", *rest))


def read_places(path: Path) -> Places:
    """Read the file.

    Raises:
        RunFolderError: if there is none or it is damaged; the message names the line.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, strict=True)
            header = tuple(reader.fieldnames or ())
            if not set(COLUMNS) <= set(header):
                raise RunFolderError(f"{path}: its columns are {','.join(header) or 'none'}; id,x,y must be among them")
            rows = [_row(row, f"{path}: line {reader.line_num}") for row in reader]
            grouped = GROUP in header
    except FileNotFoundError:
        raise RunFolderError(f"{path}: there is no such file; a run writes it when it has mapped its pool") from None
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        raise RunFolderError(f"{path}: the map cannot be read ({error})") from error
    ids = tuple(id_ for id_, *_ in rows)
    if not ids or len(set(ids)) < len(ids):
        raise RunFolderError(f"{path}: {'an id occurs more than once' if ids else 'it holds no image'}")
    clusters = np.array([cluster for *_, cluster, _ in rows], dtype=np.int64) if CLUSTER in header else None
    xy = np.array([xy for _, xy, *_ in rows], dtype=np.float32)
    return Places(ids, xy, clusters, tuple(group for *_, group in rows) if grouped else None)


def _row(row: dict[str, str | None], where: str) -> tuple[str, tuple[float, float], int, str]:
    try:
        x, y, cluster = float(row["x"] or ""), float(row["y"] or ""), int(row.get(CLUSTER) or -1)
    except ValueError:
        raise RunFolderError(f"{where}: x and y must be numbers, and cluster a whole number or empty") from None
    if not (row["id"] and math.isfinite(x) and math.isfinite(y)):
        raise RunFolderError(f"{where}: it must have an id, and finite x and y")
    return text_of_cell(row["id"]), (x, y), cluster, text_of_cell(row.get(GROUP) or "")


def clusters_of(ids: Sequence[str], found: dict[str, int] | None) -> NDArray[np.int64] | None:
    """``(N,)`` cluster of each id as a selector noted it, -1 where it noted none; None without a note."""
    return None if found is None else np.array([found.get(id_, -1) for id_ in ids], dtype=np.int64)
