"""`manifest.csv`: one row for every image of a data set on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alseg.data.dataset import Task
from alseg.data.inside import DataFolder
from alseg.data.inside import inside as inside
from alseg.data.spreadsheet_faults import check_cells, manifest_path, misspelt
from alseg.data.table import composed, read_table
from alseg.data.target_columns import check_compared, columns_task
from alseg.errors import ConfigError, DataError

SPLITS = ("train", "val", "test")
SPACING = ("spacing_y", "spacing_x")
RESERVED = ("id", "image", "mask", "label", "group", "split", *SPACING, "cost")

JOIN = "alseg data convert FROM --to DIR --join any|class makes one mask"


@dataclass(frozen=True)
class Manifest:
    """A checked manifest: every file it names exists inside its folder.

    Args:
        path: the manifest file itself.
        ids: N unique names, exactly as written (``001`` stays ``001``).
        images: N image files.
        groups: N names of patient, recording or slide. An image without one is its own group, together with the other rows
            that name the same file and no group.
        task: that the columns stand for; None without a column of masks or labels.
        masks: N mask files for segmentation, None in a row that has none yet; None if no row has one.
        parts: N tuples of mask files, where several were asked for, else None.
        labels: N class names for classification, None in a row that has none yet; None if no row has one.
        split: N values of ``train | val | test``, or None where the manifest prescribes no split.
        spacing: ``(N, 2)`` float64, height and width of a pixel of the image files in mm, or None.
        cost: ``(N,)`` float64 annotation cost in seconds, or None.
        metadata: every other column as text, indexed by id.
    """

    path: Path
    ids: tuple[str, ...]
    images: tuple[Path, ...]
    groups: tuple[str, ...]
    task: Task | None
    masks: tuple[Path | None, ...] | None
    parts: tuple[tuple[Path, ...], ...] | None
    labels: tuple[str | None, ...] | None
    split: tuple[str, ...] | None
    spacing: NDArray[np.float64] | None
    cost: NDArray[np.float64] | None
    metadata: pd.DataFrame

    @property
    def has_target(self) -> tuple[bool, ...]:
        """N truth values: which rows have a mask or a label."""
        stated = self.masks or self.parts or self.labels or (None,) * len(self.ids)
        return tuple(bool(one) for one in stated)

    def texts(self, column: str) -> list[str]:
        """The N cells of a column of ``metadata``.

        Raises:
            DataError: if there is no such column.
        """
        if column not in self.metadata.columns:
            there = ", ".join(map(str, self.metadata.columns)) or "none"
            raise DataError(f"{self.path}: column {column!r} is missing; beside the data set's own there are: {there}")
        return list(self.metadata[column])


def read_manifest(
    root: str | Path,
    where: Mapping[str, object] | None = None,
    mask: str | None = None,
    folders: bool = False,
    follow_links: bool = False,
    several: bool = False,
) -> Manifest:
    """Read and check ``root/manifest.csv`` without opening any image.

    Args:
        root: folder with ``manifest.csv``.
        where: column to the value, or list of values, of the rows to keep; the others are as if they were not there.
            ``*`` means any value: the cell is not empty.
        mask: column with the files of the masks, by default ``mask``, which is else metadata. An empty cell, of masks or labels,
            is one that nobody has given yet; so is every cell of a column that is not there.
        folders: an image or a mask may be a folder: a DICOM series.
        follow_links: symbolic links in the folder may lead out of it; see `DataFolder`.
        several: a cell of masks may name several files, parted by ``;``.

    Raises:
        ConfigError: if ``where`` names no column, or leaves no row; if ``mask`` names none, or the rows have labels.
        DataError: one line naming file, row, id or column, what is wrong and what would be right.
    """
    if where is not None and not isinstance(where, Mapping):
        raise ConfigError(f"data.where={where}: columns with the values to keep, as data.where={{site:montgomery}}")
    reader = _Reader(Path(root).expanduser(), folders, follow_links)
    for column, values in (where or {}).items():
        texts = [str(value) for value in values] if isinstance(values, list | tuple) else [str(values)]
        reader.keep(composed(column), [composed(text) for text in texts])
    return reader.manifest("mask" if mask is None else composed(mask), several)


def file_columns(root: Path, columns: Mapping[str, Sequence[str]], follow_links: bool = False) -> list[str]:
    """Names of the columns whose first cell that is not empty names a file of the data set at ``root``."""

    def is_file(relative: str) -> bool:
        try:
            return bool(inside(root, relative, follow_links=follow_links))
        except DataError:
            return False

    return [name for name, cells in columns.items() if is_file(next(filter(None, cells), ""))]


def _groups(ids: Sequence[str], images: Sequence[Path], stated: Sequence[str]) -> tuple[str, ...]:
    """Group of each row: as stated, else the id of the first row with the same image, which is the same patient."""
    first: dict[Path, str] = {}
    return tuple(group or first.setdefault(image, id_) for id_, image, group in zip(ids, images, stated))


def _is_optional(column: str) -> bool:
    """True if a column is not required, and so metadata. The masks may lie in another column than ``mask``."""
    return column not in RESERVED or column == "mask"


class _Reader:
    """Reader of the table, with one method for each kind of column."""

    def __init__(self, root: Path, folders: bool, follow_links: bool) -> None:
        self.path = manifest_path(root)
        self.folder = DataFolder(root, folders, follow_links)
        table = read_table(self.path, RESERVED)
        self.lines, self.columns, self.decimal_comma = table.lines, table.columns, table.decimal_comma

    def keep(self, column: str, values: list[str]) -> None:
        """Drop the rows with any other value in the column."""
        if column not in self.columns:
            raise ConfigError(f"data.where.{column}: {self.path} has the columns {', '.join(self.columns)}")
        there = self.columns[column]
        rows = [row for row, value in enumerate(there) if value in values or (value and "*" in values)]
        if not rows:
            found = ", ".join(repr(value) for value, _ in Counter(there).most_common(5))
            wanted = " or ".join(map(repr, values))
            raise ConfigError(f"data.where.{column}: no row of {self.path} has {wanted}; the column holds {found}")
        self.lines = [self.lines[row] for row in rows]
        self.columns = {name: [cells[row] for row in rows] for name, cells in self.columns.items()}

    def manifest(self, mask: str, several: bool) -> Manifest:
        for wrong, right in misspelt(self.columns, RESERVED):
            self._fail(f"column {wrong!r} must be written {right!r}; it has {', '.join(self.columns)}")
        for name in ("id", "image", "group"):
            if name not in self.columns:
                self._fail(f"column {name!r} is missing; it has {', '.join(self.columns)}")
        if mask != "mask":
            self._check_mask(mask)
        elif all(any(self.columns.get(name, ())) for name in ("mask", "label")):
            self._fail("it has values in both of the columns 'mask' and 'label'; only one of the two may have any")
        check_cells(self.columns, ("id", "image", mask, "label", "group", "split"), self._fail_at)
        ids, images = self._ids(), self._files("image")
        masks = self._masks(mask, several) if any(self.columns.get(mask, ())) else None
        labels = [label or None for label in self.columns.get("label", ())]
        task = columns_task(self.columns, mask)
        check_compared(self.columns, "label" if task == "classification" else mask, self._fail_at)
        metadata = {name: column for name, column in self.columns.items() if name != mask and _is_optional(name)}
        return Manifest(
            path=self.path,
            ids=ids,
            images=images,
            groups=_groups(ids, images, self.columns["group"]),
            task=task,
            masks=None if several or masks is None else tuple(files[0] if files else None for files in masks),
            parts=masks if several else None,
            labels=tuple(labels) if any(labels) else None,
            split=self._split(),
            spacing=self._spacing(),
            cost=self._numbers("cost", zero_allowed=True),
            metadata=pd.DataFrame(metadata, index=pd.Index(ids, name="id"), dtype=object),
        )

    def _check_mask(self, mask: str) -> None:
        if any(self.columns.get("label", ())):
            raise ConfigError(f"data.mask={mask}: {self.path} has labels (column 'label'), not masks; drop data.mask")
        if mask not in self.columns or mask in RESERVED:
            free = {name: cells for name, cells in self.columns.items() if _is_optional(name)}
            there = ", ".join(file_columns(self.folder.root, free, self.folder.follow_links)) or "none"
            raise ConfigError(
                f"data.mask={mask}: it is no column with masks of {self.path}; with files there are: {there}"
            )

    def _ids(self) -> tuple[str, ...]:
        ids = self._filled("id")
        first: dict[str, int] = {}
        for id_, line in zip(ids, self.lines):
            if first.setdefault(id_, line) != line:
                self._fail(f"id {id_!r} stands on lines {first[id_]} and {line}; ids must be unique")
        return ids

    def _filled(self, column: str) -> tuple[str, ...]:
        for row, value in enumerate(self.columns[column]):
            if not value:
                self._fail_at(row, f"column {column!r} is empty; every row needs a value there")
        return tuple(self.columns[column])

    def _files(self, column: str) -> tuple[Path, ...]:
        return tuple(self._file(row, column, value) for row, value in enumerate(self._filled(column)))

    def _masks(self, column: str, several: bool) -> tuple[tuple[Path, ...], ...]:
        """The files of every row."""
        for row, cell in enumerate(self.columns[column]):
            if cell and not cell.strip("; "):
                self._fail_at(row, f"column {column!r} is {cell!r}: it names no file")
        return tuple(
            tuple(
                self._file(row, column, name.strip())
                for name in (cell.split(";") if several else [cell])
                if name.strip()
            )
            for row, cell in enumerate(self.columns[column])
        )

    def _file(self, row: int, column: str, name: str) -> Path:
        try:
            return self.folder.file(name)
        except DataError as error:
            hint = f"; of several files in a cell {JOIN}" if ";" in name else ""
            self._fail_at(row, f"column {column!r}: {error}{hint}")

    def _split(self) -> tuple[str, ...] | None:
        values = self.columns.get("split")
        if values is None or not any(values):
            return None
        for row, value in enumerate(values):
            if value not in SPLITS:
                self._fail_at(row, f"column 'split' is {value!r}; it must be one of {', '.join(SPLITS)}")
        return tuple(values)

    def _spacing(self) -> NDArray[np.float64] | None:
        height, width = (self._numbers(name, zero_allowed=False) for name in SPACING)
        if height is None and width is None:
            return None
        if height is None or width is None:
            self._fail("only one of the columns 'spacing_y' and 'spacing_x' has values; give both or neither")
        return np.stack([height, width], axis=1)

    def _numbers(self, column: str, zero_allowed: bool) -> NDArray[np.float64] | None:
        values = self.columns.get(column)
        if values is None or not any(values):
            return None
        right = "a number of seconds, 0 or more" if zero_allowed else "a positive number of mm"
        right += "" if self.decimal_comma else " with a decimal point"
        numbers = np.empty(len(values))
        for row, value in enumerate(values):
            try:
                number = float(value.replace(",", ".") if self.decimal_comma else value)
            except ValueError:
                number = nan
            if not isfinite(number) or number < 0 or (number == 0 and not zero_allowed):
                self._fail_at(row, f"column {column!r} is {value!r}; it must be {right}")
            numbers[row] = number
        return numbers

    def _fail(self, problem: str) -> NoReturn:
        raise DataError(f"{self.path}: {problem}")

    def _fail_at(self, row: int, problem: str) -> NoReturn:
        id_ = self.columns["id"][row]
        raise DataError(f"{self.path}: line {self.lines[row]}{f' (id {id_!r})' if id_ else ''}, {problem}")
