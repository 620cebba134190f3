"""`answers.csv`: labels, seconds, annotators and refusals that people write into a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alseg.data.spreadsheet_faults import misspelt
from alseg.data.table import read_table
from alseg.errors import DataError

NAME = "answers.csv"
COLUMNS = ("id", "label", "seconds", "annotator", "refused")
NOT_REFUSED = ("", "0", "no", "false")


@dataclass(frozen=True)
class Row:
    """One row as it was written.

    Args:
        line: in the file.
        id: id of an image, its cell in ``request.csv``, or the name of its file without suffix.
        label: name of a class, for classification.
        seconds: that it took.
        annotator: who answered.
        refused: why it will never be answered; empty where it is not refused.
        decimal_comma: whether ``0,5`` is a number in this file.
    """

    line: int
    id: str
    label: str = ""
    seconds: str = ""
    annotator: str = ""
    refused: str = ""
    decimal_comma: bool = False

    @property
    def answers(self) -> bool:
        """True if the row is an answer by itself: a label or a refusal."""
        return bool(self.label or self.refused)

    @property
    def empty(self) -> bool:
        """True if only the id stands there."""
        return not (self.answers or self.seconds or self.annotator)


def read_answers_table(path: Path) -> list[Row]:
    """Read the table; commas, semicolons or tabs, with whatever spreadsheet programs add.

    Raises:
        DataError: if it cannot be read as a whole or has no column ``id``.
    """
    before = path.stat()
    if not before.st_size:
        raise DataError(f"{path}: not readable yet (it is empty); write the header {','.join(COLUMNS)}, or remove it")
    table = read_table(path, COLUMNS, "id,label,seconds,annotator,refused")
    if path.stat().st_mtime_ns != before.st_mtime_ns:
        raise DataError(
            f"{path}: not readable yet (it changed while it was read); it is read again with the next start"
        )
    for wrong, right in misspelt(table.columns, COLUMNS):
        raise DataError(f"{path}: column {wrong!r} must be written {right!r}; it has {', '.join(table.columns)}")
    if "id" not in table.columns:
        raise DataError(f"{path}: column 'id' is missing; it has {', '.join(table.columns)}")
    cells = {name: table.columns.get(name, [""] * len(table.lines)) for name in COLUMNS}
    return [
        Row(
            line,
            id_,
            label,
            seconds,
            annotator,
            "" if refused.casefold() in NOT_REFUSED else refused,
            table.decimal_comma,
        )
        for line, id_, label, seconds, annotator, refused in zip(table.lines, *(cells[name] for name in COLUMNS))
    ]
