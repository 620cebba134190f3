"""The differences that a sweep could have found at all, before anything is compared."""

from __future__ import annotations

import math
from collections.abc import Sequence

from alseg.report.columns import decimals, is_fraction, is_ranked, title
from alseg.report.grid import NOTHING, Cell, Grid, counted
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.designs import Design, design
from alseg.report.statistics.panels import Panel, Report
from alseg.report.statistics.power import CHANCE, detectable, differences, seeds_text, wilcoxon_seeds


class Power(Section):
    """Smallest detectable difference, and seeds for smaller ones."""

    place = 15

    def of_metric(self, report: Report, panel: Panel, metric: str) -> Sequence[Block]:
        found = design(report.analysis, panel, metric) if is_ranked(metric) else None
        if found is None:
            return []
        return [
            Block(
                "Differences that this design can find",
                power_grid(found, metric),
                note=power_note(found, metric),
                caption="True differences that are found, or missed, four times in five, and the seeds (n) that it takes",
                short="differences that this design can find",
                folded=False,
            )
        ]

    def in_terminal(self, report: Report, panel: Panel) -> Sequence[Block]:
        return self.of_metric(report, panel, panel.primary) if panel.metrics else []


SECTION = Power()


def power_grid(found: Design, metric: str) -> Grid:
    """Two lines, of the spread that was seen and of its upper limit: what is found, what is missed, and seeds needed."""
    steps = differences(found.spread.sd, is_fraction(metric))
    header = (
        "Spread",
        "SD",
        "Found 4/5",
        "Missed 4/5",
        *(f"n: {step:g}" for step in steps),
    )  # so as to fit 80 characters
    digits = decimals(metric) + 1
    lines = []
    for name, sd in (("as seen", found.spread.sd), ("upper limit", found.spread.upper())):
        ends = [detectable(sd, found.seeds, found.comparisons, chance) for chance in (CHANCE, 1 - CHANCE)]
        sizes = [Cell(f"{v:.{digits}f}" if math.isfinite(v) else NOTHING) for v in (sd, *ends)]
        lines.append((Cell(name), *sizes, *(Cell(seeds_text(step, sd, found.comparisons)) for step in steps)))
    return Grid(header, tuple(lines))


def power_note(found: Design, metric: str) -> str:
    """The design in words."""
    digits, n, m = decimals(metric) + 1, found.seeds, found.comparisons
    what = f"{title(metric)}, AUBC" if len(found.budgets) > 1 else title(metric)
    seen, missed = (detectable(found.spread.sd, n, m, chance) for chance in (CHANCE, 1 - CHANCE))
    family = counted(m, "comparison")
    if math.isfinite(seen):
        text = (
            f"{what}: with {n} seeds, their spread (SD of the paired differences {found.spread.sd:.{digits}f}) and {family} with "
            f"the control, a true difference of {seen:.{digits}f} is found four times in five, and one of {missed:.{digits}f} is "
            "missed four times in five."
        )
    else:
        text = f"{what}: with {n} seeds nothing is tested and no difference can be found; it takes three or more."
    text += (
        f" n: the seeds that would find a difference of so much four times in five. The spread of {n} seeds is uncertain itself: "
        f"the second line takes its upper limit ({CHANCE:.0%}, one-sided). Paired t-test at 5% after Holm's first step."
    )
    if n < (least := wilcoxon_seeds(m)):
        text += f" Wilcoxon's test takes {least} seeds to come below 5% here, so it can confirm nothing."
    return text
