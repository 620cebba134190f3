"""Results: learning curves, the mean at every budget, and the AUBC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from alseg.report.columns import is_ranked, said, title
from alseg.report.figures.drawing import image
from alseg.report.figures.learning_curves import learning_curves
from alseg.report.grid import Grid
from alseg.report.read.conditions import natural
from alseg.report.sections.cost import cost_grid
from alseg.report.sections.results_table import aubc_grids, aubc_note, gain, gains, intervals_grid, results_grid
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.panels import Panel, Report

MOST = 5
"""So many budgets fit beside the AUBC on a terminal; the files hold all of them."""
INTERVALS = (
    "The t-interval assumes that seeds scatter normally; the percentile bootstrap (2,000 draws of seeds) assumes nothing, and "
    "is too narrow for few seeds."
)


class Results(Section):
    """Means of every condition by budget, and the AUBC with its intervals."""

    place = 10
    about: ClassVar = {
        "curves": "mean by budget with both intervals, and the figure for print",
        "table": "a line per condition, with the AUBC; the tables of the primary metric as Markdown",
        "tables": "the same tables for LaTeX",
    }

    def of_metric(self, report: Report, panel: Panel, metric: str) -> Sequence[Block]:
        found = [_block(report, panel, metric, results_grid(report, panel, metric))]
        if aubc_grids(panel, metric):
            grid = intervals_grid(panel, metric)
            found.append(Block("AUBC with both 95% intervals", grid, aside=INTERVALS, in_latex=False))
        return found

    def in_terminal(self, report: Report, panel: Panel) -> Sequence[Block]:
        if not panel.metrics:
            return [Block("Labels and cost; there is no test set", cost_grid(panel))]
        return [_block(report, panel, panel.primary, results_grid(report, panel, panel.primary, _some(panel.budgets)))]

    def files(self, report: Report) -> Mapping[str, bytes]:
        figure = learning_curves(report)
        if figure is None:
            return {}
        return {
            "curves.png": image(figure, "png"),
            "curves.svg": image(figure, "svg"),
            "curves.csv": long_csv(report).encode(),
            "table.csv": wide_csv(report).encode(),
        }


SECTION = Results()


def _block(report: Report, panel: Panel, metric: str, grid: Grid) -> Block:
    what = "mean ± half of the 95% interval"
    caption = f"{title(metric)} on the test set by number of annotated {panel.units}, {what}"
    if is_ranked(metric):
        caption += f"; {said(metric)}"
    return Block(
        f"{title(metric)} by annotated {panel.units}, {what}",
        grid,
        note=aubc_note(report, panel, metric),
        caption=caption,
        short=what,
        lead=f"{title(metric)} on the test set, {what}.",
        folded=False,
    )


def _some(budgets: Sequence[int]) -> list[int]:
    if len(budgets) <= MOST:
        return list(budgets)
    places = {round(i * (len(budgets) - 1) / (MOST - 1)) for i in range(MOST)}
    return [budgets[i] for i in sorted(places)]


def wide_csv(report: Report) -> str:
    """One line per data set, metric and condition; a column for the mean and one for the half interval per budget."""
    lines: list[dict[str, object]] = []
    for panel in report.panels:
        for metric in panel.metrics:
            against = gains(report, panel, metric)
            for r in panel.results(metric):
                line: dict[str, object] = {"data": panel.data, "metric": metric, "condition": r.row.label}
                line["n_seeds"] = len(r.row.runs)
                named = {str(b): r.by_budget.get(b) for b in panel.budgets}
                named |= {"aubc": r.aubc, f"minus_{panel.control}": gain(against.get(r.row.label))}
                for name, e in named.items():
                    line |= {name: e.mean if e else None, f"{name}_half": e.half if e else None}
                line["aubc_boot_low"], line["aubc_boot_high"] = r.aubc_resampled or (None, None)
                lines.append(line)
    table = pd.DataFrame(lines)
    fixed = ["data", "metric", "condition", "n_seeds"]
    rest = sorted((str(c) for c in table.columns if c not in fixed), key=lambda c: (c[0].isalpha(), natural(c)))
    return table[fixed + rest].to_csv(index=False)


def long_csv(report: Report) -> str:
    """One line per data set, metric, condition and budget."""
    lines = []
    for panel in report.panels:
        for metric in panel.metrics:
            for r in panel.results(metric):
                start = (panel.data, r.row.label, r.row.condition.name("strategy"), metric)
                for b, e in r.by_budget.items():
                    lines.append((*start, b, e.n, e.mean, e.half, e.low, e.high, *r.resampled.get(b, (None, None))))
    header = ["data", "condition", "strategy", "metric", "n_labelled", "n_seeds", "mean", "half", "low", "high"]
    header += ["boot_low", "boot_high"]
    return pd.DataFrame(lines, columns=header).to_csv(index=False)
