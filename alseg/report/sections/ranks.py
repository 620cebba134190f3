"""Ranks over data sets: the critical-difference diagram, and what it says in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

import pandas as pd

from alseg.report.columns import Column, title
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
        blocks = []
        for metric, found in _ranks(report).items():
            figure, data = partial(ranks_figure, found, metric), partial(ranks_csv, found)
            head = "Ranks over data sets" + (f", {title(metric)}" if len(report.leading) > 1 else "")
            alt = "Mean ranks and critical difference"
            blocks.append(Block(head, note=ranks_note(found), figure=figure, alt=alt, data=data))
        return blocks

    def files(self, report: Report) -> Mapping[str, bytes]:
        diagrams = [ranks_figure(found, metric) for metric, found in _ranks(report).items()][:1]
        return {f"ranks.{kind}": image(diagram, kind) for diagram in diagrams for kind in ("png", "svg")}


SECTION = OverDataSets()


def _ranks(report: Report) -> dict[Column, Ranks]:
    found = {metric: report.analysis.ranks(metric) for metric in report.leading}
    return {metric: ranks for metric, ranks in found.items() if ranks is not None}


def ranks_csv(found: Ranks) -> str:
    """A line per condition, by mean rank, the best first."""
    return pd.DataFrame({"condition": found.labels, "mean_rank": found.means}).to_csv(index=False)


def ranks_note(found: Ranks) -> str:
    """Description of the picture."""
    p = "<0.001" if found.p < 0.001 else f"{found.p:.3f}"
    best = f"{found.labels[0]} {found.means[0]:.2f}"
    text = (
        f"Rank 1 is the best; equal values share a rank. Friedman test over {len(found.ranks)} data sets and "
        f"{len(found.labels)} conditions: p = {p}. Conditions under one bar cannot be told apart by Nemenyi's test at 5% "
        f"(critical difference {found.difference:.2f}); lowest mean rank: {best}. The mean AUBC is ranked, over the budgets that "
        "most conditions on a data set have, without the shared cold start. One name is one learner and one strategy everywhere."
    )
    if found.p >= 0.05:
        text += " The Friedman test finds no difference, so no pair should be read as different."
    if found.missing:
        text += f" Not on every data set, or with other budgets there, and so not ranked: {', '.join(found.missing)}."
    return text
