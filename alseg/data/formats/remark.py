"""Messages of readers: a library's error in one line, and warnings about headers that contradict themselves."""

from __future__ import annotations

import logging
import textwrap
from pathlib import Path

log = logging.getLogger(__name__)

_said: set[tuple[Path, str]] = set()


def reason(error: BaseException, width: int = 200) -> str:
    """Put a library's message on one line, shortened at a word, so that the text after it is always seen."""
    return textwrap.shorten(str(error), width, placeholder=" ...") or type(error).__name__


def remark(path: Path, text: str, *values: object) -> None:
    """Log a warning about a file; the same text, with any values, only once for all files of a folder.

    Args:
        path: the file.
        text: with ``%s`` for each of the values.
        values: of this file.
    """
    if (path.parent, text) not in _said:
        _said.add((path.parent, text))
        log.warning(f"%s: {text} (said once for all files of its folder)", path, *values)
