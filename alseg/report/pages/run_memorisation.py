"""Memorisation on the page of a run: what the model has learnt of right and wrong labels in the course of each training."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from alseg.report.figures.line_chart import line_chart
from alseg.report.read.memorisation import Course

SHOWN = 4
"""Trainings that are shown at once, the last ones; the others on a click."""
CHARTS = (
    ("prediction_dice", "working_dice", "Dice of predictions on labelled images; dashed: of the labels trained with"),
    ("memorised", "corrected", "Wrongly annotated pixels predicted as annotated; dashed: as they truly are"),
)
NOTE = (
    "Against the truth behind the simulated annotations, by step; no training, repair or query sees it. "
    "Repair helps where the predictions lie above the labels, before what is wrong is learnt by heart."
)


def memorisation(courses: Sequence[Course]) -> str:
    """Charts as HTML, two for each training; nothing where none was measured."""
    parts = [_charts(course) for course in courses]
    if not parts:
        return ""
    older, last = parts[:-SHOWN], parts[-SHOWN:]
    text = f'<h3>In the course of training</h3><div class="charts">{"".join(last)}</div><p class="note">{NOTE}</p>'
    if older:
        text += f'<details><summary>Earlier rounds</summary><div class="charts">{"".join(older)}</div></details>'
    return text


def _charts(course: Course) -> str:
    found = []
    for first, second, what in CHARTS:
        if course.values[first]:
            chart = line_chart(f"{what}, round {course.round}", course.values[first], course.values[second], 2)
            found.append(f"<figure><figcaption>Round {course.round}: {escape(what)}</figcaption>{chart}</figure>")
    return "".join(found)
