"""What the models of a run are made for, with or without the run's data set."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig

from alseg.composition.instantiate import instantiate
from alseg.data.dataset import Dataset
from alseg.errors import RunFolderError
from alseg.learners.learner import DataSpec
from alseg.runs.ledger import Ledger
from alseg.runs.run_config import existing_root
from alseg.runs.run_folder import RunFolder
from alseg.terminal import working


def spec_of(run: RunFolder, config: DictConfig, ledger: Ledger) -> DataSpec:
    """Task, classes, channels and size as the run noted them when it began or, for older runs, as the data set has them.

    Raises:
        RunFolderError: if the run noted nothing, and the data set is not there.
    """
    started: dict[str, Any] = ledger.find("started", 0) or {}
    if "channels" in started:
        height, width = started["size"]
        return DataSpec(
            started["task"], tuple(started["classes"]), started["channels"], (height, width), started["unit"]
        )
    try:
        existing_root(run, config)
    except RunFolderError as error:
        raise RunFolderError(
            f"{error} (an earlier version of alseg began this run, and noted neither classes nor channels)"
        ) from None
    with working("loading the data set"):
        dataset: Dataset = instantiate(config.data)
    return DataSpec(dataset.task, dataset.classes, dataset.channels, dataset.size, dataset.unit)
