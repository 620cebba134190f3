"""Answers of people that have arrived, looked at from outside: counted, not checked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from time import time
from typing import Any

from alseg.runs.waiting import Waiting


def arrivals(oracle: Mapping[str, Any], run: Path, round_: int, ids: Sequence[str]) -> int | None:
    """Number of ids for which an answer or a refusal has arrived; None where the oracle cannot tell.

    Args:
        oracle: its node of the config.
        run: folder of the run.
        round_: of the query.
        ids: open ones.
    """
    try:
        module, _, name = str(oracle["_target_"]).rpartition(".")
        found = getattr(import_module(module), name).arrived(oracle, run, round_, ids)
    except Exception:  # one of a user's own may fail as it likes: a look must not
        return None
    return None if found is None else len(set(found) & set(ids))


def is_newer(waiting: Waiting, there: int | None) -> bool:
    """True if something has arrived since the run looked: more answers, or a later file where they are awaited."""
    seen = waiting.answered + waiting.refused if waiting.seen is None else waiting.seen
    if there is not None and there > seen:
        return True
    with suppress(ValueError):
        looked = datetime.fromisoformat(waiting.looked).astimezone(timezone.utc).timestamp()
        return any(at > looked for place in _places(waiting.where) for at in _times(place))
    return False


def _places(where: str) -> list[Path]:
    """The folders in which answers are awaited; they are joined by "and", which the name of a folder may hold too."""
    return [Path(place) for place in ([where] if os.path.isdir(where) else where.split(" and ")) if place]  # noqa: PTH112


def _times(folder: Path) -> Iterator[float]:
    """When the folder and its files were last changed."""
    now = time()
    with suppress(OSError):  # it is no folder: an address of a server, say
        held = folder.stat()
        yield held.st_ctime if held.st_mtime > now else held.st_mtime
        for entry in os.scandir(folder):
            held = entry.stat()
            # A copy keeps the first, which may be of a clock that is ahead: it would be news for ever.
            yield held.st_ctime if held.st_mtime > now else max(held.st_mtime, held.st_ctime)
