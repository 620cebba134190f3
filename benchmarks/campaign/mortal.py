"""``alseg`` in a process to which something happens before its nth change of the disk: it is killed, or the disk is full."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from alseg.cli import main
from alseg.errors import AlsegError
from alseg.loop.job import quiet_libraries, run_job
from alseg.oracles.studio.server import KEY
from alseg.termination import Terminated, signals_raise
from tests.helpers.dying import CHANGES
from tests.helpers.label_studio import executable, offer_sdk

BLOCK = bytes(2**20)


class AtChange:
    """Counts this process's changes below a folder, and does something before one of them.

    Args:
        below: the folder.
        number: of that change, from 1; 0: none.
        happens: what is done.
    """

    def __init__(self, below: str, number: int, happens: Callable[[], None]) -> None:
        self.below, self.number, self.happens = below, number, happens
        self.process, self.changes, self.path = os.getpid(), 0, ""
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[1], str) and arguments[1][0] in "wxa"
        if not (writes or event in CHANGES) or os.getpid() != self.process:
            return
        if str(arguments[0]).startswith(self.below):
            self.changes += 1
            if self.changes == self.number:
                self.path = str(arguments[0])
                self.happens()

    def live(self, arguments: Sequence[str], counted: str) -> int:
        """Be the program; number of changes, path of the one at which it happened and CPU-seconds go into the file ``counted``.

        ``job CONFIG RUN`` is ``alseg run`` with a config that is composed already, which takes as long as all the rest.
        """
        sys.argv = ["alseg", *arguments]
        try:
            return _job(*arguments[1:]) if arguments[0] == "job" else main(arguments)
        finally:
            Path(counted).write_text(json.dumps([self.changes, self.path, time.process_time()]), encoding="utf-8")


def _job(config: str, run: str) -> int:
    """Run a config as ``alseg run`` does, with its exit codes."""
    quiet_libraries()
    if KEY in os.environ and (program := executable()) is not None:
        offer_sdk(program)
    try:
        with signals_raise():
            run_job(DictConfig(OmegaConf.load(config)), Path(run))
    except Terminated as end:
        print(end)
        return end.exit_code
    except AlsegError as error:
        print(f"alseg run: {error}")
        return 2
    return 0


def killed(arguments: Sequence[str], below: str, number: int, signum: int, counted: str) -> int:
    """Be the program until a signal ends it."""
    return AtChange(below, number, lambda: os.kill(os.getpid(), signum)).live(arguments, counted)


def disk_fills(arguments: Sequence[str], below: str, number: int, ballast: str, counted: str) -> int:
    """Be the program, and have no room left from some moment on."""
    return AtChange(below, number, lambda: fill(Path(ballast))).live(arguments, counted)


def fill(ballast: Path) -> None:
    """Write into a file until its disk is full."""
    descriptor = os.open(ballast, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    size = len(BLOCK)
    while size:
        try:
            os.write(descriptor, BLOCK[:size])
        except OSError:
            size //= 2
    os.close(descriptor)
