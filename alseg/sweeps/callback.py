"""Hydra callback for sweeps: collects the notes of the jobs, shows progress, and reports at the end."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from filelock import FileLock
from hydra.core.utils import JobReturn
from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from alseg import termination
from alseg.composition.typed_text import keep_sweep_as_typed
from alseg.sweeps import bar_prefix
from alseg.sweeps.before import Before
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

    current: ClassVar[Sweep | None] = None
    """The pass under way, or the last one."""

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
        bar_prefix.text = None
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
        end_workers([Path(note.folder) for note in self.notes.read({}).values() if note.state == "running"])


def _planned(config: DictConfig) -> list[Path]:
    try:
        return planned(config)
    except Exception:  # the sweep must not fail for want of its progress line
        log.debug("the jobs of the sweep are not known", exc_info=True)
        return []


class SweepReport(Callback):
    """Hydra's hooks for a sweep and for each of its jobs; pickled into the jobs' processes."""

    before: ClassVar[Before | None] = None
    """What lay where the run or the sweep goes, before anything was written there."""

    def __init__(self) -> None:
        self.notes: Notes | None = None
        self.process = os.getpid()

    @classmethod
    def leave_nothing_new(cls, runs: Iterable[str] = ()) -> None:
        """Remove what was written for a run or a sweep whose input was bad before anything began.

        Args:
            runs: the folders of the jobs, if it is a sweep.
        """
        if cls.before is not None:
            cls.before.restore(map(Path, runs))

    def on_run_start(self, config: DictConfig, **_: Any) -> None:
        """Before Hydra makes the folder of a single run."""
        with suppress(OmegaConfBaseException, OSError):  # Hydra meets the same, and tells it
            SweepReport.before = Before(Path(config.hydra.run.dir))

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Start to watch the jobs."""
        with suppress(OmegaConfBaseException, OSError):
            SweepReport.before = Before(Path(config.hydra.sweep.dir))
        keep_sweep_as_typed(config)
        self.notes = Notes(Path(config.hydra.sweep.dir))
        try:
            Sweep.current = Sweep(config, self.notes)
        except OSError as error:
            # Hydra only warns of a callback's errors, and without notes a job's failure would go unnoticed.
            print(
                f"alseg run: {error.filename}: {error.strerror}; is run_dir a folder that can be written to?",
                file=sys.stderr,
            )
            raise SystemExit(2) from None

    def on_job_start(self, config: DictConfig, **_: Any) -> None:
        """Note, in the job's process, that it runs."""
        if self.notes is not None:
            self.notes.write(config.hydra.job.num, Note(config.hydra.runtime.output_dir, "running"))
        if (watch := self._watch_here()) is not None:
            bar_prefix.text = watch.look().short

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **_: Any) -> None:
        """Note, in the job's process, how it ended."""
        if self.notes is None:
            return
        ended = job_return._return_value
        self.notes.write(
            config.hydra.job.num,
            ended if isinstance(ended, Note) else Note(config.hydra.runtime.output_dir, "failed", repr(ended)),
        )
        if (watch := self._watch_here()) is not None:
            watch.say()

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Close the sweep."""
        if Sweep.current is not None:
            Sweep.current.close()

    def _watch_here(self) -> Watch | None:
        """Return the watch if the jobs run in this process, which then has to show their progress itself."""
        sweep = Sweep.current
        here = os.getpid() == self.process and sweep is not None and sweep.here
        return sweep.watch if here and sweep is not None else None
