"""The folder of predictions: what is in it already, and one row for each image that is done."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from alseg.errors import ConfigError, FolderInUseError, RunFolderError
from alseg.files import csv_text, write_text
from alseg.handover.images import ABOUT, LOCK, ImageFile

TABLE = "predictions.csv"
STAMP = ("bytes", "modified")
"""Columns by which a file that has changed since is known: its size, and when it was written, in ns."""


class PredictionsFolder:
    """A row of ``predictions.csv`` says that an image is done; it is appended when all files of the image are whole.

    Args:
        path: the folder.
        columns: of the table, after ``id`` and ``file`` and before `STAMP`.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.columns = ("id", "file", *columns, *STAMP)
        self._rows: dict[str, list[str]] = {}

    @contextmanager
    def open(self, about: Mapping[str, Any]) -> Iterator[None]:
        """Work in the folder: it goes on where the model is the same.

        Args:
            about: what the predictions are of; ``model`` has ``run``, ``round`` and ``digest``.

        Raises:
            FolderInUseError: if another process works there.
            RunFolderError: if the predictions in it are of another model.
            ConfigError: if it holds something else.
        """
        known = self.path / ABOUT
        if self.path.is_dir() and any(self.path.iterdir()) and not known.is_file():
            raise ConfigError(f"--out {self.path}: it holds something else than predictions; choose a new folder")
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.path / LOCK, timeout=0):
                if known.is_file():
                    self._check(known, about["model"])
                    self._read()
                else:
                    write_text(known, json.dumps(about, indent=2) + "\n")
                yield
        except Timeout:
            raise FolderInUseError(f"--out {self.path}: another process predicts into it; wait for it") from None

    def has(self, image: ImageFile, files: Sequence[Path]) -> bool:
        """True if an image was done, has not changed since, and these files of it are there."""
        row = self._rows.get(csv_text(image.id))
        return row is not None and tuple(row[-2:]) == _stamp(image.file) and all(file.is_file() for file in files)

    def add(self, done: Sequence[tuple[ImageFile, Sequence[str]]]) -> None:
        """Append the rows of images of which all files are written: each with its cells."""
        rows = [[csv_text(image.id), csv_text(str(image.file)), *cells, *_stamp(image.file)] for image, cells in done]
        self._rows |= {row[0]: row for row in rows}
        fresh = not self._table.exists()
        with self._table.open("a", newline="", encoding="utf-8") as file:
            file.write(_lines([*[self.columns] * fresh, *rows]))
            file.flush()
            os.fsync(file.fileno())

    def sort(self, images: Sequence[ImageFile]) -> None:
        """Write the table anew in the order of the images; rows of others stay behind them."""
        order = {csv_text(image.id): place for place, image in enumerate(images)}
        rows = sorted(self._rows.values(), key=lambda row: order.get(row[0], len(order)))
        if rows:
            write_text(self._table, _lines([self.columns, *rows]))

    @property
    def _table(self) -> Path:
        return self.path / TABLE

    def _check(self, known: Path, model: Mapping[str, Any]) -> None:
        try:
            held = json.loads(known.read_text(encoding="utf-8"))["model"]
            was, round_ = held["digest"], held["round"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunFolderError(f"{known}: it cannot be read; the folder was damaged: choose a new one") from error
        if was == model["digest"]:
            return
        if held.get("run") == model["run"] and round_ != model["round"]:
            what = f"predictions of the model of round {round_}, and {model['run']} is at round {model['round']} now"
        else:
            what = f"predictions of another model ({held.get('run')}, round {round_})"
        raise RunFolderError(f"--out {self.path}: it holds {what}; choose a new folder, or remove this one")

    def _read(self) -> None:
        """Read the rows; a last one that a kill cut short is dropped from the file too."""
        if not self._table.exists():
            return
        content = self._table.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        rows = list(csv.reader(io.StringIO(whole.decode("utf-8", errors="replace"))))
        if rows and tuple(rows[0]) != self.columns:
            raise RunFolderError(f"{self._table}: it has other columns than alseg writes; choose a new folder")
        if len(whole) < len(content):
            os.truncate(self._table, len(whole))
        self._rows = {row[0]: row for row in rows[1:] if len(row) == len(self.columns)}


def _stamp(file: Path) -> tuple[str, str]:
    try:
        found = file.stat()
    except OSError:
        return "", ""
    return str(found.st_size), str(found.st_mtime_ns)


def _lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
