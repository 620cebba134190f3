"""Make a data set folder that appears only when it is complete."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from alseg.errors import DataError


class Workplace(NamedTuple):
    """Subfolders of a hidden folder beside the goal.

    Args:
        raw: empty, for intermediate files.
        result: empty; renamed to the goal when all is done.
    """

    raw: Path
    result: Path


@contextmanager
def whole(goal: Path) -> Iterator[Workplace]:
    """Yield a workplace that is removed afterwards in any case; one left over from a killed process is removed first.

    Args:
        goal: the folder to make, absolute; made if, and only if, the block raises nothing.

    Raises:
        DataError: if the goal is there and not empty, is being made by another process, or cannot be written.
    """
    if goal.exists() and (not goal.is_dir() or any(goal.iterdir())):
        raise DataError(f"{goal}: it is there already; remove it first, or give another folder with --to DIR")
    work = goal.with_name(f".{goal.name}.part")
    lock = goal.with_name(f".{goal.name}.lock")
    place = Workplace(work / "raw", work / "set")
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock, timeout=0):
            if work.exists():
                shutil.rmtree(work)
            for room in place:
                room.mkdir(parents=True)
            try:
                yield place
                if goal.exists():
                    goal.rmdir()
                place.result.rename(goal)
            finally:
                shutil.rmtree(work, ignore_errors=True)
                lock.unlink(missing_ok=True)
    except Timeout as error:
        raise DataError(f"{goal}: another process is making it; wait for that one") from error
    except PermissionError as error:
        raise DataError(f"{error.filename}: it cannot be written to; give another folder with --to DIR") from error
    except OSError as error:
        raise DataError(f"{goal}: {error.strerror or error}; give another folder with --to DIR") from error
