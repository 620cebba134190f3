"""What a reader has to tell: the reason of a library in one line, and what it did about a header that contradicts itself."""

from __future__ import annotations

import logging
import textwrap
from pathlib import Path

log = logging.getLogger(__name__)

_said: set[tuple[Path, str]] = set()


def reason(error: BaseException, width: int = 200) -> str:
    """A library's message on one line, shortened at a word, so that what follows it is always seen."""
    return textwrap.shorten(str(error), width, placeholder=" ...") or type(error).__name__


def remark(path: Path, text: str, *values: object) -> None:
    """Log a warning about a file; the same text, whatever its values, once for all files of a folder.

    Args:
        path: the file.
        text: with ``%s`` for each of the values.
        values: of this file.
    """
    if (path.parent, text) not in _said:
        _said.add((path.parent, text))
        log.warning(f"%s: {text} (said once for all files of its folder)", path, *values)
