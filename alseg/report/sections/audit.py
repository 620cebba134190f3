"""Audit: how well the models do on the pool, by what was drawn at random in every query, and how the picks differ from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from alseg.report.columns import decimals, title
from alseg.report.figures.audit_curves import audit_curves
from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.read.damaged import DamagedError, Unread
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.audits import KINDS, RunAudit, audit_of, estimate_text
from alseg.report.statistics.panels import Panel, Report

Found = Mapping[tuple[str, int], RunAudit]
NOTE = (
    "The last audited model of each run, which is that of the round before the last, with 95% intervals by the draw of images. "
    "“What was left” is what nobody had labelled when the model was asked; “the pool as it was” adds what was labelled since the "
    "first audit, as the last model saw it that had not been trained on it. Both go back over the last queries with at least 20 "
    "drawn. They are of this pool and its groups, not of new patients, and against what annotators answered. Picks minus drawn is "
    "below 0 where the picks are harder; new groups are those without a label until then, of the picks / of what was drawn."
)
CLASSES = "Shares of each class among the picks, and among what was drawn at random, of all queries."


class Audits(Section):
    """The last estimate of each run, the curve over its rounds, and the picks beside what was drawn."""

    place = 18
    about: ClassVar = {"audit": "estimates of the metric on the pool, per run and audited model"}

    def of_data_set(self, report: Report, panel: Panel) -> Sequence[Block]:
        found = audits(panel)
        if not found:
            return []
        blocks = [
            Block(
                "Audit on the pool",
                audit_grid(found),
                note=NOTE,
                figure=lambda: audit_curves(panel, found),
                alt="Estimated metric on the pool by number of labels",
                folded=False,
                in_latex=False,
            )
        ]
        if any(one.classes for one in found.values()):
            blocks.append(
                Block("Classes of picks and of what was drawn", classes_grid(found), note=CLASSES, in_latex=False)
            )
        return blocks

    def in_terminal(self, report: Report, panel: Panel) -> Sequence[Block]:
        found = audits(panel)
        return [Block("Audit on the pool", audit_grid(found))] if found else []

    def files(self, report: Report) -> Mapping[str, bytes]:
        text = audit_csv(report)
        return {"audit.csv": text.encode()} if text else {}

    def unread(self, report: Report) -> Sequence[Unread]:
        return [one for panel in report.panels for one in _read(panel)[1]]


SECTION = Audits()


def audits(panel: Panel) -> Found:
    """Audit of each condition and seed that has one."""
    return _read(panel)[0]


def _read(panel: Panel) -> tuple[Found, list[Unread]]:
    def read() -> tuple[Found, list[Unread]]:
        found, unread = {}, []
        for row in panel.rows:
            for seed, run in row.runs.items():
                try:
                    one = audit_of(run)
                except DamagedError as error:
                    unread.append(error.unread)
                    continue
                if one is not None:
                    found[row.label, seed] = one
        return found, unread

    return panel.once("audits", read)


def audit_grid(found: Found) -> Grid:
    """A row per run."""
    header = (
        "Condition",
        "Seed",
        "Labels",
        "Drawn",
        "What was left",
        "The pool as it was",
        "Picks minus drawn",
        "New groups",
    )
    rows = []
    for (label, seed), one in found.items():
        last, digits = one.points[-1], decimals(f"test/{one.primary}")
        apart = one.difference
        difference = (
            NOTHING
            if math.isnan(apart.value)
            else f"{apart.value:+.{digits}f} [{apart.low:+.{digits}f}, {apart.high:+.{digits}f}]"
        )
        cells = (
            label,
            str(seed),
            NOTHING if math.isnan(last.labels) else f"{last.labels:.0f}",
            str(int(one.table["drawn"].sum())),
            estimate_text(last.estimates[one.primary, "running"], digits),
            estimate_text(last.estimates[one.primary, "as_it_was_running"], digits),
            difference,
            " / ".join(NOTHING if math.isnan(share) else f"{share:.0%}" for share in one.new_groups),
        )
        rows.append(tuple(Cell(cell) for cell in cells))
    return Grid(header, tuple(rows))


def classes_grid(found: Found) -> Grid:
    """A row per run, picks and drawn of each class."""
    names = list(dict.fromkeys(name for one in found.values() for name in one.classes))
    rows = []
    for (label, seed), one in found.items():
        shares = [one.classes.get(name, (0.0, 0.0)) for name in names]
        texts = [" / ".join(NOTHING if math.isnan(side) else f"{side:.0%}" for side in pair) for pair in shares]
        rows.append((Cell(label), Cell(str(seed)), *(Cell(text) for text in texts)))
    return Grid(("Condition", "Seed", *names), tuple(rows))


def audit_csv(report: Report) -> str:
    """A line per data set, condition, seed, audited model, metric and kind of estimate; empty without any audit."""
    lines = [
        {
            "data": panel.data,
            "condition": label,
            "seed": seed,
            "model": point.model,
            "n_labelled": point.labels,
            "metric": title(f"test/{name}"),
        }
        | {"estimate_of": KINDS[kind], "drawn": value.drawn, "value": value.value, "low": value.low, "high": value.high}
        for panel in report.panels
        for (label, seed), one in audits(panel).items()
        for point in one.points
        for (name, kind), value in point.estimates.items()
    ]
    return pd.DataFrame(lines).to_csv(index=False) if lines else ""
