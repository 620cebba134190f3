"""One pass over the jobs of a sweep: watched, closed and reported."""

from __future__ import annotations

import logging
import shlex
from pathlib import Path

from filelock import FileLock
from omegaconf import DictConfig

from alseg import termination
from alseg.sweeps.launchers import end_workers, jobs_are_silent, quiet, runs_jobs_here, uses_joblib
from alseg.sweeps.notes import Note, Notes
from alseg.sweeps.plan import planned
from alseg.sweeps.watch import Watch
from alseg.terminal import say

log = logging.getLogger(__name__)


class Sweep:
    """One pass over the jobs of a sweep, in the process that started it.

    Args:
        config: the root config of the sweep.
        notes: status of its jobs, as they write it.
    """

    def __init__(self, config: DictConfig, notes: Notes) -> None:
        self.folder = Path(config.hydra.sweep.dir)
        self.notes = notes
        self.outcomes: dict[int, Note] = {}
        self.watch: Watch | None = None
        self._lock: FileLock | None = notes.open()
        launcher = config.hydra.launcher
        quiet(launcher)
        self.here = runs_jobs_here(launcher)
        self.jobs = _planned(config)
        if config.trainer.progress is not False and self.jobs:
            self.watch = Watch(notes, self.jobs, silent_jobs=not self.here and jobs_are_silent(launcher))
            if not self.here:
                self.watch.start()
        if uses_joblib(launcher) and not self.here:
            termination.first.append(self._end_workers)

    def close(self) -> None:
        """Stop watching, and read the last notes; may be called twice."""
        if self._lock is None:
            return
        if self.watch is not None:
            self.watch.stop()
        if self._end_workers in termination.first:
            termination.first.remove(self._end_workers)
        self.outcomes = self.notes.read({})
        self.notes.close(self._lock)
        self._lock = None

    def in_state(self, *states: str) -> list[Note]:
        """Notes of the jobs in one of these states, in their order."""
        return [note for _, note in sorted(self.outcomes.items()) if note.state in states]

    def report(self) -> None:
        """Print the numbers of finished and failed jobs, and name those that failed."""
        count = {state: len(self.in_state(state)) for state in ("done", "awaiting", "failed", "running")}
        text = f"{self.folder}: {count['done']} runs done, {count['failed']} failed"
        text += f", {count['awaiting']} await annotations" * (count["awaiting"] > 0)
        text += f", {count['running']} not ended" * (count["running"] > 0)
        say(text)
        for note in self.in_state("failed", "running"):
            say(f"  {note.folder}: {note.error or 'its process was ended from outside, or goes on without this one'}")
        if count["failed"] or count["running"]:
            say("The same command runs what is missing and leaves alone what is done.")
        if count["done"]:
            out = shlex.quote(str(self.folder / "report"))
            say(f"Tables, figures and a page of them all:  alseg report {shlex.quote(str(self.folder))} --out {out}")

    def report_left(self) -> int:
        """Print what is left after an interruption; return the number of runs that are not done."""
        total = len(self.jobs) or len(self.outcomes)
        notes = {job: note for job, note in self.outcomes.items() if note.state != "elsewhere"}
        finished = {job for job, folder in enumerate(self.jobs) if (folder / "DONE").exists()}
        failed = {job for job, note in notes.items() if note.state == "failed"}
        done = finished | {job for job, note in notes.items() if note.state == "done"}
        left = max(0, total - len(done))
        say(
            f"{self.folder}: {len(done)} of {total} runs done"
            + f", {left} left" * (left > 0)
            + f" ({len(failed)} failed)" * (len(failed) > 0)
        )
        return left

    def _end_workers(self) -> None:
        end_workers(lambda: [Path(note.folder) for note in self.notes.read({}).values() if note.state == "running"])


def _planned(config: DictConfig) -> list[Path]:
    try:
        return planned(config)
    except Exception:  # the sweep must not fail for want of its progress line
        log.debug("the jobs of the sweep are not known", exc_info=True)
        return []
