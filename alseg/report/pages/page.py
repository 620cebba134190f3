"""One HTML page that holds everything, plotly.js included: it opens from a mail or an archive, with no network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from importlib.resources import files as assets
from urllib.parse import quote

from matplotlib.figure import Figure

from alseg.report.columns import is_ranked, lower_is_better, title
from alseg.report.figures.cost_curves import NOTE as COSTS
from alseg.report.figures.cost_curves import cost_curves
from alseg.report.figures.critical_difference import ranks_figure, ranks_note
from alseg.report.figures.interactive import figure, script_json, states, to_html
from alseg.report.figures.learning_curves import image
from alseg.report.figures.style import Look, looks
from alseg.report.grid import Grid
from alseg.report.pages.document import document
from alseg.report.pages.facts import facts
from alseg.report.pages.files_written import described
from alseg.report.pages.html_table import html_table
from alseg.report.pages.run_list import listed, runs_grid
from alseg.report.sections.results import (
    aubc_note,
    cost_grid,
    intervals_grid,
    left_out_lines,
    metric_tables,
    overall_tables,
    results_grid,
    selection_tables,
)
from alseg.report.sections.thickness.bland_altman import MOST, bland_altman
from alseg.report.sections.thickness.table import NOTE, cimt_grid
from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.panels import CONTROL, Panel, Report

HOW_TO_READ = f"""
Each point is the mean over the seeds of one condition, and the band (in tables: the number after ±) is the two-sided
95% t-interval of that mean; a single seed has no interval and is marked n=1, and for two seeds the figures draw their
range instead. Runs with equal seeds share their split and, under the same cold start, their initial images, so
conditions are compared seed by seed: “AUBC − {CONTROL}” is the mean of those paired differences from {CONTROL}
selection under otherwise equal settings, with its own interval, and can be much tighter than the overlap of two bands
suggests. AUBC is the area under the budget curve over the budgets that all runs share, divided by their width, so it
reads on the scale of the metric; where lower is better, so is a negative difference. Bold marks the best mean of a
column and claims no significance: that is what the pairwise comparisons are for.
"""
INTERVALS = (
    "The t-interval assumes that seeds scatter normally; the percentile bootstrap (2,000 draws of seeds) assumes nothing, and "
    "is too narrow for few seeds."
)


def html(report: Report, files: Sequence[str] = (), runs: bool = False) -> str:
    """The whole page.

    Args:
        report: what it shows.
        files: names of the files that lie beside it.
        runs: whether there are pages of the runs to lead to.
    """
    styles = looks(row.label for panel in report.panels for row in panel.rows)
    ids = [f"curves-{i}" for i in range(len(report.panels))]
    analysis = report.analysis
    sections = [_panel(p, id_, styles, analysis, first=i == 0) for i, (p, id_) in enumerate(zip(report.panels, ids))]
    data = ", ".join(p.data for p in report.panels)
    name = f"Active learning on {data}" if len(data) <= 60 else "Active learning report"
    state = script_json({id_: states(panel) for id_, panel in zip(ids, report.panels)})
    notes = "".join(f'<p class="note">{escape(line)}</p>\n' for line in report.notes)
    body = f"""<p class="muted">{escape(summary(report))}</p>
{notes}{"".join(sections)}
{_overall(report)}
{_runs(report, runs)}
{_left_out(report)}
{_files(files)}
<section><h2>How to read this</h2><p>{HOW_TO_READ}</p></section>
</main>
<script type="application/json" id="states">{state}</script>
<script>{_asset("page.js")}{_asset("sort.js")}</script>
"""
    return document(name, _asset("page.css"), body)


def summary(report: Report) -> str:
    """How many runs, conditions and data sets the report is about."""
    runs = sum(p.n_runs for p in report.panels)
    conditions = len({row.label for p in report.panels for row in p.rows})
    parts = [_count(runs, "finished run"), _count(conditions, "condition"), _count(len(report.panels), "data set")]
    if report.left_out:
        parts.append(f"{_count(len(report.left_out), 'run')} left out, named below")
    return " · ".join(parts)


def _panel(panel: Panel, id_: str, styles: dict[str, Look], analysis: Analysis, first: bool) -> str:
    options = "".join(f'<option value="{escape(m)}">{escape(title(m))}</option>' for m in panel.metrics)
    about = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in facts(panel))
    tables = "".join(_results(panel, metric, id_, analysis, hidden=i > 0) for i, metric in enumerate(panel.metrics))
    return f"""
<section>
<h2>{escape(panel.data)}</h2>
<dl class="facts">{about}</dl>
<div class="bar"><label for="{id_}-metric">Metric</label>
<select id="{id_}-metric" data-panel="{id_}" autocomplete="off">{options}</select>
<label><input type="checkbox" data-bands="{id_}" checked autocomplete="off"> intervals</label>
<button type="button" data-curves="{id_}" data-show="all">all curves</button>
<button type="button" data-curves="{id_}" data-show="none">none</button>
<span class="muted">click a legend entry to hide a condition, twice to see it alone</span></div>
{to_html(figure(panel, styles), id_, first)}
{tables}
<h3>Annotation cost and time</h3>
{html_table(cost_grid(panel), "Means over runs. A query is the pass over the pool plus the selection.")}
{"".join(_fold(*table) for table in selection_tables(analysis, panel))}
{_cimt(panel)}
</section>"""


def _cimt(panel: Panel) -> str:
    found = panel.cimt
    if not found:
        return ""
    some = f" The picture shows the first {MOST} of {len(found)} conditions." if len(found) > MOST else ""
    return f"""
<h3>Carotid intima-media thickness</h3>
{_picture(bland_altman(found), "Bland-Altman plots of the wall thickness")}
{html_table(cimt_grid(found), "Agreement of the predicted with the reference thickness of the test images")}
<p class="note">{escape(NOTE + some)}</p>"""


def _results(panel: Panel, metric: str, id_: str, analysis: Analysis, hidden: bool) -> str:
    caption = f"{title(metric)} on the test set by number of annotated {panel.units}, mean ± half of the 95% interval"
    if is_ranked(metric):
        caption += f"; {'lower' if lower_is_better(metric) else 'higher'} is better"
    parts = [html_table(results_grid(panel, metric), caption), f'<p class="note">{escape(aubc_note(panel))}</p>']
    if panel.shared[1:]:
        parts.append(_fold("AUBC with both 95% intervals", intervals_grid(panel, metric), INTERVALS))
    parts += [_fold(*table) for table in metric_tables(analysis, panel, metric)]
    return f'<div data-panel="{id_}" data-metric="{escape(metric)}"{" hidden" if hidden else ""}>{"".join(parts)}</div>'


def _overall(report: Report) -> str:
    """What is computed over all data sets, for the primary metric of the first."""
    metric = report.panels[0].metrics[0]
    parts = []
    costs = cost_curves(report)
    if costs is not None:
        parts.append(f"<h3>Cost curves</h3>{_picture(costs, 'Metric against cost')}<p class='note'>{escape(COSTS)}</p>")
    ranks = report.analysis.ranks(metric)
    if ranks is not None:
        parts.append(
            "<h3>Ranks over data sets</h3>"
            f"{_picture(ranks_figure(ranks, metric), 'Mean ranks and critical difference')}"
            f'<p class="note">{escape(ranks_note(ranks))}</p>'
        )
    parts += [_fold(*table) for table in overall_tables(report.analysis, metric)]
    many = _count(len(report.panels), "data set")
    return (
        f"<section><h2>Over {'all ' if len(report.panels) > 1 else ''}{many}</h2>{''.join(parts)}</section>"
        if parts
        else ""
    )


def _picture(figure: Figure, what: str) -> str:
    source = b64encode(image(figure, "svg")).decode()
    return f'<img class="figure" alt="{escape(what)}" src="data:image/svg+xml;base64,{source}">'


def _fold(heading: str, grid: Grid, note: str) -> str:
    """A table that opens on a click, its note below."""
    return (
        f"<details><summary>{escape(heading)}</summary>{html_table(grid, heading, shown=False)}"
        f'<p class="note">{escape(note)}</p></details>'
    )


def _runs(report: Report, linked: bool) -> str:
    runs = listed(report)
    note = (
        "The page of a run shows what each query chose and why, its map, label quality and worst cases."
        if linked
        else ""
    )
    table = _fold(f"All {_count(len(runs), 'run')}", runs_grid(runs, linked), note)
    return f"<section><h2>Runs</h2>{table}</section>"


def _files(names: Sequence[str]) -> str:
    items = []
    for what, those in described(names):
        links = ", ".join(f'<a href="{quote(name)}">{escape(name)}</a>' for name in those)
        items.append(f"<li>{links}: {escape(what)}</li>")
    return f"<section><h2>Files</h2><ul class='files'>{''.join(items)}</ul></section>" if items else ""


def _left_out(report: Report) -> str:
    if not report.left_out:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in left_out_lines(report))
    return f"""
<section class="warn"><h2>Left out</h2>
<p>These runs failed or are not finished. None of the numbers above comes from them.</p><ul>{items}</ul></section>"""


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _asset(name: str) -> str:
    return assets("alseg.report.pages").joinpath(name).read_text(encoding="utf-8")
