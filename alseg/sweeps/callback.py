"""Hydra callback for sweeps: collects the notes of the jobs and shows their progress."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from hydra.core.utils import JobReturn
from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from alseg.composition import composing
from alseg.composition.typed_text import keep_sweep_as_typed
from alseg.sweeps.before import Before
from alseg.sweeps.current import Call, current
from alseg.sweeps.notes import Note, Notes
from alseg.sweeps.sweep import Sweep
from alseg.sweeps.watch import Watch


class SweepReport(Callback):
    """Hydra's hooks for a sweep and for each of its jobs; pickled into the jobs' processes, where it only writes notes.

    Hydra makes it, without arguments, so it takes the call that it belongs to from `alseg.sweeps.current`.
    """

    def __init__(self) -> None:
        self.notes: Notes | None = None
        self._call: Call | None = current()

    def __getstate__(self) -> dict[str, Any]:
        return {"notes": self.notes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.notes, self._call = state["notes"], None
        composing.register_resolvers()  # Hydra composes the config of a job in the job's process

    def on_run_start(self, config: DictConfig, **_: Any) -> None:
        """Before Hydra makes the folder of a single run."""
        self._look_before("run", config)

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Start to watch the jobs."""
        call = self._look_before("sweep", config)
        keep_sweep_as_typed(config)
        self.notes = Notes(Path(config.hydra.sweep.dir))
        try:
            call.sweep = Sweep(config, self.notes)
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
        if self._call is not None and (watch := _watch_here(self._call)) is not None:
            self._call.bar_prefix = watch.look().short

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **_: Any) -> None:
        """Note, in the job's process, how it ended."""
        if self.notes is None:
            return
        ended = job_return._return_value
        self.notes.write(
            config.hydra.job.num,
            ended if isinstance(ended, Note) else Note(config.hydra.runtime.output_dir, "failed", repr(ended)),
        )
        if self._call is not None and (watch := _watch_here(self._call)) is not None:
            watch.say()

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Close the sweep."""
        if self._call is not None:
            self._call.close()

    def _look_before(self, mode: Literal["run", "sweep"], config: DictConfig) -> Call:
        """Look at the folder that is about to be written to, in the process of the command."""
        assert self._call is not None
        with suppress(OmegaConfBaseException, OSError):  # Hydra meets the same, and tells it
            self._call.before = Before(Path(config.hydra[mode].dir))
        return self._call


def _watch_here(call: Call) -> Watch | None:
    """Return the watch if the jobs run in this process, which then has to show their progress itself."""
    return call.sweep.watch if call.sweep is not None and call.sweep.here else None
