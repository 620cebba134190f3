"""Answers of people that have arrived, looked at from outside: counted, not checked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
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
        return any(time > looked for time in _times(Path(waiting.where))) if waiting.where else False
    return False


def _times(folder: Path) -> Iterator[float]:
    """When the folder and its files were last changed."""
    with suppress(OSError):  # it is no folder: an address of a server, say
        yield folder.stat().st_mtime
        for entry in os.scandir(folder):
            held = entry.stat()
            yield max(held.st_mtime, held.st_ctime)  # a copy keeps the first
