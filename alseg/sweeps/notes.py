"""Status notes from the jobs of a sweep to the process that started it, across processes and machines."""

from __future__ import annotations

import json
import os
import platform
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from alseg.files import write_text

State = Literal["running", "done", "failed", "awaiting", "elsewhere"]


@dataclass(frozen=True)
class Note:
    """Status of one sweep job.

    Args:
        folder: its run folder.
        state: ``awaiting`` if people have to annotate first, ``elsewhere`` if another process was at work in the folder.
        error: why it failed, in one line.
    """

    folder: str
    state: State
    error: str | None = None


class Notes:
    """One small file per job, below the sweep's folder; the object is pickled into the jobs' processes.

    Two sweeps may run in the same folder at once, so each has notes of its own.

    Args:
        sweep: the folder of the sweep.
    """

    def __init__(self, sweep: Path) -> None:
        now = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S-%f")
        self.path = sweep.absolute() / ".sweep" / f"{now}-{platform.node()}-{os.getpid()}"
        self._kept: dict[int, Note] = {}

    def open(self) -> FileLock:
        """Make the folder, remove those of killed sweeps, and lock this one as alive."""
        self.path.mkdir(parents=True)
        lock = FileLock(self.path / ".lock")
        lock.acquire()
        for other in self.path.parent.glob("*/.lock"):
            if other.parent != self.path:
                try:
                    with FileLock(other, timeout=0):
                        shutil.rmtree(other.parent, ignore_errors=True)
                except (Timeout, OSError):
                    continue
        return lock

    def close(self, lock: FileLock) -> None:
        """Remove the folder."""
        lock.release()
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, job: int, note: Note) -> None:
        """Write the status of a job, unless the sweep has ended meanwhile; on a full disk it is kept in memory."""
        self._kept.pop(job, None)
        if self.path.is_dir():
            try:
                write_text(self.path / f"{job}.json", json.dumps(asdict(note)))
            except OSError:
                self._kept[job] = note

    def read(self, known: dict[int, Note]) -> dict[int, Note]:
        """Read all notes by job number; of those already known, only the ones that may have changed."""
        notes = {job: note for job, note in known.items() if note.state != "running"}
        for path in self.path.glob("*.json"):
            if int(path.stem) not in notes:
                notes[int(path.stem)] = Note(**json.loads(path.read_text(encoding="utf-8")))
        return notes | self._kept
