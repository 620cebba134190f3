"""``alseg run``: the Hydra application."""

from __future__ import annotations

import logging
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from alseg.commands.run_arguments import RunArguments, read_arguments
from alseg.composition import composing
from alseg.composition.application import start
from alseg.composition.missing_modules import check_modules
from alseg.composition.override_errors import one_line
from alseg.composition.plugins import import_from
from alseg.errors import AlsegError, ConfigError, FolderInUseError, RunFolderError
from alseg.runs.provenance import remember_command
from alseg.runs.run_folder import RunFolder, State
from alseg.sweeps import launchers
from alseg.sweeps.current import Call, begin, current
from alseg.sweeps.notes import Note
from alseg.sweeps.sweep import Sweep
from alseg.terminal import rounds_table, say, working
from alseg.termination import Terminated

log = logging.getLogger("alseg")

LOOK_EVERY = 5.0
"""Seconds between two checks whether another process has left a run folder."""


def main(arguments: Sequence[str]) -> int:
    """Compose the config and run it, or every config of a sweep."""
    composing.register()
    typed = read_arguments(arguments)
    if typed.searched:  # pieces of one's own lie beside their configs
        import_from(Path.cwd())
    if typed.help:
        return _print_help(typed)
    remember_command("alseg", "run", *arguments)
    launchers.check_launcher(typed.settings)
    with begin() as call:
        try:
            return _run_to_end(call, (*typed.flags, *typed.settings))
        except SystemExit as stop:
            if launchers.ended_by_ray(stop):
                raise _report_left(call, Terminated(signal.SIGTERM)) from None
            raise
        except (KeyboardInterrupt, Terminated) as end:
            raise _report_left(call, end) from None
        except (HydraException, OmegaConfBaseException) as error:
            call.close()
            call.leave_nothing_new()
            raise ConfigError(one_line(error, typed.settings)) from None
        except (FileExistsError, NotADirectoryError, PermissionError) as error:
            raise RunFolderError(
                f"{error.filename}: {error.strerror}; is run_dir a folder that can be written to?"
            ) from None
        except OSError as error:
            raise composing.too_long(error, typed.settings) from None


def _print_help(typed: RunArguments) -> int:
    from alseg.commands.run_help import help_text

    try:
        print(help_text((*typed.searched, *typed.settings)))
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(one_line(error, typed.settings)) from None
    return 0


def _report_left(call: Call, end: KeyboardInterrupt | Terminated) -> KeyboardInterrupt | Terminated:
    """Print how many runs of a sweep are left; a signal other than Ctrl-C then gives the exit code of failed runs."""
    call.close()
    if call.sweep is not None and call.sweep.report_left() and isinstance(end, Terminated):
        end.exit_code = 1
    return end


def _run_to_end(call: Call, arguments: Sequence[str]) -> int:
    """Run what a command line asks for, a sweep in as many passes as can complete it; return the exit code.

    A pass skips runs that another process works on, and another pass follows when that has ended. If the operating
    system kills a worker of joblib, the others end too; they go on in another pass, as long as every pass finishes some run.
    """
    ended: set[str] | None = None
    while True:
        lost = None
        try:
            start(_job, arguments)
        except BrokenProcessPool as error:
            lost = error
        except Exception as error:
            # Errors of a launcher alone: main reports Hydra's and our own, and others are faults of this process.
            if call.sweep is None or call.sweep.here or not _is_of_launcher(error):
                raise
            call.close()
            call.sweep.report()
            say(f"The launcher gave up: {_last_line(error)}")
            return 1
        if (sweep := call.sweep) is None:  # a single run
            return 0
        call.close()
        if lost is not None and (ended is None or not ended >= _folders(sweep)):
            ended = (ended or set()) | _folders(sweep)
            log.warning("a worker was ended from outside (is memory short?); its run and the others go on")
            continue
        if elsewhere := sweep.in_state("elsewhere"):
            say(f"{len(elsewhere)} runs are at work in other processes; they are waited for")
            for note in elsewhere:
                while RunFolder(Path(note.folder)).in_use():
                    time.sleep(LOOK_EVERY)
            continue
        sweep.report()
        if not lost and sweep.outcomes and all(map(_was_refused, sweep.outcomes.values())):
            call.leave_nothing_new(note.folder for note in sweep.outcomes.values())
        return 1 if lost is not None or sweep.in_state("failed", "running") else 0


def _job(config: DictConfig) -> Note | None:
    try:
        return _one_run(config)
    except Terminated as end:
        launchers.end_this_worker(end)
        raise


def _one_run(config: DictConfig) -> Note | None:
    """Run one config; in a sweep, a failure is noted, and the other runs go on."""
    hydra_config = HydraConfig.get()
    sweeping = hydra_config.mode == RunMode.MULTIRUN
    folder = Path(hydra_config.runtime.output_dir)
    if sweeping:
        launchers.prepare_worker(config, folder / "run.log")
    of = f"{config.strategy.get('name')}, seed {config.seed}"
    log.info("%s%s", f"run {hydra_config.job.num + 1} ({of}): " if sweeping else "", folder)
    try:
        if not sweeping:
            check_modules(config)
        with working("loading PyTorch"):  # takes seconds: a misspelt setting is reported before that
            from alseg.loop.job import quiet_libraries, run_job

        quiet_libraries()
        state = run_job(config, folder)
    except AlsegError as error:
        if not sweeping:
            if not RunFolder(folder).begun and not isinstance(error, FolderInUseError):
                current().leave_nothing_new()
            # Not raised: Hydra would print a second line. SystemExit passes through it.
            print(f"alseg run: {error}", file=sys.stderr)
            raise SystemExit(2) from None
        if isinstance(error, FolderInUseError):
            log.info("%s", error)
            return Note(str(folder), "elsewhere", str(error))
        log.error("%s failed: %s", folder, error)
        return Note(str(folder), "failed", str(error))
    except Exception as error:
        if not sweeping:
            raise
        log.exception("%s failed", folder)
        return Note(str(folder), "failed", repr(error))
    _tell(state, RunFolder(folder), with_table=not sweeping)
    return Note(str(folder), "awaiting" if state.phase == "annotate" else "done") if sweeping else None


def _tell(state: State, run: RunFolder, *, with_table: bool) -> None:
    if state.phase == "annotate":
        waiting = run.load_waiting()
        say(f"Annotations of round {state.round} are awaited." if waiting is None else waiting.paragraph())
    elif with_table:
        from alseg.report.run_notes import run_notes  # with pandas and SciPy, which a sweep does not need

        say(rounds_table(run.metrics))
        for note in run_notes(run.path):
            say(note)
        say(f"Results: {run.metrics}")


def _folders(sweep: Sweep) -> set[str]:
    """Folders of the runs that ended, done or failed."""
    return {note.folder for note in sweep.in_state("done", "failed")}


def _was_refused(note: Note) -> bool:
    """True if a job's input was bad before anything of it began."""
    run = RunFolder(Path(note.folder))
    told = run.failed.read_text(encoding="utf-8") if run.failed.exists() else None
    return note.state == "failed" and not run.begun and told == f"{note.error}\n"


def _is_of_launcher(error: Exception) -> bool:
    if isinstance(error, (HydraException, OmegaConfBaseException, OSError)):
        return False
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(str(frame.f_globals.get("__name__")).startswith("hydra_plugins.") for frame in frames)


def _last_line(error: Exception) -> str:
    return next((line for line in reversed(str(error).splitlines()) if line.strip()), repr(error)).strip()
