"""The progress line of a sweep: live on a terminal, a plain line now and then in a file."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from alseg.sweeps.notes import Note, Notes
from alseg.sweeps.tally import Tally, tally

LOOK_EVERY = 1.0
"""Seconds between two looks at the notes."""

SAY_EVERY = 30.0
"""Seconds between two plain lines, if something has changed."""


class Watch:
    """Watches the jobs of a sweep by their notes, and shows their progress.

    Args:
        notes: of the sweep.
        folders: the run folders of its jobs.
        silent_jobs: whether the jobs do not write to this terminal, so that their failures are printed here.
        stream: output; standard error by default.
    """

    def __init__(
        self, notes: Notes, folders: list[Path], *, silent_jobs: bool = False, stream: TextIO | None = None
    ) -> None:
        self.notes = notes
        self.total = len(folders)
        self.done_before = {job for job, folder in enumerate(folders) if (folder / "DONE").exists()}
        self.silent_jobs = silent_jobs
        self.console = Console(file=stream or sys.stderr, highlight=False, soft_wrap=True)
        self._known: dict[int, Note] = {}
        self._told: set[int] = set()
        self._began = time.monotonic()
        self._said = (0.0, "")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self) -> Tally:
        """Read the notes and count the states."""
        self._known = self.notes.read(self._known)
        return tally(self.total, self.done_before, self._known, time.monotonic() - self._began)

    def say(self) -> None:
        """Print a plain line, if it is time for one and something has changed."""
        now = self.look()
        counts = str(now).split(", about")[0]
        since, last = self._said
        if counts != last and (time.monotonic() - since > SAY_EVERY or now.left == 0):
            self.console.print(f"sweep: {now}")
            self._said = (time.monotonic(), counts)

    def start(self) -> None:
        """Watch the jobs from a thread, while this process waits for them."""
        self._thread = threading.Thread(target=self._follow, name="sweep progress", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread, and remove the line from the terminal."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _follow(self) -> None:
        if not self.console.is_terminal:
            self._until_stopped(self.say)
            return
        with Live(console=self.console, auto_refresh=False, transient=True) as live:
            self._until_stopped(lambda: live.update(Text(f"sweep: {self.look()}", overflow="ellipsis"), refresh=True))

    def _until_stopped(self, show: Callable[[], None]) -> None:
        while True:
            show()
            self._tell_failures()
            if self._stop.wait(LOOK_EVERY):
                break
        show()
        self._tell_failures()

    def _tell_failures(self) -> None:
        if not self.silent_jobs:
            return
        for job, note in sorted(self._known.items()):
            if note.state == "failed" and job not in self._told:
                self._told.add(job)
                self.console.print(f"{note.folder} failed: {_traceback(note)}", markup=False)


def _traceback(note: Note) -> str:
    reason = Path(note.folder) / "FAILED"
    return reason.read_text(encoding="utf-8").rstrip() if reason.exists() else str(note.error)
