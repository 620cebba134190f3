"""Small data sets and learners that every test may use."""

from __future__ import annotations

import atexit
import gc
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Imported where they are used: the process that only hands out files to workers reads this file, too, and needs no torch.
if TYPE_CHECKING:
    from alseg.data.dataset import Dataset
    from alseg.learners.learner import DataSpec
    from tests.helpers.chromium import Chromium
    from tests.helpers.tiny_learner import TinyLearner

os.environ.setdefault("WANDB_MODE", "offline")


def pytest_collection_finish() -> None:
    """Spare the garbage collector the 700,000 objects that imports have made: looking through them takes a fifth of all time.

    Spare pytest the loggers of torch likewise.
    """
    gc.collect()
    gc.freeze()
    for name, logger in logging.root.manager.loggerDict.items():
        if name.startswith("torch") and isinstance(logger, logging.Logger):
            logger.propagate = (
                True  # pytest puts six handlers a test on each logger that stands alone: torch has eighty
            )
    atexit.register(gc.unfreeze)  # else some library takes all that it made for leaked, and says so at length


LONGEST = (
    "sweeps",
    "test_label_studio_server",
    "test_mlflow",
    "reproduction",
    "test_cli",
    "test_distributed",
    "test_termination",
    "learners",
    "loop",
)
"""Files and rooms whose tests take longest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files: the last of the workers else goes on alone for minutes."""

    def place(item: pytest.Item) -> int:
        names = {item.path.stem, item.path.parent.name}
        return next((number for number, name in enumerate(LONGEST) if name in names), len(LONGEST))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def _away_from_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing a test runs may write into the repository or the user's cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALSEG_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of the real data sets."""
    stated = os.environ.get("ALSEG_DATA")
    root = Path(stated) if stated else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not root.is_dir():
        pytest.skip(f"the real data sets are not at {root}; set ALSEG_DATA to the folder that holds them")
    return root


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A real browser; one serves all tests of a process."""
    pytest.importorskip("aiohttp", reason="the browser is spoken to by aiohttp: pip install aiohttp")
    from tests.helpers.chromium import INSTALL, Chromium, executable

    program = executable()
    if program is None:
        pytest.skip(f"no Chromium here: {INSTALL}")
    browser = Chromium(program, tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture
def dataset() -> Dataset:
    from tests.helpers.discs import make_dataset

    return make_dataset()


@pytest.fixture
def make_learner() -> Callable[[DataSpec, int], TinyLearner]:
    from tests.helpers.tiny_learner import TinyLearner

    def make(spec: DataSpec, steps: int) -> TinyLearner:
        return TinyLearner(spec, steps)

    return make
