"""Small sweeps of the real program, in processes of their own, for the tests of this folder."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from alseg.runs.ledger import Ledger
from tests.helpers.forked import Forked, alseg

PATIENCE = 600
"""Seconds within which everything here has long ended, also on a machine that does other things."""


def start(*arguments: str, **environment: str) -> Forked:
    """``alseg run -m`` in a process group of its own."""
    return alseg(["run", "-m", *arguments], os.environ | {"OMP_NUM_THREADS": "1"} | environment)


def sweep(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and output of ``alseg run -m``."""
    process = start(*arguments, **environment)
    try:
        output, _ = process.communicate(timeout=PATIENCE)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process.returncode, output


def wait_for(what: Callable[[], object], process: Forked | None = None) -> None:
    """Until it is true; an error if it takes for ever, or if the process has ended before."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it takes for ever"
        if process is not None and process.poll() is not None:
            raise AssertionError(f"the sweep ended too early:\n{process.communicate()[0]}")
        time.sleep(0.02)


def ledgers(folder: Path) -> Mapping[str, Ledger]:
    """The ledger of every run below a folder, by the run's folder."""
    paths = sorted(folder.rglob("ledger.jsonl"))
    return {str(p.parent.relative_to(folder)): Ledger(p, writable=False) for p in paths}


def decisions(folder: Path) -> dict[str, list[dict[str, object]]]:
    """What every run below a folder has decided."""
    return {name: ledger.decisions() for name, ledger in ledgers(folder).items()}


def trained_rounds(folder: Path) -> dict[str, list[int]]:
    """The rounds that every run below a folder has trained, as often as it did."""
    return {name: [event["round"] for event in ledger.of("trained")] for name, ledger in ledgers(folder).items()}


def done(folder: Path) -> set[Path]:
    """The finished runs below a folder."""
    return {path.parent for path in folder.rglob("DONE")}
