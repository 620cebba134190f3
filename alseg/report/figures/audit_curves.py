"""Estimates of audits over the labels of a run, with the test set's values where there are any."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.figure import Figure

from alseg.report.columns import title
from alseg.report.figures.drawing import RC, line_style, plain
from alseg.report.figures.style import looks
from alseg.report.statistics.audits import RunAudit
from alseg.report.statistics.panels import Panel

MOST = 4
"""Runs that are drawn with their intervals; of more the first."""


def audit_curves(panel: Panel, found: Mapping[tuple[str, int], RunAudit]) -> Figure:
    """The pool as it was, with its interval, by labels; dashed the test set, where there is one."""
    styles = looks(panel.rows)
    rows = {row.label: row for row in panel.rows}
    with mpl.rc_context(RC):
        figure = Figure(figsize=(6.2, 3.8), layout="constrained")
        ax = figure.subplots()
        for place, ((label, seed), one) in enumerate(list(found.items())[:MOST]):
            points = [point for point in one.points if point.labels == point.labels]
            estimates = [point.estimates[one.primary, "as_it_was_running"] for point in points]
            at = [point.labels + 0.4 * place for point in points]  # side by side, so that intervals can be told apart
            style = line_style(styles[label])
            ax.plot(at, [e.value for e in estimates], label=plain(f"{label}, seed {seed}"), **style)
            ax.vlines(at, [e.low for e in estimates], [e.high for e in estimates], color=style["color"], alpha=0.4)
            tested = rows[label].curves(f"test/{one.primary}").get(seed, {})
            ax.plot(list(tested), list(tested.values()), color=style["color"], linestyle=":", linewidth=1.2)
        ax.set_xlabel(f"annotated {panel.units}")
        ax.set_ylabel(plain(title(f"test/{next(iter(found.values())).primary}")))
        ax.set_title("The pool as it was, by the audits; dotted: the test set", fontsize=9, loc="left")
        ax.legend(frameon=False, fontsize=8)
    return figure
