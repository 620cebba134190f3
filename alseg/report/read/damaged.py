"""Files of run folders that cannot be read: named with a reason, so that one of them costs itself alone."""

from __future__ import annotations

import csv
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from alseg.errors import DataError

DAMAGE = (
    OSError,
    ValueError,  # text that is no UTF-8, no JSON, no number
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    EOFError,
    MemoryError,  # a header that promises more than there can be
    RuntimeError,  # nested too deep, links in a circle, an encrypted archive
    SyntaxError,
    csv.Error,
    yaml.YAMLError,
    zipfile.BadZipFile,
    zlib.error,
)
"""Errors that parsers raise on a file that was cut, overwritten or edited."""


@dataclass(frozen=True)
class Unread:
    """A file or folder that was left out of a report.

    Args:
        path: where it lies.
        reason: what is wrong with it, and what counts in its place where something does.
    """

    path: Path
    reason: str

    @property
    def line(self) -> str:
        """Both as one line of printable text."""
        return one_line(f"{self.path}: {self.reason}")


class DamagedError(DataError):
    """A file of a run folder that cannot be read.

    Args:
        path: the file.
        reason: what is wrong with it.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(one_line(f"{path}: {reason}"))
        self.unread = Unread(path, reason)


def one_line(text: object) -> str:
    """Text in one line; characters that no file or terminal takes as they are, such as halves of a pair, are written out."""
    line = " ".join(str(text).split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in line)


def short(value: object, most: int = 40) -> str:
    """A value as it stands in a message, cut to ``most`` characters."""
    text = f"{value:.0e}" if type(value) is int and abs(value) > 10**most else one_line(repr(value))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def file_bytes(path: Path) -> bytes:
    """The content of a plain file, or of a link to one.

    Raises:
        DamagedError: if it is none, or may not be read.
    """
    try:
        if not path.is_file():  # a folder, or a pipe that would never end
            raise DamagedError(path, "not a file" if path.exists() else "there is no such file")
        return path.read_bytes()
    except OSError as error:
        raise DamagedError(path, f"cannot be read ({error.strerror or one_line(error)})") from error


def file_text(path: Path) -> str:
    """The same as UTF-8 text.

    Raises:
        DamagedError: likewise, and if it is no UTF-8.
    """
    try:
        return file_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedError(path, f"is no UTF-8 text ({one_line(error)})") from error
