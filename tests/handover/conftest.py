"""Runs that models and labels are taken from; nobody writes to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.handed_run import classification_run, segmentation_run, write_discs, write_tiles


@pytest.fixture(scope="session")
def discs_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_discs(tmp_path_factory.mktemp("data") / "discs")


@pytest.fixture(scope="session")
def discs_run(tmp_path_factory: pytest.TempPathFactory, discs_root: Path) -> Path:
    return segmentation_run(tmp_path_factory.mktemp("runs") / "discs", discs_root)


@pytest.fixture(scope="session")
def tiles_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiles(tmp_path_factory.mktemp("data") / "tiles")


@pytest.fixture(scope="session")
def tiles_run(tmp_path_factory: pytest.TempPathFactory, tiles_root: Path) -> Path:
    return classification_run(tmp_path_factory.mktemp("runs") / "tiles", tiles_root)
