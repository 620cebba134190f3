"""Comparisons of a metric with the control, and of every pair, as tables and as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from alseg.report.columns import decimals, is_ranked, lower_is_better, title
from alseg.report.grid import NOTHING, Cell, Grid, counted, ranges
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.between import Between
from alseg.report.statistics.comparisons import ALPHA, FEW, LEAST
from alseg.report.statistics.estimates import Estimate
from alseg.report.statistics.panels import Panel, Report

MOST = 60
"""So many lines are shown where people read; comparisons.csv holds all of them."""
NAMED = 5
"""So many runs that were left out are named there."""
APART = "cannot be told apart"
HEADER = (
    "Comparison",
    "Seeds",
    "Difference",
    "Effect (SD)",
    "p",
    "p (Holm)",
    "Wilcoxon p",
    "Wilcoxon p (Holm)",
    "Better",
)


class Comparisons(Section):
    """Every condition against its control, and below it every pair."""

    place = 20
    about: ClassVar = {"comparisons": "every condition against its control, and every pair, for every metric"}

    def of_metric(self, report: Report, panel: Panel, metric: str) -> Sequence[Block]:
        if not is_ranked(metric):
            return []
        decided, pairs = (
            [b for b in family if b.data == panel.data]
            for family in (report.analysis.against_control(metric), report.analysis.comparisons(metric))
        )
        aside = "" if metric == panel.primary else " (exploratory)"
        found = []
        if decided:
            note = control_note(report.analysis, panel, metric)
            head = f"Against {panel.control}{aside}"
            caption = f"{title(metric)} of each condition minus that of its control"
            grid = comparison_grid(decided, metric)
            found.append(Block(head, grid, note=note, caption=caption, short=head, folded=False))
        if len(pairs) > len(decided) or (pairs and not decided):
            note = pairs_note(report.analysis, pairs, metric)
            shown = [b for b in pairs if not b.reason]
            if shown:
                head = "All pairs (exploratory)"
                found.append(Block(head, comparison_grid(shown, metric), note=note, short=head, in_latex=False))
        return found

    def files(self, report: Report) -> Mapping[str, bytes]:
        return {"comparisons.csv": comparisons_csv(report.analysis).encode()}


SECTION = Comparisons()


def comparison_grid(found: Sequence[Between], metric: str) -> Grid:
    """The comparisons of one data set, those with the smallest p first; refused ones last."""
    ordered = sorted(found, key=lambda b: math.inf if math.isnan(b.result.p_t) else b.result.p_t)[:MOST]
    several = len({b.budgets for b in found}) > 1
    return Grid(HEADER, tuple(_line(b, metric, several) for b in ordered))


def control_note(analysis: Analysis, panel: Panel, metric: str) -> str:
    """Description of the comparisons with the control, and of conditions and runs that are in none."""
    family = analysis.against_control(metric)
    here = [b for b in family if b.data == panel.data]
    text = _how(here, family)
    lone = [row.label for row in panel.compared if row.label not in {b.ours for b in here}]
    lone = [label for label in lone if label not in {b.control for b in here}]
    if lone:
        text += f" Without a control ({panel.control} and otherwise the same settings): {', '.join(lone)}."
    references = [row.label for row in panel.rows if row.reference]
    if references:
        text += f" References, in no comparison: {', '.join(references)}."
    if metric != panel.primary:
        text += f" Exploratory: {title(panel.primary)} is the primary metric, and looking at many finds something by chance."
    return text


def pairs_note(analysis: Analysis, found: Sequence[Between], metric: str) -> str:
    """Description of the table of all pairs."""
    text = "To look for what to ask next: what was to be decided stands in the comparisons with the control. "
    text += _how([b for b in found if not b.reason], analysis.comparisons(metric))
    apart = sum(bool(b.reason) for b in found)
    if apart:
        text += f" {counted(apart, 'pair')} with no budget to be compared at {'is' if apart == 1 else 'are'} not shown."
    if len(found) - apart > MOST:
        text += f" The {MOST} with the smallest p of {len(found) - apart} are shown; comparisons.csv holds all of them."
    return text


def _how(found: Sequence[Between], family: Sequence[Between]) -> str:
    made = max((b.result.family for b in family), default=0)
    text = f"{_what(found)} of the first minus that of the second, seed by seed: mean difference"
    if made:
        text += (
            f" ± half of its interval (those of all {made} comparisons hold at once with 95%, by Bonferroni), its size in standard "
            "deviations over seeds (Hedges; 1: as much as it changes from seed to seed), two-sided paired t-test and Wilcoxon "
            f"signed-rank test. Holm's correction is over all {counted(made, 'such comparison')} of this metric in this report; "
            f"“better” is named where the t-test is below {ALPHA:g} after it. “{APART}” does not say that two are equal."
        )
    else:
        text += f"; no test, for none has {LEAST} common seeds."
    seeds = [len(b.result.seeds) for b in found if not b.result.refused]
    if seeds and min(seeds) < FEW:
        text += (
            f" With fewer than {FEW} seeds only very large differences can be seen, and the test leans on normality."
        )
    if seeds and min(seeds) <= FEW:
        text += f" With {min(seeds)} seeds the Wilcoxon test cannot come out below {2 / 2 ** min(seeds):.2g}."
    if any(b.result.restricted and not b.result.refused for b in found):
        text += " Where one side has seeds that the other lacks, the common ones are compared."
    return text + _left_out(found)


def _what(found: Sequence[Between]) -> str:
    grids = {b.budgets for b in found if b.budgets}
    what = "AUBC" if not grids or any(len(grid) > 1 for grid in grids) else "The value"
    if len(grids) == 1:
        (grid,) = grids
        return f"{what} over {ranges_of(grid)} labels" if len(grid) > 1 else f"{what} at {grid[0]} labels"
    return f"{what} over the budgets that both have, less those at which both hold the same images,"


def ranges_of(grid: Sequence[int]) -> str:
    """``20–50 (4 budgets)``."""
    return f"{grid[0]}–{grid[-1]} ({len(grid)} budgets)" if len(grid) > 2 else " and ".join(map(str, grid))


def _left_out(found: Sequence[Between]) -> str:
    runs = list(dict.fromkeys(one for b in found for one in b.left_out))
    if not runs:
        return ""
    named = "; ".join(f"{one.label}, seed {one.seed}: {one.reason}" for one in runs[:NAMED])
    more = f"; and {len(runs) - NAMED} more (comparisons.csv)" if len(runs) > NAMED else ""
    return f" Left out, for they do not fit the others of their condition: {named}{more}."


def comparisons_csv(analysis: Analysis) -> str:
    """A line per family, metric, data set and pair; positive differences mean that the value of ``ours`` is larger."""
    primary = {panel.data: panel.primary for panel in analysis.panels if panel.metrics}
    lines = []
    for metric in analysis.metrics:
        for family, found in (
            ("control", analysis.against_control(metric)),
            ("all pairs", analysis.comparisons(metric)),
        ):
            for b in found:
                leads = metric == primary[b.data] and family == "control"
                start = {"family": family, "metric": metric, "data": b.data, "ours": b.ours, "control": b.control}
                lines.append(start | {"role": "primary" if leads else "exploratory"} | _numbers(b, metric))
    first = ["family", "metric", "data", "ours", "control"]
    return pd.DataFrame(lines, columns=None if lines else first).to_csv(index=False)


def _numbers(b: Between, metric: str) -> dict[str, object]:
    c, e, s = b.result, b.result.difference, b.result.simultaneous
    return {
        "budgets": " ".join(map(str, b.budgets)),
        "n_seeds": len(c.seeds),
        "seeds": " ".join(map(str, c.seeds)),
        "n_ours": c.n_ours,
        "n_control": c.n_control,
        "difference": e.mean if e else None,
        "low": e.low if e and s else None,
        "high": e.high if e and s else None,
        "low_simultaneous": s.low if s else None,
        "high_simultaneous": s.high if s else None,
        "effect_sd": c.effect,
        "p_t": c.p_t,
        "p_t_holm": c.holm_t,
        "p_wilcoxon": c.p_wilcoxon,
        "p_wilcoxon_holm": c.holm_wilcoxon,
        "family_size": c.family,
        "better": better(b, metric),
        "note": b.reason or c.refused or ("restricted to common seeds" if c.restricted else ""),
        "left_out": "; ".join(f"{one.label} seed {one.seed}: {one.reason}" for one in b.left_out),
    }


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
    name = f"{b.ours} − {b.control}" + (f", {ranges(b.budgets)} labels" if several and b.budgets else "")
    effect = NOTHING if c.effect is None else f"{c.effect:+.2f}"
    numbers = (c.p_t, c.holm_t, c.p_wilcoxon, c.holm_wilcoxon)
    winner = better(b, metric)
    verdict = winner or (f"no test: {b.reason or c.refused}" if b.reason or c.refused else APART)
    cells = [Cell(seeds_text(b)), Cell(difference_text(b, metric)), Cell(effect), *(Cell(p_text(p)) for p in numbers)]
    return (Cell(name), *cells, Cell(verdict, bool(winner)))


def difference_text(b: Between, metric: str) -> str:
    """``+0.0115 ± 0.0071`` with the interval that holds for all of the family at once; without it where nothing was tested."""
    e: Estimate | None = b.result.simultaneous or b.result.difference
    if e is None:
        return NOTHING
    digits = decimals(metric) + 1
    return f"{e.mean:+.{digits}f}" + (f" ± {e.half:.{digits}f}" if b.result.simultaneous and e.half is not None else "")
