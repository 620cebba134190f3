"""Learning curves for the screen: a plotly figure per data set, whose metric can be changed on the page."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio

from alseg.report.columns import decimals, title
from alseg.report.figures.drawing import axis_range
from alseg.report.figures.style import Look, readable_ticks
from alseg.report.grid import format_estimate
from alseg.report.statistics.panels import Panel, Result

CONFIG = {
    "displaylogo": False,
    "responsive": True,
    "showSendToCloud": False,
    # sendChartToCloud: newer plotly would offer to upload results to its maker
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "sendChartToCloud"],
}


def figure(panel: Panel, styles: dict[str, Look]) -> Any:
    """The primary metric: for every condition a line, and a band that comes and goes with it."""
    fig = go.Figure()
    state = states(panel)[panel.metrics[0]]
    for i, row in enumerate(panel.rows):
        look, data = styles[row.label], state["data"]
        common: dict[str, Any] = {"name": escape(row.label), "legendgroup": row.label}
        band, line = ({key: data[key][j] for key in data} for j in (2 * i, 2 * i + 1))
        fig.add_scatter(
            **common, **band, mode="lines", line_width=0, fill="toself", fillcolor=look.fill(0.16),
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
        fig.add_scatter(
            **common, **line, mode="lines+markers", hovertemplate="%{customdata}",
            line={"color": look.colour, "width": 2.2, "dash": look.dash[1]},
            marker={"symbol": look.marker[1], "size": 9},
        )  # fmt: skip
    ticks = readable_ticks(panel.budgets)
    # plotly makes room for the legend at the cost of the curves: the figure grows with the lines that it takes.
    lines = sum(60 + 7 * len(row.label) for row in panel.rows) // 900
    fig.update_layout(
        template="none", height=440 + 24 * lines, margin={"l": 64, "r": 16, "t": 16, "b": 56},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", hovermode="x unified",
        font={"family": "system-ui, sans-serif", "size": 13},
        legend={"orientation": "h", "y": -60 / 330, "yanchor": "top", "x": 0, "bgcolor": "rgba(0,0,0,0)"},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": "#9aa6b5", "activecolor": "#0072b2"},
        xaxis={"title": {"text": f"annotated {panel.units}", "standoff": 8}, "tickmode": "array", "tickvals": ticks,
               "ticktext": [str(t) for t in ticks], "ticks": "outside", "zeroline": False, "hoverformat": "d"},
        yaxis={"automargin": True, "zeroline": False},
    )  # fmt: skip
    fig.update_layout(state["layout"])
    return fig


def states(panel: Panel) -> dict[str, dict[str, Any]]:
    """For every metric what changes in the figure: arguments of ``Plotly.update``, two traces per condition."""
    return {metric: _state(panel.results(metric), metric) for metric in panel.metrics}


def _state(results: list[Result], metric: str) -> dict[str, Any]:
    x: list[list[int]] = []
    y: list[list[float]] = []
    texts: list[list[str]] = []
    for result in results:
        means = result.by_budget
        sides = [(budget, low, high) for budget, (low, high) in result.band.items()]
        x.append([b for b, _, _ in sides] + [b for b, _, _ in reversed(sides)])
        y.append([low for _, low, _ in sides] + [high for _, _, high in reversed(sides)])
        texts.append([])
        x.append(list(means))
        y.append([e.mean for e in means.values()])
        texts.append([format_estimate(e, decimals(metric), e.n) for e in means.values()])
    low, high = axis_range(results, metric)
    layout = {"yaxis.title.text": escape(title(metric)), "yaxis.range": [low, high]}
    return {"data": {"x": x, "y": y, "customdata": texts}, "layout": layout}


def to_html(fig: Any, div_id: str, first: bool) -> str:
    """The figure as a ``div``; the first one on a page brings plotly.js along, so the page needs no network."""
    return str(pio.to_html(fig, full_html=False, include_plotlyjs=first, div_id=div_id, config=CONFIG))


def script_json(value: Any) -> str:
    """JSON that may stand inside a script element whatever its strings hold."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
