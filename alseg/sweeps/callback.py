"""Hydra callback for sweeps: collects the notes of the jobs and shows their progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from hydra.core.utils import JobReturn
from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from alseg.composition.typed_text import keep_sweep_as_typed
from alseg.sweeps import bar_prefix
from alseg.sweeps.before import Before
from alseg.sweeps.notes import Note, Notes
from alseg.sweeps.sweep import Sweep
from alseg.sweeps.watch import Watch


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
