"""Errors in the code of one data set, as one line that names the file."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alseg.data.convert.item import Item
from alseg.errors import AlsegError, DataError, of_disk

LOG = logging.getLogger(__name__)


@contextmanager
def one_line(name: str, result: Path) -> Iterator[None]:
    """Turn what a converter did not foresee (ValueError, KeyError, struct.error, ...) into a line; the rest is for debugging.

    Args:
        name: of the data set.
        result: the folder that is written to; errors of writing are told by who made it.

    Raises:
        DataError: instead of any other error, naming the data set and the file at hand.
    """
    try:
        yield
    except (AlsegError, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and (of_disk(error) or _is_below(error, result)):
            raise
        LOG.debug("%s: the whole of it:", name, exc_info=True)
        words = " ".join(str(error).split())
        reason = f"{type(error).__name__}: {words}" if words else type(error).__name__
        at = _at_hand(error, result)
        raise DataError(
            f"{at or name}: {name + ' ' if at else ''}cannot be made of it ({reason}); is it the publisher's, and complete?"
        ) from error


def _is_below(error: OSError, result: Path) -> bool:
    names = [name for name in (error.filename, error.filename2) if isinstance(name, (str, Path))]
    return any(Path(name).is_relative_to(result) for name in names)


def _at_hand(error: Exception, result: Path) -> str:
    """The file that was read, or else the id of the image that was made: by the variables where it happened, innermost first."""
    if isinstance(error, OSError) and isinstance(error.filename, (str, Path)):
        return str(error.filename)
    frames = [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__)]
    ids = []
    for variables in reversed(frames):
        for value in variables.values():
            one = value[0] if isinstance(value, list) and value else value
            ids += [one.id] if isinstance(one, Item) else []
            path = one.image if isinstance(one, Item) else one
            if isinstance(path, Path) and not path.is_relative_to(result) and path.is_file():
                return str(path)
    return ids[0] if ids else ""
