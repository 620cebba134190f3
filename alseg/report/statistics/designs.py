"""The design of a family of comparisons, as the runs of a data set have it: seeds, spread and number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.between import Between
from alseg.report.statistics.comparisons import LEAST, equal_differences
from alseg.report.statistics.panel import Panel
from alseg.report.statistics.power import Spread


@dataclass(frozen=True)
class Design:
    """Design of the comparisons on a data set, which decides how small a difference they can find.

    Args:
        seeds: of the comparison that has the fewest.
        comparisons: of the family, on all data sets of the report.
        spread: of the differences that are compared, over seeds.
        budgets: the most that a comparison goes by: the AUBC over them, or the value at the one.
    """

    seeds: int
    comparisons: int
    spread: Spread
    budgets: tuple[int, ...]


def design(analysis: Analysis, panel: Panel, metric: str) -> Design | None:
    """The design of the comparisons with the control; None where no two seeds can be compared, or nothing spreads.

    What has too few seeds to be tested counts only where that is so of all of the data set.
    """
    family = [b for b in analysis.against_control(metric) if b.result.difference is not None]
    tested = [b for b in family if len(b.result.seeds) >= LEAST]
    kept = tested if any(b.data == panel.data for b in tested) else family
    here = [b for b in kept if b.data == panel.data]
    if not here:
        return None
    values = [_values(panel, metric, b) for b in here]
    if all(equal_differences(ours, control) for ours, control in values):
        return None
    differences = [pd.Series(ours - control, index=list(b.result.seeds)) for b, (ours, control) in zip(here, values)]
    spread = _spread(pd.concat(differences, axis=1))
    seeds = min(len(b.result.seeds) for b in here)
    return Design(seeds, len(kept), spread, max((b.budgets for b in here), key=len))


def _values(panel: Panel, metric: str, b: Between) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``(seeds,)`` of either condition, what is compared, at the seeds that both have."""
    rows = {row.label: row for row in panel.rows}
    ours, control = (
        [rows[label].measured(metric, b.budgets)[seed] for seed in b.result.seeds] for label in (b.ours, b.control)
    )
    return np.array(ours, float), np.array(control, float)


def _spread(differences: pd.DataFrame) -> Spread:
    """Over the seeds that all comparisons have; where they have none in common, with the degrees of freedom of the smallest."""
    common = differences.dropna()
    if len(common) > 1:
        return Spread.of(common.to_numpy())
    return Spread(math.sqrt(differences.var().mean()), float(differences.count().min() - 1))
