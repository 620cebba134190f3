"""What the jobs of a sweep tell the process that started it, whichever processes or machines they run on."""

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
    """How it stands with one job.

    Args:
        folder: its run folder.
        state: ``awaiting`` if people have to annotate first, ``elsewhere`` if another process was at work in the folder.
        error: why it failed, in one line.
    """

    folder: str
    state: State
    error: str | None = None


class Notes:
    """One small file per job, below the sweep's folder. It travels to the jobs by pickle.

    Two sweeps may run in the same folder at once, so each has notes of its own.

    Args:
        sweep: the folder of the sweep.
    """

    def __init__(self, sweep: Path) -> None:
        now = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S-%f")
        self.path = sweep.absolute() / ".sweep" / f"{now}-{platform.node()}-{os.getpid()}"

    def open(self) -> FileLock:
        """Make the folder, remove those of sweeps that were killed, and say by a lock that this one is alive."""
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
        """Note how it stands with a job, unless the sweep that asked is no more."""
        if self.path.is_dir():
            write_text(self.path / f"{job}.json", json.dumps(asdict(note)))

    def read(self, known: dict[int, Note]) -> dict[int, Note]:
        """All notes by job number; of those already known, only what may have changed is read."""
        notes = {job: note for job, note in known.items() if note.state != "running"}
        for path in self.path.glob("*.json"):
            if int(path.stem) not in notes:
                notes[int(path.stem)] = Note(**json.loads(path.read_text(encoding="utf-8")))
        return notes
