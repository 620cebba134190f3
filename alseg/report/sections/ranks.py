"""Ranks over data sets: the critical-difference diagram, and what it says in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from alseg.report.figures.critical_difference import ranks_figure
from alseg.report.figures.drawing import image
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.panels import Report
from alseg.report.statistics.ranks import Ranks


class OverDataSets(Section):
    """Mean ranks, from three data sets and three conditions on."""

    place = 80
    about: ClassVar = {"ranks": "critical-difference diagram"}

    def overall(self, report: Report) -> Sequence[Block]:
        metric = report.panels[0].metrics[0]
        found = report.analysis.ranks(metric)
        if found is None:
            return []
        return [
            Block(
                "Ranks over data sets",
                note=ranks_note(found),
                figure=lambda: ranks_figure(found, metric),
                alt="Mean ranks and critical difference",
                data=lambda: ranks_csv(found),
            )
        ]

    def files(self, report: Report) -> Mapping[str, bytes]:
        metric = report.panels[0].metrics[0]
        found = report.analysis.ranks(metric)
        if found is None:
            return {}
        diagram = ranks_figure(found, metric)
        return {f"ranks.{kind}": image(diagram, kind) for kind in ("png", "svg")}


SECTION = OverDataSets()


def ranks_csv(found: Ranks) -> str:
    """A line per condition, by mean rank, the best first."""
    return pd.DataFrame({"condition": found.labels, "mean_rank": found.means}).to_csv(index=False)


def ranks_note(found: Ranks) -> str:
    """What the picture says, in words."""
    p = "<0.001" if found.p < 0.001 else f"{found.p:.3f}"
    best = f"{found.labels[0]} {found.means[0]:.2f}"
    text = (
        f"Rank 1 is the best; equal values share a rank. Friedman test over {len(found.ranks)} data sets and "
        f"{len(found.labels)} conditions: p = {p}. Conditions under one bar do not differ by Nemenyi's test at 5% (critical "
        f"difference {found.difference:.2f}); best: {best}."
    )
    if found.p >= 0.05:
        text += " The Friedman test finds no difference at all, so no pair should be read as different."
    if found.missing:
        text += f" Not on every data set, and so not ranked: {', '.join(found.missing)}."
    return text
