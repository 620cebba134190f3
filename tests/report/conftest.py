"""Synthetic run folders: what a finished, a failed or an unfinished run leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alseg.report.read.read_runs import Run, read_run
from tests.helpers.run_files import MakeRun, run_maker


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """A function that writes a run folder below ``tmp_path / "runs"`` and returns it."""
    return run_maker(tmp_path)


@pytest.fixture
def runs_of(make_run: MakeRun) -> Callable[..., Run]:
    """As ``make_run``, but read back."""
    return lambda *args, **kwargs: read_run(make_run(*args, **kwargs))
