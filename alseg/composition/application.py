"""Start of Hydra's application: a command line becomes one job, or the jobs of a sweep."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import hydra
from omegaconf import DictConfig

from alseg.composition import paths

PROGRAM = "alseg run"
FULL_ERROR = "HYDRA_FULL_ERROR"
"""Environment variable without which Hydra prints errors and exits by itself, with one code for bad input and failed runs."""


def start(job: Callable[[DictConfig], object], arguments: Sequence[str]) -> None:
    """Compose the config of a command line and call the job with it; with ``-m`` once for each config of the sweep.

    Args:
        job: a function of a module, by whose name other processes find it.
        arguments: Hydra's flags, and settings as `alseg.composition.typed_text` leaves them.

    Raises:
        HydraException, OmegaConfBaseException: if there is no such config.
        Exception: what the job of a single run raised, or what the launcher of a sweep did.
    """
    application = hydra.main(version_base="1.3", config_path=str(paths.conf()), config_name="config")(job)
    with _process(arguments):
        application()


@contextmanager
def _process(arguments: Sequence[str]) -> Iterator[None]:
    """Give this process the command line and the variable that Hydra looks for, while the block runs."""
    argv, full = sys.argv, os.environ.get(FULL_ERROR)
    sys.argv, os.environ[FULL_ERROR] = [PROGRAM, *arguments], "1"
    try:
        yield
    finally:
        sys.argv = argv
        if full is None:
            del os.environ[FULL_ERROR]
        else:
            os.environ[FULL_ERROR] = full
