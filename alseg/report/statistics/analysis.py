"""Statistics of a whole report, each computed once: comparisons, penalties, ranks, labels needed, overlap, coverage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import combinations
from typing import TypeVar

from alseg.report.columns import is_ranked, lower_is_better
from alseg.report.read.damaged import Unread
from alseg.report.statistics.across import across, ranked
from alseg.report.statistics.between import Between, Paired, Test, paired, tested
from alseg.report.statistics.comparisons import compare
from alseg.report.statistics.coverage import Annotated, Coverage, coverage
from alseg.report.statistics.levels import Level, levels_of_control
from alseg.report.statistics.overlap import Overlap, overlaps
from alseg.report.statistics.panel import Panel
from alseg.report.statistics.penalty import PenaltyMatrix, penalty_matrix
from alseg.report.statistics.ranks import Ranks, rank

T = TypeVar("T")


class Analysis:
    """Statistics of the panels of a report; every answer is computed when it is first asked for.

    Args:
        panels: one per data set.
        test: of a family of comparisons, with its correction.
    """

    def __init__(self, panels: Sequence[Panel], test: Test = compare) -> None:
        self.panels = tuple(panels)
        self._test = test
        self._known: dict[tuple[str, ...], object] = {}
        self._annotated = Annotated()

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Of all panels, in their order."""
        return tuple(dict.fromkeys(metric for panel in self.panels for metric in panel.metrics))

    def against_control(self, metric: str) -> list[Between]:
        """Every condition against its control on every data set: the family that decides, corrected over it alone."""
        return self._once(("control", metric), lambda: tested(self._with_controls(metric), self._test))

    def comparisons(self, metric: str) -> list[Between]:
        """Every pair of conditions on every data set, corrected over all of them: exploratory."""
        return self._once(("comparisons", metric), lambda: tested(self._pairs(metric), self._test))

    @cached_property
    def names(self) -> list[dict[str, str]]:
        """Of each panel, label of a condition to what it is called across data sets; see `across`."""
        return across(self.panels)

    def penalty(self, metric: str) -> PenaltyMatrix | None:
        """Over all data sets that have the metric, at the budgets of each comparison; None where it ranks nobody."""
        return self._once(("penalty", metric), lambda: self._penalty(metric) if is_ranked(metric) else None)

    def ranks(self, metric: str) -> Ranks | None:
        """By the mean over seeds of the AUBC on every data set (of the value, where there is one budget); see `ranked`."""
        return self._once(("ranks", metric), lambda: self._rank(metric) if is_ranked(metric) else None)

    def levels(self, panel: Panel, metric: str) -> list[Level]:
        """Levels that the control reaches half-way and at the end of its budgets, and what each condition needs for them."""
        return self._once(("levels", panel.data, metric), lambda: levels_of_control(panel, metric))

    def overlaps(self, panel: Panel) -> list[Overlap]:
        """At every shared budget; none where the ledgers do not tell ids, or there is one condition."""
        return self._once(("overlaps", panel.data), lambda: overlaps(panel))

    def coverage(self, panel: Panel) -> dict[str, dict[int, Coverage]]:
        """Condition to seed to what was annotated at the last shared budget."""
        return self._once(("coverage", panel.data), lambda: self._coverage(panel))

    def unread(self) -> tuple[Unread, ...]:
        """Files of annotations that the coverage lacks because they are broken."""
        for panel in self.panels:
            self.coverage(panel)
        return tuple(self._annotated.unread.values())

    def _once(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]  # type: ignore[return-value]

    def _with_controls(self, metric: str) -> Iterator[Paired]:
        for panel in self._having(metric):
            for row in panel.compared:
                control = panel.controls[row.label]
                if control is not None:
                    yield paired(panel.data, row, control, metric)

    def _pairs(self, metric: str) -> Iterator[Paired]:
        for panel in self._having(metric):
            for control, ours in combinations(panel.compared, 2):
                yield paired(panel.data, ours, control, metric)

    def _having(self, metric: str) -> list[Panel]:
        return [panel for panel in self.panels if metric in panel.metrics]

    def _penalty(self, metric: str) -> PenaltyMatrix:
        data = []
        for panel, names in zip(self.panels, self.names):
            if metric in panel.metrics:
                pairs = (paired(panel.data, a, b, metric) for a, b in combinations(panel.compared, 2))
                budgets = {(names[pair.ours.label], names[pair.control.label]): pair.budgets for pair in pairs}
                data.append(({names[row.label]: row.curves(metric) for row in panel.compared}, budgets))
        return penalty_matrix(data, lower_is_better(metric))

    def _rank(self, metric: str) -> Ranks | None:
        data = [
            {names[label]: mean for label, mean in ranked(panel, metric).items()}
            for panel, names in zip(self.panels, self.names)
            if metric in panel.metrics
        ]
        return rank(data, lower_is_better(metric))

    def _coverage(self, panel: Panel) -> dict[str, dict[int, Coverage]]:
        if not panel.shared:
            return {}
        found: dict[str, dict[int, Coverage]] = {}
        for row in panel.rows:
            for seed, run in row.runs.items():
                one = coverage(run, panel.shared[-1], self._annotated)
                if one is not None:
                    found.setdefault(row.label, {})[seed] = one
        return found
