"""Label quality on the page of a run: how good the labels are as annotated and as trained with, where that is known."""

from __future__ import annotations

import math
from collections.abc import Mapping

from alseg.report.columns import Column, title
from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.pages.html_table import html_table
from alseg.report.read.read_runs import Run
from alseg.report.read.run_details import Details


def number(value: float, digits: int) -> str:
    """A cell of a table; a dash for what is not known."""
    return NOTHING if math.isnan(value) else f"{value:,.{digits}f}"


def labels(run: Run, found: Details) -> str:
    """Tables and sentences as HTML."""
    table = run.metrics
    names = [
        str(c) for c in table.columns if str(c).startswith("labels/") and not all(map(math.isnan, table[c].tolist()))
    ]
    parts = []
    if names:
        heads = [_quality(name, run) for name in names]
        rows = [
            (Cell(f"{round_:.0f}"), *(Cell(number(table[name].tolist()[i], 3)) for name in names))
            for i, round_ in enumerate(table["round"].tolist())
        ]
        caption = "Against the truth of all images labelled so far, which nothing decides by"
        parts.append(html_table(Grid(("Round", *heads), tuple(rows)), caption))
    elif len(table):
        parts.append(f"<p>{_equal(run)}</p>")
    else:
        parts.append("<p>Not known before a round is evaluated.</p>")
    if found.repairs:
        header = ("Round", "Step", "Images", "Pixels corrected", "Pixels filled", "Repairs rejected")
        lines = [(r.round, r.step, r.images, r.corrected, r.filled, r.rejected) for r in found.repairs]
        rows = [tuple(Cell(f"{value:,}") for value in line) for line in lines]
        parts.append(html_table(Grid(header, tuple(rows)), "Repairs in training"))
    refused = sum(pick.refused for query in found.queries for pick in query.picks)
    if refused:
        parts.append(f"<p>The annotator refused {refused:,} image{'' if refused == 1 else 's'}.</p>")
    return "".join(parts)


def _equal(run: Run) -> str:
    """Line on labels without a measured quality: not measured, or not logged where they equal the truth."""
    if (brought := run.decisions.brought) is not None:
        own = f"The pool began with {brought:,} label{'' if brought == 1 else 's'} of the data set; "
        return f"{own}the others are those of the annotator, and there is no truth to compare them with."
    annotators = {*run.decisions.annotators.values()}
    callbacks = run.config.get("callbacks")
    measured = isinstance(callbacks, Mapping) and callbacks.get("label_quality") is not None
    if annotators == {"truth"} and not run.decisions.refined:
        return "The annotations are the truth of the data set, and nothing was repaired."
    if measured:
        return "In every round the labels were compared with the truth of the data set, and equal it."
    return (
        "Whether the annotations equal the truth of the data set is not known: nothing compared them (label_quality)."
    )


def _quality(column: str, run: Run) -> str:
    """``labels/working_dice`` for people."""
    which, _, measure = column.removeprefix("labels/").partition("_")
    what = {"annotated": "as annotated", "working": "as trained with"}.get(which, which)
    return f"{title(Column(measure, run.decisions.described))}, {what}"
