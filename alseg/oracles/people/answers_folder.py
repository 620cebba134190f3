"""Folder of answers: mask files named after their images, and `answers.csv`."""

from __future__ import annotations

import difflib
import os
import stat
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alseg.data.formats.junk import is_junk
from alseg.data.formats.kind import stem
from alseg.data.table import EXCEL, composed
from alseg.errors import DataError
from alseg.files import csv_text
from alseg.oracles.people.answers_table import NAME, Row, read_answers_table

SAID = 20
"""Most files of unknown names that are named: a folder may hold something else altogether."""
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".lock")


@dataclass
class Found:
    """Contents of a folder of answers, not yet read.

    Args:
        files: mask files of each id; one if all is well.
        rows: rows of the table of each id, but for those in which only the id stands.
        faults: one line for each thing that is no answer, with what would be right.
        held: whether the table cannot be read, which may refuse images or say how long they took: nothing is taken then.
        elsewhere: id of an image that is not asked for here, by the file or row that answers it.
    """

    files: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    faults: list[str] = field(default_factory=list)
    held: bool = False
    elsewhere: dict[str, str] = field(default_factory=dict)


def look_into(folder: Path, asked: Collection[str], names: Mapping[str, str], follow_links: bool = False) -> Found:
    """Find the answers in a folder; only the table is read.

    Args:
        folder: of the answers; it need not be there.
        asked: ids that are asked for here.
        names: name of a file, without suffix, of every id of the data set.
        follow_links: symbolic links may lead out of the folder.
    """
    found, ids, unknown = Found(), _Ids(asked, names), list[Path]()
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name == NAME or is_junk(path.name) or path.name.endswith("~"):
            continue
        if path.suffix.lower() in UNFINISHED:
            found.faults.append(f"{path}: not readable yet (a program is writing it); save it under its own name")
            continue
        id_ = ids.of_file(path)
        if id_ is None:
            unknown.append(path)
        elif id_ not in asked:
            found.elsewhere[str(path)] = id_
        elif (problem := _unusable(path, folder, follow_links)) is not None:
            found.faults.append(f"{path}: {problem}")
        else:
            found.files[id_].append(path)
    found.faults += [f"{path}: no image has this name; {ids.advice(path)}" for path in unknown[:SAID]]
    if len(unknown) > SAID:
        found.faults.append(f"{folder}: {len(unknown) - SAID} more files have names that no image has")
    _read_rows(folder, ids, found, follow_links)
    return found


def _read_rows(folder: Path, ids: _Ids, found: Found, follow_links: bool) -> None:
    path = folder / NAME
    if not os.path.lexists(path):
        return
    try:
        if (problem := _unusable(path, folder, follow_links)) is not None:
            raise DataError(f"{path}: {problem}")
        rows = read_answers_table(path)
    except (DataError, OSError) as error:
        found.held = True
        found.faults.append(
            str(error) if isinstance(error, DataError) else f"{path}: {error.strerror}; mend or remove it"
        )
        return
    for row in rows:
        id_ = ids.of_text(row.id)
        if row.empty:
            continue
        if id_ is None:
            found.faults.append(f"{path}: line {row.line}: no image has the id {row.id!r}; {ids.near(row.id)}")
        elif id_ not in ids.asked:
            found.elsewhere[f"{path}: line {row.line}, id {id_!r}"] = id_
        else:
            found.rows[id_].append(row)


def _unusable(path: Path, folder: Path, follow_links: bool) -> str | None:
    """The reason why nothing is read there: a folder, a pipe, a link that leads out or nowhere."""
    home, place = os.path.realpath(folder), os.path.realpath(path)
    if path.is_symlink() and not follow_links and os.path.dirname(place) != home:  # noqa: PTH120
        return f"it is a link that leads out of {folder}; copy the file itself, or set oracle.follow_links=true"
    try:
        mode = path.stat().st_mode
    except OSError:
        return "it is a link to a file that is not there; copy the file itself"
    if stat.S_ISDIR(mode):
        return "it is a folder; save one file in its place"
    return None if stat.S_ISREG(mode) else "it is no ordinary file; save an image"


class _Ids:
    """Ids by the names that people may write for them."""

    def __init__(self, asked: Collection[str], names: Mapping[str, str]) -> None:
        self.asked = asked
        self.names = names
        self._by_name = {name: id_ for id_, name in names.items()}
        self._by_cell = {composed(id_): id_ for id_ in names} | {composed(csv_text(id_)): id_ for id_ in names}

    def of_file(self, path: Path) -> str | None:
        """Id of a file that is called ``NAME.png``, or like the image itself."""
        names = (path.stem if path.is_dir() else stem(path), path.name)
        return next((self._by_name[name] for name in names if name in self._by_name), None)

    def of_text(self, text: str) -> str | None:
        return self._by_cell.get(text) or self._by_name.get(text)

    def advice(self, path: Path) -> str:
        """Advice for a file whose name is none."""
        if path.stem.lower() == Path(NAME).stem:
            return f"save the table as {NAME} ({EXCEL})"
        return self.near(stem(path))

    def near(self, text: str) -> str:
        """Advice, with a name that is nearly the same."""
        wanted = [self.names[id_] for id_ in self.asked]
        close = difflib.get_close_matches(text, wanted, n=1) or [name for name in wanted if text.startswith(name)][:1]
        return f"did you mean {close[0]}?" if close else "the names are in request.csv, without .png"
