"""Interface between a run and its callbacks: data to read, metrics and files to contribute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alseg.data.pool import PoolDataModule
from alseg.files import csv_text
from alseg.learners.learner import Learner
from alseg.metrics.metric import Metric
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder


class PoolMap(Protocol):
    """The two-dimensional map of a pool."""

    @property
    def has_map(self) -> bool:
        """True if a map is configured."""

    @property
    def map(self) -> NDArray[np.float32]:
        """``(N, 2)``, in the order of the split's pool."""

    def use_learner(self, learner: Learner) -> None:
        """Use the model that was trained last from now on."""


@dataclass
class Run:
    """A run as its callbacks see it.

    On several ranks each rank has a `Run`; what is contributed counts on rank 0 and is dropped on the others, so that no
    callback has to ask.

    Args:
        pool: the data, the split, and what is labelled.
        ledger: every decision so far.
        folder: where the run is kept.
        seed: of the run.
        trained: returns the model that was trained last.
        space: the map of the pool, where there is one.
        config: the composed config; empty for a run that was put together in Python.
        simulated: whether the annotator's answers are made of the data set's own targets, a truth that no training sees.
    """

    pool: PoolDataModule
    ledger: Ledger
    folder: RunFolder
    seed: int
    trained: Callable[[], Learner]
    space: PoolMap | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    simulated: bool = False
    round: int = 0
    """The round under way."""
    _metrics: dict[str, float] = field(default_factory=dict, init=False, repr=False)
    _described: dict[str, Metric] = field(default_factory=dict, init=False, repr=False)

    @property
    def decides(self) -> bool:
        """True if this process records, writes and logs: rank 0, or the only process."""
        return self.folder.writable

    def log_metrics(self, values: Mapping[str, float], *described: Metric) -> None:
        """Add metrics to the evaluation of the round: to the ledger, ``metrics.csv``, the report and every tracker.

        Where there is no test set, ``test/*`` are dropped: nothing can have been measured.

        Args:
            values: by column, such as ``test/hausdorff``; NaN is an unknown value. Call it in `Callback.on_evaluation_end`.
            described: title, unit and direction of those that alseg does not know; the report goes by them.

        Raises:
            ValueError: if a name was contributed before.
        """
        if not self.pool.split.test:
            values = {name: value for name, value in values.items() if not name.startswith("test/")}
        twice = self._metrics.keys() & values.keys()
        if twice:
            raise ValueError(f"the metric {min(twice)!r} is there already; choose another name")
        self._metrics |= values
        self._described |= {metric.name: metric for metric in described}

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Write a CSV file into the folder of the round, in place of one of that name; its texts are written by `csv_text`."""
        cells = {csv_text(str(column)): _written(table[column]) for column in table.columns}
        self.write_file(name, pd.DataFrame(cells).to_csv(index=False, float_format="%.6f").encode())

    def write_file(self, name: str, content: bytes) -> None:
        """Write a file into the folder of the round, in place of one of that name.

        Raises:
            ValueError: if the name is not that of a plain file.
        """
        self.folder.write_in_round(self.round, name, content)

    def take_metrics(self) -> dict[str, float]:
        """Return and clear the metrics contributed since the last call; for the controller."""
        taken, self._metrics = self._metrics, {}
        return taken

    def take_descriptions(self) -> list[Metric]:
        """Return and clear the descriptions of metrics since the last call; for the controller."""
        taken, self._described = list(self._described.values()), {}
        return taken


def _written(column: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_numeric_dtype(column):
        return column
    return column.map(lambda value: csv_text(value) if isinstance(value, str) else value)
