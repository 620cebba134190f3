"""Pairwise comparisons of a metric, as a table and as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from alseg.report.columns import decimals, is_ranked, lower_is_better
from alseg.report.grid import NOTHING, Cell, Grid, ranges
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.between import Between
from alseg.report.statistics.comparisons import ALPHA
from alseg.report.statistics.estimates import Estimate
from alseg.report.statistics.panels import Panel, Report

MOST = 60
"""So many lines are shown where people read; comparisons.csv holds all of them."""
HEADER = ("Comparison", "Seeds", "Difference", "p", "p (Holm)", "Wilcoxon p", "Wilcoxon p (Holm)", "Better")


class Comparisons(Section):
    """Every pair of conditions."""

    place = 20
    about: ClassVar = {"comparisons": "every pair of conditions, on every data set, for every metric"}

    def of_metric(self, report: Report, panel: Panel, metric: str) -> Sequence[Block]:
        pairs = [b for b in report.analysis.comparisons(metric) if b.data == panel.data]
        if not pairs:
            return []
        note = comparison_note(report.analysis, pairs, metric)
        return [Block("Pairwise comparisons", comparison_grid(pairs, metric), note=note, short="comparisons")]

    def files(self, report: Report) -> Mapping[str, bytes]:
        return {"comparisons.csv": comparisons_csv(report.analysis).encode()}


SECTION = Comparisons()


def comparison_grid(found: Sequence[Between], metric: str) -> Grid:
    """The comparisons of one data set, those with the smallest p first; refused ones last."""
    ordered = sorted(found, key=lambda b: math.inf if math.isnan(b.result.p_t) else b.result.p_t)[:MOST]
    several = len({b.budgets for b in found}) > 1
    return Grid(HEADER, tuple(_line(b, metric, several) for b in ordered))


def comparison_note(analysis: Analysis, found: Sequence[Between], metric: str) -> str:
    """What was compared with what, how, and what is not shown."""
    everything = [b.result for b in analysis.comparisons(metric)]
    made = sum(c.difference is not None for c in everything)
    grids = {b.budgets for b in found}
    what = f"{'AUBC' if any(len(grid) > 1 for grid in grids) else 'The value'} of the first minus that of the second, seed by seed"
    if len(grids) > 1:
        what += ", over the budgets that both have"
    elif grids and len(next(iter(grids))) == 1:
        what += f", at {next(iter(grids))[0]} labels"
    text = (
        f"{what}: mean difference ± half of its 95% t-interval, two-sided paired t-test and Wilcoxon signed-rank test. "
        f"Holm's correction is over all {made} comparisons of this metric in this report; “better” is named "
        f"where the t-test is below {ALPHA:g} after it."
    )
    n = min((len(c.seeds) for c in everything if c.difference is not None), default=0)
    if 2 <= n <= 5:
        text += f" With {n} seeds the Wilcoxon test cannot come out below {2 / 2**n:.2g}."
    restricted = [b.result for b in found if b.result.restricted and b.result.difference is not None]
    refused = sum(b.result.difference is None for b in found)
    if restricted:
        text += f" {_these(len(restricted))} restricted to common seeds, since one side has seeds that the other lacks."
    if refused:
        text += f" {_these(refused)} refused, for fewer than two common seeds."
    if len(found) > MOST:
        text += f" The {MOST} with the smallest p of {len(found)} are shown; comparisons.csv holds all of them."
    return text


def comparisons_csv(analysis: Analysis) -> str:
    """A line per metric, data set and pair; positive differences mean that the value of ``ours`` is larger."""
    lines = []
    for metric in analysis.metrics:
        for b in analysis.comparisons(metric):
            c, e = b.result, b.result.difference
            line = {"metric": metric, "data": b.data, "ours": b.ours, "control": b.control}
            numbers = {
                "budgets": " ".join(map(str, b.budgets)),
                "n_seeds": len(c.seeds),
                "seeds": " ".join(map(str, c.seeds)),
                "n_ours": c.n_ours,
                "n_control": c.n_control,
                "difference": e.mean if e else None,
                "low": e.low if e else None,
                "high": e.high if e else None,
                "p_t": c.p_t,
                "p_t_holm": c.holm_t,
                "p_wilcoxon": c.p_wilcoxon,
                "p_wilcoxon_holm": c.holm_wilcoxon,
                "better": better(b, metric),
                "note": "refused" if e is None else "restricted to common seeds" if c.restricted else "",
            }
            lines.append(line | numbers)
    first = ["metric", "data", "ours", "control"]
    return pd.DataFrame(lines, columns=None if lines else first).to_csv(index=False)


def better(b: Between, metric: str) -> str:
    """The label of the condition that is significantly better; empty for none, or where a metric ranks nobody."""
    e = b.result.difference
    if e is None or not b.result.significant or not is_ranked(metric):
        return ""
    return b.ours if (e.mean > 0) != lower_is_better(metric) else b.control


def p_text(p: float) -> str:
    """``0.031``, ``<0.001``, ``–``."""
    return NOTHING if math.isnan(p) else "<0.001" if p < 0.001 else f"{p:.3f}"


def seeds_text(b: Between) -> str:
    """``5``; where the two sides differ, ``4 common of 5 and 4``."""
    c = b.result
    return f"{len(c.seeds)} common of {c.n_ours} and {c.n_control}" if c.restricted else str(len(c.seeds))


def _line(b: Between, metric: str, several: bool) -> tuple[Cell, ...]:
    c = b.result
    name = f"{b.ours} − {b.control}" + (f", {ranges(b.budgets)} labels" if several else "")
    difference = "refused" if c.difference is None else _signed(c.difference, decimals(metric) + 1)
    numbers = (c.p_t, c.holm_t, c.p_wilcoxon, c.holm_wilcoxon)
    winner = better(b, metric)
    cells = [Cell(seeds_text(b)), Cell(difference), *(Cell(p_text(p)) for p in numbers)]
    return (Cell(name), *cells, Cell(winner or NOTHING, bool(winner)))


def _signed(e: Estimate, digits: int) -> str:
    return f"{e.mean:+.{digits}f}" + ("" if e.half is None else f" ± {e.half:.{digits}f}")


def _these(n: int) -> str:
    return "1 comparison is" if n == 1 else f"{n} comparisons are"
