"""Conditions across data sets: which of them are the same, and what each reached on one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from alseg.report.read.conditions import Condition, labels
from alseg.report.statistics.estimates import estimate
from alseg.report.statistics.panel import Panel

OF_THE_DATA = ("data", "budget", "split", "trainer")
"""Groups that a data set may ask for: conditions that differ in them alone are the same on two data sets."""


def across(panels: Sequence[Panel]) -> list[dict[str, str]]:
    """Of each panel, label of a condition to what it is called in all of them.

    A label says what differs on its own data set, so that ``entropy`` may stand for another learner on the next. Here two
    conditions share a name only if they agree in everything but `OF_THE_DATA`; where that does not tell the conditions
    of a data set apart, in everything but the data.
    """
    if len(panels) == 1:
        return [{row.label: row.label for row in panels[0].rows}]
    keys: list[dict[str, Condition]] = []
    for panel in panels:
        cores = {row.label: row.condition.without(*OF_THE_DATA) for row in panel.rows}
        count = Counter(cores.values())
        keys.append(
            {r.label: cores[r.label] if count[cores[r.label]] == 1 else r.condition.without("data") for r in panel.rows}
        )
    texts = labels({key for by_label in keys for key in by_label.values()})
    return [{label: texts[key] for label, key in by_label.items()} for by_label in keys]


def ranked(panel: Panel, metric: str) -> dict[str, float]:
    """Label to the mean over seeds of the AUBC (the value, where there is one budget), of the conditions that can be ranked.

    Those are the ones with the budgets that most conditions have (of several such sets, the longest); a condition with others
    is not there, rather than that all are ranked over fewer. Budgets at which all hold the same images do not count.
    """
    grids = Counter(row.grid(metric) for row in panel.compared)
    grid = max(grids, key=lambda one: (grids[one], len(one)), default=())
    rows = [row for row in panel.compared if row.grid(metric) == grid]
    apart = [b for b in grid if not all(row.same_images(other, b) for row, other in pairwise(rows)) or len(rows) < 2]
    found = {}
    for row in rows:
        mean = estimate(row.measured(metric, tuple(apart)).values())
        if mean is not None:
            found[row.label] = mean.mean
    return found
