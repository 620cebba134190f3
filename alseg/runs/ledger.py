"""The append-only record of every decision of a run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from alseg import distributed
from alseg.errors import RunFolderError
from alseg.files import named

Event = dict[str, Any]

VOLATILE = frozenset({"time", "seconds"})
"""Fields that differ between two runs that made the same decisions."""


class Ledger:
    """``ledger.jsonl``: one JSON object per line, each with ``event``, ``round`` and ``time``.

    There is at most one event of a kind in a round, but for those that a run has when it is opened again (``settings``,
    ``finished``): a phase that was killed after it recorded its event finds it here and does not decide again. A line that a
    kill cut short is dropped when the file is opened for writing.

    Args:
        path: the file.
        writable: False for ranks other than 0 and for reports, which only read.

    Raises:
        RunFolderError: if a line other than the last is no event in JSON.
    """

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        self.path = path
        self.writable = writable
        self.reload()

    def reload(self) -> None:
        """Read the file again."""
        text = self.path.read_bytes() if self.path.exists() else b""
        whole = text[: text.rfind(b"\n") + 1]
        if self.writable and len(whole) < len(text):
            with self.path.open("rb+") as file:
                file.truncate(len(whole))
        self.events: list[Event] = []
        for number, line in enumerate(whole.splitlines(), start=1):
            self.events.append(self._event(line, number))

    def _event(self, line: bytes, number: int) -> Event:
        try:
            event = json.loads(line)
        except ValueError as error:  # also of what is not UTF-8
            raise RunFolderError(f"{self.path}: line {number} is not JSON; the ledger was damaged") from error
        if not (isinstance(event, dict) and isinstance(event.get("event"), str) and type(event.get("round")) is int):
            raise RunFolderError(f"{self.path}: line {number} is no event with a round; the ledger was damaged")
        return event

    def record(self, event: str, round_: int, **fields: Any) -> Event:
        """Append an event and flush it to the disk; if it is recorded already, only return it.

        On ranks other than 0 nothing happens: they read what rank 0 has recorded.

        Raises:
            RuntimeError: if the ledger was opened for reading.
        """
        return self.find(event, round_) or self.append(event, round_, **fields)

    def append(self, event: str, round_: int, **fields: Any) -> Event:
        """`record`, also where there is such an event in this round."""
        if distributed.rank() > 0:
            return {"event": event, "round": round_, **fields}
        if not self.writable:
            raise RuntimeError("the ledger was opened for reading, and only rank 0 writes to it")
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        entry = {"event": event, "round": round_, "time": now, **fields}
        with named(self.path), self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # Parsed from the text, as any later reader will see it.
        self.events.append(json.loads(json.dumps(entry)))
        return self.events[-1]

    def find(self, event: str, round_: int) -> Event | None:
        """Return the event of this kind in this round; None where there is none."""
        return next((e for e in self.events if e["event"] == event and e["round"] == round_), None)

    def of(self, event: str) -> Iterator[Event]:
        """All events of one kind, in order."""
        return (e for e in self.events if e["event"] == event)

    @property
    def labelled(self) -> list[str]:
        """The labelled set: the ids of all annotations, in the order in which they were asked for."""
        return [id_ for e in self.of("annotated") for id_ in e["ids"]]

    @property
    def cost(self) -> float:
        """Seconds that all annotations together have cost."""
        return float(sum(sum(e["cost"]) for e in self.of("annotated")))

    @property
    def refused(self) -> list[str]:
        """The ids that the oracle will never annotate."""
        return [id_ for e in self.of("annotated") for id_ in e["refused"]]

    def decisions(self) -> list[Event]:
        """All events without clock time and durations, which differ between two runs that made the same decisions."""
        return [{k: v for k, v in e.items() if k not in VOLATILE} for e in self.events]

    def rows(self) -> list[dict[str, Any]]:
        """One row per evaluated round, as in ``metrics.csv``."""
        rows = []
        for evaluated in self.of("evaluated"):
            round_ = evaluated["round"]
            seconds = {f"seconds_{phase}": None for phase in ("scan", "select", "train", "evaluate")}
            for kind in ("queried", "trained", "evaluated"):
                event = self.find(kind, round_)
                seconds |= {f"seconds_{phase}": value for phase, value in event["seconds"].items()} if event else {}
            labels = {key: evaluated[key] for key in ("n_labelled", "n_images", "cost") if key in evaluated}
            rows.append({"round": round_} | labels | seconds | evaluated["metrics"])
        return rows
