"""Results: learning curves, the mean at every budget, and the AUBC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import pandas as pd

from alseg.report.columns import decimals, is_ranked, lower_is_better, title
from alseg.report.figures.drawing import image
from alseg.report.figures.learning_curves import learning_curves
from alseg.report.grid import NOTHING, Cell, Grid, format_estimate
from alseg.report.read.conditions import natural
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.between import Between
from alseg.report.statistics.estimates import Estimate
from alseg.report.statistics.panels import CONTROL, Panel, Report

NONE: Mapping[str, Between] = MappingProxyType({})
MOST = 5
"""So many budgets fit beside the AUBC on a terminal; the files hold all of them."""
INTERVALS = (
    "The t-interval assumes that seeds scatter normally; the percentile bootstrap (2,000 draws of seeds) assumes nothing, and "
    "is too narrow for few seeds."
)


class Results(Section):
    """What every condition reached, and the AUBC with its intervals."""

    place = 10
    about: ClassVar = {
        "curves": "mean by budget with both intervals, and the figure for print",
        "table": "a line per condition, with the AUBC; the tables of the primary metric as Markdown",
        "tables": "the same tables for LaTeX",
    }

    def of_metric(self, report: Report, panel: Panel, metric: str) -> Sequence[Block]:
        found = [_block(panel, metric, results_grid(panel, metric, gains=gains(report, panel, metric)))]
        if panel.shared[1:]:
            grid = intervals_grid(panel, metric)
            found.append(Block("AUBC with both 95% intervals", grid, aside=INTERVALS, in_latex=False))
        return found

    def in_terminal(self, report: Report, panel: Panel) -> Sequence[Block]:
        metric = panel.metrics[0]
        return [_block(panel, metric, results_grid(panel, metric, _some(panel.budgets), gains(report, panel, metric)))]

    def files(self, report: Report) -> Mapping[str, bytes]:
        figure = learning_curves(report)
        return {
            "curves.png": image(figure, "png"),
            "curves.svg": image(figure, "svg"),
            "curves.csv": long_csv(report).encode(),
            "table.csv": wide_csv(report).encode(),
        }


SECTION = Results()


def _block(panel: Panel, metric: str, grid: Grid) -> Block:
    what = "mean ± half of the 95% interval"
    caption = f"{title(metric)} on the test set by number of annotated {panel.units}, {what}"
    if is_ranked(metric):
        caption += f"; {'lower' if lower_is_better(metric) else 'higher'} is better"
    return Block(
        f"{title(metric)} by annotated {panel.units}, {what}",
        grid,
        note=aubc_note(panel),
        caption=caption,
        short=what,
        lead=f"{title(metric)} on the test set, {what}.",
        folded=False,
    )


def gains(report: Report, panel: Panel, metric: str) -> dict[str, Between]:
    """Label of each condition to its comparison with the control."""
    return {b.ours: b for b in report.analysis.against_control(metric) if b.data == panel.data}


def results_grid(
    panel: Panel, metric: str, budgets: Sequence[int] | None = None, gains: Mapping[str, Between] = NONE
) -> Grid:
    """AUBC, its paired difference from random selection, and mean ± half interval per budget.

    The AUBC stands before the budgets, so that it is in sight however many of those there are.
    """
    results = panel.results(metric)
    digits = decimals(metric)
    shown = panel.budgets if budgets is None else budgets
    columns = [[r.aubc for r in results], *([r.by_budget.get(budget) for r in results] for budget in shown)]
    header = ["Condition", "Seeds", "AUBC", *(str(budget) for budget in shown)]
    cells = [[Cell(r.row.label), Cell(str(len(r.row.runs)))] for r in results]
    for column in columns:
        best = _best(column, lower_is_better(metric)) if is_ranked(metric) else None
        for row, r, e in zip(cells, results, column):
            row.append(Cell(format_estimate(e, digits, len(r.row.runs)), e is not None and e.mean == best))
    if gains:
        header.insert(3, f"AUBC − {CONTROL}")
        for row, r in zip(cells, results):
            found = gains[r.row.label].result.difference if r.row.label in gains else None
            row.insert(3, Cell(format_estimate(found, digits, len(r.row.runs), sign=True)))
    return Grid(tuple(header), tuple(tuple(row) for row in cells))


def intervals_grid(panel: Panel, metric: str) -> Grid:
    """The AUBC with its t-interval and its percentile-bootstrap interval."""
    digits = decimals(metric)
    rows = []
    for r in panel.results(metric):
        e, ends = r.aubc, r.aubc_resampled
        texts = (
            NOTHING if e is None else f"{e.mean:.{digits}f}",
            NOTHING if e is None or e.half is None else f"[{e.low:.{digits}f}, {e.high:.{digits}f}]",
            NOTHING if ends is None else f"[{ends[0]:.{digits}f}, {ends[1]:.{digits}f}]",
        )
        rows.append((Cell(r.row.label), Cell(str(e.n if e else 0)), *(Cell(text) for text in texts)))
    return Grid(("Condition", "Seeds", "AUBC", "t-interval", "Bootstrap interval"), tuple(rows))


def _best(column: Sequence[Estimate | None], lower: bool) -> float | None:
    means = [e.mean for e in column if e is not None]
    if len(means) < 2:  # nothing to be better than
        return None
    return min(means) if lower else max(means)


def aubc_note(panel: Panel) -> str:
    """Over which budgets the AUBC was taken, in one sentence."""
    shared = panel.shared
    if len(shared) < 2:
        return "AUBC needs at least two budgets that all runs share; there are fewer, so it was not computed."
    left = len(panel.budgets) - len(shared)
    extra = f" {left} budgets that only some runs have were left out of it." if left else ""
    if left == 1:
        extra = " 1 budget that only some runs have was left out of it."
    return f"AUBC over {shared[0]}–{shared[-1]} annotated {panel.units}, the {len(shared)} budgets that all runs share.{extra}"


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
                gain = against[r.row.label].result.difference if r.row.label in against else None
                named |= {"aubc": r.aubc, f"aubc_minus_{CONTROL}": gain}
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
