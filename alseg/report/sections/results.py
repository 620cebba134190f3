"""The tables of a report as plain cells, and from those as Markdown and CSV."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from alseg.report.columns import decimals, is_ranked, lower_is_better, title
from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.read.conditions import natural
from alseg.report.sections.comparisons import comparison_grid, comparison_note
from alseg.report.sections.coverage import coverage_grid, coverage_note
from alseg.report.sections.levels import NOTE as LEVELS_NOTE
from alseg.report.sections.levels import levels_grid
from alseg.report.sections.overlap import overlap_grid, overlap_note
from alseg.report.sections.penalty import NOTE as PENALTY_NOTE
from alseg.report.sections.penalty import penalty_grid
from alseg.report.sections.thickness.table import NOTE, cimt_grid
from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.estimates import Estimate
from alseg.report.statistics.panels import CONTROL, Panel, Report


def format_estimate(e: Estimate | None, digits: int, seeds: int, sign: bool = False) -> str:
    """``0.831 ± 0.012``; the number of seeds is added where it is 1 or not all that the condition has."""
    if e is None:
        return NOTHING
    text = f"{e.mean:{'+' if sign else ''}.{digits}f}"
    if e.half is not None:
        text += f" ± {e.half:.{digits}f}"
    return text if e.n == seeds and e.n > 1 else f"{text} (n={e.n})"


def results_grid(panel: Panel, metric: str, budgets: Sequence[int] | None = None) -> Grid:
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
    if any(r.gain for r in results):
        header.insert(3, f"AUBC − {CONTROL}")
        for row, r in zip(cells, results):
            row.insert(3, Cell(format_estimate(r.gain, digits, len(r.row.runs), sign=True)))
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


def cost_grid(panel: Panel) -> Grid:
    """What annotating and querying took, means over runs."""
    header = (
        "Condition",
        f"Annotated {panel.units}",
        "Annotation cost",
        "Query (s per round)",
        "Training (s per round)",
    )
    rows = []
    for row in panel.rows:
        numbers = (
            f"{row.images:.0f}" if row.images == round(row.images) else f"{row.images:.1f}",
            _plain(row.cost),
            _plain(row.mean_of("seconds_scan", "seconds_select")),
            _plain(row.mean_of("seconds_train")),
        )
        rows.append((Cell(row.label), *(Cell(n) for n in numbers)))
    return Grid(header, tuple(rows))


def _plain(value: float) -> str:
    if math.isnan(value):
        return NOTHING
    return (
        f"{value:,.0f}"
        if abs(value) >= 100 or value == round(value)
        else f"{value:.2g}"
        if value < 1
        else f"{value:.1f}"
    )


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


def metric_tables(analysis: Analysis, panel: Panel, metric: str) -> list[tuple[str, Grid, str]]:
    """Heading, table and note of what a metric says beyond its results: comparisons, labels needed."""
    found: list[tuple[str, Grid, str]] = []
    pairs = [b for b in analysis.comparisons(metric) if b.data == panel.data]
    if pairs:
        found.append(("Pairwise comparisons", comparison_grid(pairs, metric), comparison_note(analysis, pairs, metric)))
    levels = analysis.levels(panel, metric)
    if levels:
        found.append(
            (
                f"Labels needed to reach a {title(metric)} of …",
                levels_grid(levels, panel.budgets[0], metric),
                LEVELS_NOTE,
            )
        )
    return found


def selection_tables(analysis: Analysis, panel: Panel) -> list[tuple[str, Grid, str]]:
    """Heading, table and note of what was selected, which is the same for all metrics."""
    found: list[tuple[str, Grid, str]] = []
    overlaps = analysis.overlaps(panel)
    if overlaps:
        found.append(("Overlap of what was annotated", overlap_grid(panel, overlaps[-1]), overlap_note(overlaps[-1])))
    covered = analysis.coverage(panel)
    grid = coverage_grid(panel, covered)
    if grid:
        found.append(("Coverage of what was annotated", grid, coverage_note(panel, covered)))
    return found


def overall_tables(analysis: Analysis, metric: str) -> list[tuple[str, Grid, str]]:
    """Heading, table and note of what is computed over all data sets."""
    matrix = analysis.penalty(metric)
    if not matrix.compared.any():
        return []
    return [(f"Pairwise penalty matrix, {title(metric)}", penalty_grid(matrix), PENALTY_NOTE)]


def left_out_lines(report: Report) -> list[str]:
    """One line per run that is not in the numbers."""
    lines = []
    for run in report.left_out:
        rounds = "1 round" if len(run.metrics) == 1 else f"{len(run.metrics)} rounds"
        why = f": {run.reason}" if run.reason else ""
        lines.append(f"{run.path} (seed {run.seed}), {run.status} after {rounds}{why}")
    return lines


def markdown(report: Report) -> str:
    """The tables of the primary metric, costs, selections, wall thickness where it was measured, and left-out runs."""
    analysis, parts = report.analysis, []
    for panel in report.panels:
        metric = panel.metrics[0]
        parts += [f"## {_md(panel.data)}", f"{_md(title(metric))} on the test set, mean ± half of the 95% interval."]
        parts += [_md_table(results_grid(panel, metric)), aubc_note(panel)]
        if panel.shared[1:]:
            parts += ["### AUBC with both 95% intervals", _md_table(intervals_grid(panel, metric))]
        for heading, grid, note in [*metric_tables(analysis, panel, metric), *selection_tables(analysis, panel)]:
            parts += [f"### {heading}", _md_table(grid), _md(note)]
        parts += ["### Annotation cost and time", _md_table(cost_grid(panel))]
        if panel.cimt:
            parts += ["### Carotid intima-media thickness", _md_table(cimt_grid(panel.cimt)), NOTE]
    for heading, grid, note in overall_tables(analysis, report.panels[0].metrics[0]):
        parts += [f"## {heading}", _md_table(grid), _md(note)]
    if report.notes:
        parts += ["## Notes", "\n".join(f"- {_md(line)}" for line in report.notes)]
    if report.left_out:
        lines = "\n".join(f"- {_md(line)}" for line in left_out_lines(report))
        parts += ["## Left out", "These runs are in none of the numbers above.", lines]
    return "\n\n".join(parts) + "\n"


def _md_table(grid: Grid) -> str:
    lines = [" | ".join(_md(h) for h in grid.header), " | ".join([":--", *["--:"] * (len(grid.header) - 1)])]
    lines += [" | ".join(f"**{_md(c.text)}**" if c.best else _md(c.text) for c in row) for row in grid.rows]
    return "\n".join(f"| {line} |" for line in lines)


def _md(text: str) -> str:
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\")
    for mark in "|*_`[]":
        text = text.replace(mark, "\\" + mark)
    return text


def wide_csv(report: Report) -> str:
    """One line per data set, metric and condition; a column for the mean and one for the half interval per budget."""
    lines: list[dict[str, object]] = []
    for panel in report.panels:
        for metric in panel.metrics:
            for r in panel.results(metric):
                line: dict[str, object] = {"data": panel.data, "metric": metric, "condition": r.row.label}
                line["n_seeds"] = len(r.row.runs)
                named = {str(b): r.by_budget.get(b) for b in panel.budgets}
                named |= {"aubc": r.aubc, f"aubc_minus_{CONTROL}": r.gain}
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
