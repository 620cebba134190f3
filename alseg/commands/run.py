"""``alseg run``: the Hydra application."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from alseg import config as schema
from alseg import folders, paths
from alseg.commands.override_errors import one_line
from alseg.errors import AlsegError, ConfigError, RunFolderError
from alseg.run_folder import RunFolder, State
from alseg.sweep import SweepReport, record_outcome
from alseg.terminal import rounds_table, say

log = logging.getLogger("alseg")


def main(arguments: Sequence[str]) -> int:
    """Compose the config and run it, or every config of a sweep."""
    schema.register()
    folders.register()
    sys.argv = ["alseg run", *arguments]
    # Hydra otherwise prints errors and exits by itself, without an exit code that tells bad input from a failed run.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    SweepReport.failed = 0
    application = hydra.main(version_base="1.3", config_path=str(paths.conf()), config_name="config")(_job)
    try:
        application()
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(one_line(error)) from None
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise RunFolderError(
            f"{error.filename}: {error.strerror}; is run_dir a folder that can be written to?"
        ) from None
    return 1 if SweepReport.failed else 0


def _job(config: DictConfig) -> None:
    """One run. In a sweep, a failure is told and the other runs go on."""
    from alseg.job import run_job  # PyTorch and Lightning take seconds: a misspelt setting is told before that

    for library in ("pytorch_lightning", "lightning_fabric", "timm"):
        logging.getLogger(library).setLevel(logging.ERROR)  # after the import, which sets levels of its own
    hydra_config = HydraConfig.get()
    folder = Path(hydra_config.runtime.output_dir)
    sweeping = hydra_config.mode == RunMode.MULTIRUN
    log.info("%s%s", f"run {hydra_config.job.num + 1}: " if sweeping else "", folder)
    failure = None
    try:
        state = run_job(config, folder)
    except AlsegError as error:
        failure = str(error)
        if not sweeping:
            # Not raised: Hydra would print a second line. SystemExit passes through it.
            print(f"alseg run: {error}", file=sys.stderr)
            raise SystemExit(2) from None
        log.error("%s failed: %s", folder, error)
    except Exception as error:
        failure = repr(error)
        if not sweeping:
            raise
        log.exception("%s failed", folder)
    else:
        _tell(state, RunFolder(folder), with_table=not sweeping)
    if sweeping:
        record_outcome(Path(hydra_config.sweep.dir), hydra_config.job.num, folder, failure)


def _tell(state: State, run: RunFolder, *, with_table: bool) -> None:
    if state.phase == "annotate":
        say(f"Annotations of round {state.round} are awaited; the same command goes on once they are there.")
    elif with_table:
        say(rounds_table(run.metrics))
        say(f"Results: {run.metrics}")
