"""Controls of the page: metric, charts and filters. Names and values of the inputs are what stands in its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from alseg.report.columns import title
from alseg.report.figures.style import MANY
from alseg.report.pages.facts import budget_of
from alseg.report.read.conditions import natural
from alseg.report.statistics.panels import Panel, Report

GROUPS = {"data": "Data", "learner": "Learner", "strategy": "Strategy", "budget": "Budget"}
"""Groups that conditions can be filtered by; those of which there are several have a filter."""
OPEN = 24
"""With more values than these, filters open on a click."""


def groups(panel: Panel) -> dict[str, dict[str, str]]:
    """Learner, strategy and budget of every condition, by its label."""
    return {
        row.label: {
            "learner": row.condition.name("learner") or "none",
            "strategy": row.condition.name("strategy") or "none",
            "budget": budget_of(row.condition) or "none",
        }
        for row in panel.rows
    }


def controls(report: Report) -> str:
    """The form of the page."""
    values = _values(report.tested)
    kinds = {group: GROUPS[group] for group, names in values.items() if len(names) > 1}
    conditions = max(len(panel.rows) for panel in report.tested)
    by = "learner" if conditions > MANY and "learner" in kinds else ""
    charts = {"": "one of all", **{group: f"by {text.lower()}" for group, text in kinds.items() if group != "data"}}
    options = "".join(_option(value, text, value == by) for value, text in charts.items())
    choice = f'<label>Charts <select name="by">{options}</select></label>' if len(charts) > 1 else ""
    seeds = max(len(row.runs) for row in report.rows) > 1
    single = '<label><input type="checkbox" name="seeds"> single seeds</label>' if seeds else ""
    filters = "".join(_filter(group, text, values[group]) for group, text in kinds.items())
    if filters:
        opened = " open" if sum(map(len, values.values())) <= OPEN else ""
        filters = f'<details class="filters"{opened}><summary>Filters</summary><div>{filters}</div></details>'
    return f"""<form id="view" autocomplete="off">
<div class="bar"><label>Metric <select name="metric">{_metrics(report.tested)}</select></label>
{choice}<label><input type="checkbox" name="bands" checked> intervals</label>{single}
<button type="button" data-reset>Reset</button></div>
{filters}</form>
<p class="warn" id="nothing" hidden>The filters leave no condition.</p>"""


def _values(panels: Sequence[Panel]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {group: set() for group in GROUPS}
    for panel in panels:
        found["data"].add(panel.data)
        for of in groups(panel).values():
            for group, name in of.items():
                found[group].add(name)
    return {group: sorted(names, key=natural) for group, names in found.items()}


def _metrics(panels: Sequence[Panel]) -> str:
    """The primary metric, and below it all others: choosing among those is no test of anything."""
    titles: Mapping[str, str] = {m: title(m) for panel in panels for m in panel.metrics}
    leading = list(dict.fromkeys(panel.metrics[0] for panel in panels))
    others = [m for m in titles if m not in leading]
    first = "".join(_option(m, titles[m]) for m in leading)
    if len(leading) > 1:
        first = _option("", "the primary one of each data set") + first
    if not others:
        return first
    rest = "".join(_option(m, titles[m]) for m in others)
    return f'<optgroup label="Primary">{first}</optgroup><optgroup label="Exploratory">{rest}</optgroup>'


def _option(value: str, text: str, selected: bool = False) -> str:
    return f'<option value="{escape(value)}"{" selected" if selected else ""}>{escape(text)}</option>'


def _filter(group: str, text: str, names: Sequence[str]) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="{group}" value="{escape(name)}" checked> {escape(name)}</label>'
        for name in names
    )
    every = f'<button type="button" data-every="{group}">all / none</button>'
    return f"<fieldset><legend>{escape(text)}</legend>{boxes}{every}</fieldset>"
