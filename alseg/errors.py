"""Errors that a user can cause and mend: one clear line each, exit code 2.

A class does not know where it hangs in a config. What is wrong with one argument of its own, it says by a ValueError that
begins with the argument: ``max_clusters=0: at least 1``. `alseg.composition.instantiate` makes a ConfigError of it, with the
address of the node before it.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager


class AlsegError(Exception):
    """Bad input. The message names the file or key, what is wrong and what would be right."""


class ConfigError(AlsegError):
    """A setting, or a combination of settings, that cannot work."""


class DataError(AlsegError):
    """A data set on disk that cannot be used as it is."""


class QueryError(AlsegError):
    """A strategy or an oracle that broke its contract (wrong ids, non-finite scores, ...)."""


class RunFolderError(AlsegError):
    """A run folder that is in use, belongs to other settings or was damaged."""


class FolderInUseError(RunFolderError):
    """A run folder in which another process is at work."""


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
"""Faults of a disk, whatever is written: it is full, read-only or broken."""


def of_disk(error: BaseException | None) -> OSError | None:
    """The fault of a disk that is behind an error; None where there is none."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return error
        error = error.__cause__ or error.__context__
    return None


def reason_of(error: BaseException, most: int | None = None) -> str:
    """The message of an error in one line, or the name of its class where it has none; cut to ``most`` characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if most is None or len(text) <= most else f"{text[:most]} ..."


def behind(address: str, error: ValueError) -> str:
    """An error in one line, behind the address of the object that it concerns.

    ``cold_start.selector`` and ``max_clusters=0: at least 1`` are ``cold_start.selector.max_clusters=0: at least 1``.
    """
    message = reason_of(error)
    if not address:
        return message
    return f"{address}.{message}" if re.match(r"[a-z_][\w.]*(=|: )", message) else f"{address}: {message}"


@contextmanager
def inside(argument: str) -> Iterator[None]:
    """Put the name of an argument before what a ValueError says about the object that was given as this argument."""
    try:
        yield
    except ValueError as error:
        raise ValueError(behind(argument, error)) from error
