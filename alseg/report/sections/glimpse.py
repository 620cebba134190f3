"""Maps and picks of some runs, to look at before any table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alseg.report.read.read_runs import Run
from alseg.report.read.run_details import read_details
from alseg.report.sections.section import Block, Section, Shown
from alseg.report.statistics.panels import Panel, Report

MOST = 3
"""So many conditions are shown; the pages of the runs show all."""


class Glimpse(Section):
    """The map of the pool and the last query, of one run of each of the first conditions."""

    place = 2

    def opening(self, report: Report) -> Sequence[Block]:
        panel = report.panels[0]
        return [panel.once("glimpse", lambda: Block("What was asked for", shown=(*_pictures(panel),)))]


SECTION = Glimpse()


def _pictures(panel: Panel) -> Iterator[Shown]:
    details = [(f"{label}, seed {run.seed}", run, read_details(run)) for label, run in alike(panel)]
    for name, run, found in details:  # what is damaged is named on the page of the run
        if found.map:
            yield Shown(found.map, f"{name}: the pool as a map, its picks marked", run)
    for name, run, found in details:
        if found.queries and (last := found.queries[-1]).sheet:
            yield Shown(last.sheet.file, f"{name}: what it asked for in round {last.round}", run, wide=True)


def alike(panel: Panel) -> Iterator[tuple[str, Run]]:
    """Label and run of the first conditions, of the first seed that all of them have, where there is one."""
    rows = panel.compared[:MOST]
    common = set.intersection(*({*row.runs} for row in rows)) if rows else set()
    for row in rows:
        yield row.label, row.runs[min(common or row.runs)]
