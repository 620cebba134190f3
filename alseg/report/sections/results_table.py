"""The table of what every condition reached, and the words about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from alseg.report.columns import decimals, is_ranked
from alseg.report.grid import NOTHING, Cell, Grid, format_estimate
from alseg.report.sections.comparisons import better, ranges_of
from alseg.report.statistics.between import Between
from alseg.report.statistics.estimates import Estimate
from alseg.report.statistics.panels import Panel, Report


def results_grid(report: Report, panel: Panel, metric: str, budgets: Sequence[int] | None = None) -> Grid:
    """AUBC, its paired difference from the control, and mean ± half interval per budget.

    The AUBC stands before the budgets, so that it is in sight however many of those there are. Bold is what is better than its
    control after the correction, in the primary metric alone.
    """
    results = panel.results(metric)
    digits = decimals(metric)
    against = gains(report, panel, metric)
    grids = aubc_grids(panel, metric)
    header = ["Condition", "Seeds", "AUBC"]
    rows = []
    for r in results:
        label, n = r.row.label, len(r.row.runs)
        found = against.get(label)
        wins = metric == panel.primary and found is not None and better(found, metric) == label
        row = [Cell(label), Cell(str(n)), Cell(format_estimate(r.aubc, digits, n), wins)]
        if len(grids) > 1:
            row.append(Cell(ranges_of(r.row.grid(metric)) if r.aubc else NOTHING))
        if against:
            row.append(Cell(gain_text(found, digits, n), wins))
        rows.append(row)
    if len(grids) > 1:
        header.append("AUBC over")
    if against:
        header.append(gain_head(against, panel.control))
    shown = panel.budgets if budgets is None else budgets
    for budget in shown:
        header.append(str(budget))
        for row, r in zip(rows, results):
            row.append(Cell(format_estimate(r.by_budget.get(budget), digits, len(r.row.runs))))
    return Grid(tuple(header), tuple(tuple(row) for row in rows))


def gains(report: Report, panel: Panel, metric: str) -> dict[str, Between]:
    """Label of each condition to its comparison with the control."""
    return {b.ours: b for b in report.analysis.against_control(metric) if b.data == panel.data}


def gain_head(against: Mapping[str, Between], control: str) -> str:
    """Name of the compared value: ``AUBC − random``, or ``At 20 − random`` where there is one budget to compare at."""
    grids = {b.budgets for b in against.values() if b.budgets}
    if grids and all(len(grid) == 1 for grid in grids):
        return f"At {next(iter(grids))[0]} − {control}" if len(grids) == 1 else f"Value − {control}"
    return f"AUBC − {control}"


def gain_text(found: Between | None, digits: int, seeds: int) -> str:
    """The mean difference, with its simultaneous interval where it was tested."""
    return format_estimate(gain(found), digits, seeds, sign=True)


def gain(found: Between | None) -> Estimate | None:
    """Mean of the paired differences from the control; its interval is the simultaneous one, or none where nothing was tested."""
    if found is None or found.result.difference is None:
        return None
    return found.result.simultaneous or replace(found.result.difference, half=None)


def aubc_grids(panel: Panel, metric: str) -> dict[tuple[int, ...], list[str]]:
    """Budgets that an AUBC is taken over, to the conditions whose own they are."""
    found: dict[tuple[int, ...], list[str]] = {}
    for row in panel.compared:
        if row.grid(metric)[1:]:
            found.setdefault(row.grid(metric), []).append(row.label)
    return found


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


def aubc_note(report: Report, panel: Panel, metric: str) -> str:
    """Over which budgets the AUBC was taken, what its difference from the control is, and what bold and ± mean."""
    grids = aubc_grids(panel, metric)
    if not grids:
        text = "AUBC needs two budgets that most runs of a condition have; there are fewer, so it was not computed."
    elif len(grids) == 1:
        text = f"AUBC over {ranges_of(next(iter(grids)))} annotated {panel.units}."
    else:
        each = "; ".join(f"{ranges_of(grid)}: {', '.join(labels)}" for grid, labels in grids.items())
        text = f"AUBC by the budgets of each condition, not to be compared across: {each}."
    against = gains(report, panel, metric)
    tested = [b for b in against.values() if b.result.simultaneous]
    if against:
        text += (
            f" “{gain_head(against, panel.control)}” is the mean of paired differences, without the budgets at which both hold the "
            "same images (the shared cold start)"
        )
        text += (
            f"; its intervals hold at once for all {tested[0].result.family} comparisons with a control (Bonferroni)."
            if tested
            else "; fewer than three common seeds, or none of their spread, so no interval and no test."
        )
    if tested and metric == panel.primary and is_ranked(metric):
        text += " Bold is better than its control after the correction; nothing else is marked."
    counts = {e.n for r in panel.results(metric) for e in r.by_budget.values()}
    if 2 in counts:
        text += " Bands of two seeds in figures are the range of the two, no interval."
    if any(e.cut for r in panel.results(metric) for e in r.by_budget.values()):
        text += " Intervals end at 0 and 1, between which the metric lies; they cover the mean as often as whole t-intervals."
    return text + _unfit(panel, metric)


def _unfit(panel: Panel, metric: str) -> str:
    """Runs without all budgets of their condition, which are not in its AUBC."""
    found = []
    for row in panel.compared:
        grid = {*row.grid(metric)}
        found += [f"{row.label}, seed {seed}" for seed, curve in row.curves(metric).items() if not grid <= curve.keys()]
    return (
        f" Not in the AUBC, for want of a budget that the others of their condition have: {'; '.join(found)}."
        if found
        else ""
    )
