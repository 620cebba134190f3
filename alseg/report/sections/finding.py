"""What was found, in sentences: each condition against its control in the primary metric."""

from __future__ import annotations

import math
from collections.abc import Sequence

from alseg.report.columns import decimals, is_ranked, said, title
from alseg.report.grid import counted
from alseg.report.sections.comparisons import better, difference_text, p_text
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.between import Between
from alseg.report.statistics.comparisons import LEAST
from alseg.report.statistics.designs import design
from alseg.report.statistics.panels import Panel, Report
from alseg.report.statistics.power import detectable

MOST = 4
"""So many conditions are named where several came out alike; the table of the comparisons has all of them."""


class Finding(Section):
    """Sentences of the comparisons that were to be decided, one paragraph for each data set."""

    place = 1

    def opening(self, report: Report) -> Sequence[Block]:
        found = [(panel.data, finding(report, panel)) for panel in report.tested]
        several = len(report.panels) > 1
        lines = [f"{data}: {text}" if several else text for data, text in found if text]
        return [Block("What was found", note="\n".join(lines))]


SECTION = Finding()


def finding(report: Report, panel: Panel) -> str:
    """The comparisons of a data set with its control, and what the seeds could have found; empty where nothing ranks."""
    metric = panel.primary
    if not is_ranked(metric):
        return ""
    reached = _reached(panel)
    decided = [b for b in report.analysis.against_control(metric) if b.data == panel.data]
    if not decided:
        return f"{reached} Nothing is compared: there is no condition beside {panel.control} with otherwise the same settings."
    tested = [b for b in decided if b.result.simultaneous]
    if not tested:
        seeds = max(len(b.result.seeds) for b in decided)
        seen = _named([f"{b.ours} {difference_text(b, metric)}" for b in decided if b.result.difference])
        text = (
            f"{reached} Nothing can be told of it: {counted(seeds, 'common seed')}, and a test takes {LEAST} or more."
        )
        return f"{text} Seen, by chance or not, against {panel.control}: {seen}." if seen else text
    winners = {b.ours: better(b, metric) for b in tested}
    sentences = [
        reached,
        _sentence([b for b in tested if winners[b.ours] == b.ours], "better than", metric),
        _sentence([b for b in tested if winners[b.ours] not in ("", b.ours)], "worse than", metric),
        _sentence([b for b in tested if not winners[b.ours]], "not to be told apart from", metric),
        _power(report, panel),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _reached(panel: Panel) -> str:
    """What each condition came to at the last budget that all of them have."""
    metric = panel.primary
    results = [r for r in panel.results(metric) if not r.row.reference]
    common = set.intersection(*({*r.by_budget} for r in results)) if results else set()
    if not common:
        return ""
    last = max(common)
    came = _named([f"{r.by_budget[last].mean:.{decimals(metric)}f} with {r.row.label}" for r in results])
    return f"After {last:,} annotated {panel.units} the mean {title(metric)} is {came} ({said(metric)})."


def _sentence(found: Sequence[Between], verdict: str, metric: str) -> str:
    if not found:
        return ""
    names = _named([f"{b.ours} ({difference_text(b, metric)}, p {p_text(b.result.holm_t)})" for b in found])
    value = (
        "On average over the budgets" if any(len(b.budgets) > 1 for b in found) else "At the budget that is compared"
    )
    verb = "is" if len(found) == 1 else "are"
    return f"{value}, {names} {verb} {verdict} {found[0].control}."


def _power(report: Report, panel: Panel) -> str:
    """How small a difference could have been found."""
    metric = panel.primary
    made = design(report.analysis, panel, metric)
    if made is None:
        return ""
    least = detectable(made.spread.sd, made.seeds, made.comparisons)
    if not math.isfinite(least):
        return ""
    return (
        f"With these {made.seeds} seeds a true difference of {least:.{decimals(metric) + 1}f} is found four times in five; "
        "smaller ones need more seeds."
    )


def _named(texts: Sequence[str]) -> str:
    """``a, b and c``; ``a, b, c, d and 3 more``."""
    shown = [*texts[:MOST], *([f"{len(texts) - MOST} more"] if len(texts) > MOST else [])]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
