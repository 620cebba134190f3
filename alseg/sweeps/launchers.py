"""Support of Hydra's launchers: check that they are installed, share one machine among jobs, end workers."""

from __future__ import annotations

import importlib.util
import logging
import multiprocessing
import os
import re
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from omegaconf import DictConfig

from alseg.composition.machine import visible_gpus
from alseg.errors import ConfigError
from alseg.runs.run_folder import RunFolder
from alseg.termination import Terminated, end_by_signal, raise_on_signals

GRACE = 8.0
"""Seconds that a sweep's workers have to clear up; ``docker stop`` allows 10 for all."""


class _Plugin(NamedTuple):
    extra: str
    package: str
    program: str | None = None


PLUGINS = {
    "joblib": _Plugin("joblib", "hydra_joblib_launcher"),
    "ray": _Plugin("ray", "hydra_ray_launcher"),
    "slurm": _Plugin("slurm", "hydra_submitit_launcher", "sbatch"),
    "submitit_local": _Plugin("slurm", "hydra_submitit_launcher"),
    "submitit_slurm": _Plugin("slurm", "hydra_submitit_launcher", "sbatch"),
}
"""Plugins by their name in ``hydra/launcher``."""


def check_launcher(arguments: Sequence[str]) -> None:
    """Check that the launcher that a command line asks for is installed.

    Raises:
        ConfigError: naming what would install it.
    """
    for argument in arguments:
        chosen = re.fullmatch(r"\+*hydra/launcher=(\w+)", argument)
        if chosen is None or (plugin := PLUGINS.get(chosen[1])) is None:
            continue
        if not _installed(plugin.package):
            raise ConfigError(f'{argument}: its plugin is not installed; pip install "alseg[{plugin.extra}]"')
        if plugin.program is not None and shutil.which(plugin.program) is None:
            raise ConfigError(
                f"{argument}: this machine has no {plugin.program}; start the sweep where SLURM's commands are, or "
                "choose hydra/launcher=joblib"
            )


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(f"hydra_plugins.{package}") is not None
    except ModuleNotFoundError:  # there are no plugins at all
        return False


def ended_by_ray(stop: SystemExit) -> bool:
    """True if Ray's own handler of SIGTERM, which replaces ours in the process that starts the jobs, raised this."""
    frames = (frame for frame, _ in traceback.walk_tb(stop.__traceback__))
    return any(str(frame.f_globals.get("__name__")).startswith("ray.") for frame in frames)


def runs_jobs_here(launcher: DictConfig) -> bool:
    """True if a launcher runs the jobs one after the other in the process that starts them."""
    name = _name(launcher)
    return name == "BasicLauncher" or (name == "JoblibLauncher" and bool(launcher.n_jobs == 1))


def uses_joblib(launcher: DictConfig) -> bool:
    """True if the jobs run in worker processes of joblib."""
    return _name(launcher) == "JoblibLauncher"


def end_workers(at_work: Callable[[], Sequence[Path]]) -> None:
    """End joblib's workers, and wait until they have cleared up: joblib itself kills them at once.

    Args:
        at_work: gives the run folders of the workers now. Each is locked by its worker soon after, and unlocked when that
            has closed everything; a worker that still imports has nothing to clear up.
    """
    workers = {worker.pid: worker for worker in multiprocessing.active_children()}
    told: set[int | None] = set()
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline:
        holders = {RunFolder(folder).holder() for folder in at_work()} & workers.keys()
        if not holders:
            return
        for pid in holders - told:
            workers[pid].terminate()
        told |= holders
        time.sleep(0.05)


def end_this_worker(end: Terminated) -> None:
    """End this process if it is a worker of joblib whose run was ended by a signal and is closed; else do nothing.

    If the whole sweep ends, its process ends the workers. If not, this worker counts as killed: its next job would only
    be broken off too. It waits first, since joblib takes the end of one worker as that of all, which may still be
    clearing up.
    """
    if worker_number() is not None:
        time.sleep(GRACE)
        end_by_signal(end.signum)


def jobs_are_silent(launcher: DictConfig) -> bool:
    """True if the jobs write to files alone, so that the process that started them has to report their failures."""
    name = _name(launcher)
    return name in ("SlurmLauncher", "LocalLauncher") or (name == "JoblibLauncher" and sys.stderr.isatty())


def _name(launcher: DictConfig) -> str:
    return str(launcher._target_).rsplit(".", 1)[-1]


def quiet(launcher: DictConfig) -> None:
    """Keep submitit from repeating every minute that a cluster has no accounting; results tell when a job has ended."""
    if _name(launcher) in ("SlurmLauncher", "LocalLauncher"):
        import submitit  # noqa: F401 - sets the level

        logging.getLogger("submitit").setLevel(logging.ERROR)


def worker_number() -> int | None:
    """Number of this process among joblib's workers, from 0; None in any other process."""
    worker = re.fullmatch(r"LokyProcess-(\d+)", multiprocessing.current_process().name)
    return int(worker[1]) - 1 if worker else None


def gpu_of(number: int, gpus: Sequence[str]) -> str | None:
    """The GPU of the job with this number, counting around; None where there is no GPU."""
    return gpus[number % len(gpus)] if gpus else None


def prepare_worker(config: DictConfig, log: Path) -> None:
    """Give a worker of joblib a GPU of its own, and redirect its output from the terminal to a file.

    Only joblib's workers need it: SLURM and Ray give each job its GPU, and have no share in the terminal. The GPU is
    chosen by the number of the worker, not of the job: both agree at first, but later, jobs of different lengths would
    meet on one GPU while another is idle. A worker keeps its GPU: CUDA reads the variable once.

    Args:
        config: the config of the job; changed in place.
        log: file for the output, if the terminal shows the sweep's progress line.
    """
    number = worker_number()
    if number is None:
        return
    raise_on_signals()
    if config.trainer.progress is not False:
        _leave_terminal(log)
        config.trainer.progress = False
    if config.trainer.accelerator in ("auto", "gpu") and config.trainer.devices == 1:
        gpu = gpu_of(number, visible_gpus())
        if gpu is not None:
            os.environ["CUDA_VISIBLE_DEVICES"] = gpu


_left: set[int] = set()
"""Output streams (1, 2) of this worker that were the terminal before its first job."""


def _leave_terminal(log: Path) -> None:
    _left.update(stream for stream in (1, 2) if os.isatty(stream))
    if not _left:
        return
    root = logging.getLogger()
    for handler in list(root.handlers):
        if not isinstance(handler, logging.FileHandler):  # it has the log open already
            root.removeHandler(handler)
    with log.open("ab") as file:
        for stream in _left:
            os.dup2(file.fileno(), stream)
