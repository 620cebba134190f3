"""One HTML page that holds everything, plotly.js included: it opens from a mail or an archive, with no network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from matplotlib.figure import Figure

from alseg.report.figures.drawing import image
from alseg.report.figures.interactive import curves, plotly_js, script_json
from alseg.report.figures.style import looks
from alseg.report.grid import Grid, counted
from alseg.report.pages.assets import asset, scripts
from alseg.report.pages.controls import controls, groups
from alseg.report.pages.document import document
from alseg.report.pages.facts import facts
from alseg.report.pages.files_written import described
from alseg.report.pages.html_table import html_table
from alseg.report.pages.left_out import left_out, left_out_groups
from alseg.report.pages.provenance import provenance
from alseg.report.pages.run_list import listed, runs_grid
from alseg.report.read.run_details import PNG
from alseg.report.sections.found import on_the_page
from alseg.report.sections.section import Block, Section, Shown
from alseg.report.statistics.panels import Panel, Report

HOW_TO_READ = """
Each point is the mean over the seeds of one condition, and the band (in tables: the number after ±) is the two-sided
95% t-interval of that mean, which ends where the metric does; a single seed has no interval and is marked n=1, and for two seeds
the figures draw their range instead. AUBC is the area under the budget curve over the budgets of a condition, divided by
their width, so it reads on the scale of the metric. Runs with equal seeds share their split and, under the same cold start,
their initial images, so conditions are compared seed by seed, over the budgets that both have and without those at which both hold
the same images. What was to be decided is each condition against its control in the primary metric: random selection under
otherwise equal settings. Bold is better than its control after the correction for all those comparisons; all other metrics
and all other pairs are exploratory. Where two cannot be told apart, they need not be equal: it may take more seeds to see it.
"""


KEYS = (
    "A click on a name hides its curve, a second one at once shows it alone (by the keyboard: Enter, Shift and Enter). Arrow keys "
    "go along the names, and through the points of a chart that has the focus: left and right along a curve, up and down to the "
    "next one."
)


def html(report: Report, files: Sequence[str] = (), runs: bool = False) -> str:
    """The whole page.

    Args:
        report: what it shows.
        files: names of the files that lie beside it.
        runs: whether there are pages of the runs to lead to.
    """
    styles = looks(report.rows)
    sections = on_the_page()
    panels = [_panel(report, panel, sections) for panel in report.panels]
    data = ", ".join(p.data for p in report.panels)
    name = f"Active learning on {data}" if len(data) <= 60 else "Active learning report"
    numbers = script_json([curves(panel, styles, groups(panel)) for panel in report.tested])
    notes = "".join(f'<p class="note">{escape(line)}</p>\n' for line in report.notes)
    body = f"""<p class="muted">{escape(summary(report))}</p>
{notes}{_opening(report, sections, runs)}{controls(report) if report.tested else ""}
{"".join(panels)}
{_overall(report, sections)}
{_runs(report, runs)}
{_left_out(report)}
{_files(files)}
{_provenance(report)}
<section><h2>How to read this</h2><p>{HOW_TO_READ}</p></section>
</main>
{_drawn(numbers) if report.tested else f"<script>{scripts('sort', 'save', 'print')}</script>"}
"""
    return document(name, asset("page.css"), body)


def _drawn(numbers: str) -> str:
    """What draws the curves."""
    return f"""<script type="application/json" id="panels">{numbers}</script>
<script>{plotly_js()}</script>
<script>{scripts("view", "curves", "legend", "keys", "sort", "save", "print", "start")}</script>"""


def summary(report: Report) -> str:
    """Numbers of runs, conditions and data sets."""
    runs = sum(p.n_runs for p in report.panels)
    conditions = len({row.label for row in report.rows})
    parts = [counted(runs, "finished run"), counted(conditions, "condition"), counted(len(report.panels), "data set")]
    if report.left_out:
        parts.append(f"{counted(len(report.left_out), 'run')} failed or not finished, named below")
    if unread := left_out(report):
        parts.append(f"{len(unread)} that could not be read, named below")
    return " · ".join(parts)


def _opening(report: Report, sections: Sequence[Section], linked: bool) -> str:
    """What the page begins with; pictures lead to the pages of their runs."""
    pages = {one.run.path: one.link for one in listed(report)} if linked else {}
    parts = []
    for block in (block for section in sections for block in section.opening(report)):
        shown = "".join(_shown(one, pages[one.run.path]) for one in block.shown) if linked else ""
        if block.note or shown:
            words = "".join(f"<p>{escape(line)}</p>" for line in block.note.splitlines())
            gallery = f'<div class="shown">{shown}</div>' if shown else ""
            parts.append(f'<section class="opening"><h2>{escape(block.title)}</h2>{words}{gallery}</section>\n')
    return "".join(parts)


def _shown(one: Shown, page: str) -> str:
    kind = "png" if one.file.startswith(PNG) else "jpeg"
    source, what = f"data:image/{kind};base64,{b64encode(one.file).decode()}", escape(one.caption)
    wide = ' class="wide"' if one.wide else ""
    return f'<figure{wide}><a href="{escape(page)}"><img alt="{what}" src="{source}"></a><figcaption>{what}</figcaption></figure>'


def _panel(report: Report, panel: Panel, sections: Sequence[Section]) -> str:
    about = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in facts(panel))
    tables = []
    for metric in panel.metrics:
        hidden = "" if metric == panel.metrics[0] else " hidden"
        blocks = [_block(b) for section in sections for b in section.of_metric(report, panel, metric)]
        tables.append(f'<div data-metric="{escape(metric)}"{hidden}>{"".join(blocks)}</div>')
    rest = "".join(_block(b) for section in sections for b in section.of_data_set(report, panel))
    if not panel.metrics:
        return f"""
<section>
<h2>{escape(panel.data)}</h2>
<dl class="facts">{about}</dl>
<p class="note">There is no test set, so no model was tested: what there is are labels, costs and queries.</p>
{rest}
</section>"""
    i = report.tested.index(panel)
    return f"""
<section data-panel="{i}">
<h2>{escape(panel.data)}</h2>
<dl class="facts">{about}</dl>
<p class="filtered note" role="status"></p>
<div class="curves" id="curves-{i}">
<div class="plot" tabindex="0" role="application" aria-describedby="keys-{i}"></div>
<p class="said note" aria-live="polite"></p>
<div class="legend" role="toolbar" aria-label="Curves of {escape(panel.data)}"></div>
<p class="note keys" id="keys-{i}">{KEYS}</p></div>
{"".join(tables)}
{rest}
</section>"""


def _overall(report: Report, sections: Sequence[Section]) -> str:
    """Blocks over all data sets."""
    parts = [_block(block) for section in sections for block in section.overall(report)]
    many = counted(len(report.panels), "data set")
    return (
        f"<section><h2>Over {'all ' if len(report.panels) > 1 else ''}{many}</h2>{''.join(parts)}</section>"
        if parts
        else ""
    )


def _block(block: Block) -> str:
    """Heading, picture, table and note; or a table that opens on a click."""
    note = block.note + block.aside
    picture = _picture(block.figure(), block.alt) if block.figure is not None else ""
    if picture and block.data is not None:
        picture += f'<script type="application/json" class="numbers">{script_json(block.data())}</script>'
    if block.folded and block.table is not None:
        return picture + _fold(block.title, block.table, note)
    heading = "" if block.lead else f"<h3>{escape(block.title)}</h3>"
    table = "" if block.table is None else html_table(block.table, block.caption or block.title)
    return heading + picture + table + (f'<p class="note">{escape(note)}</p>' if note else "")


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
    table = _fold(f"All {counted(len(runs), 'run')}", runs_grid(runs, linked), note)
    return f"<section><h2>Runs</h2>{table}</section>"


def _files(names: Sequence[str]) -> str:
    items = []
    for what, those in described(names):
        links = ", ".join(f'<a href="{quote(name)}">{escape(name)}</a>' for name in those)
        items.append(f"<li>{links}: {escape(what)}</li>")
    return f"<section><h2>Files</h2><ul class='files'>{''.join(items)}</ul></section>" if items else ""


def _left_out(report: Report) -> str:
    parts = [
        f"<p>{escape(sentence)}</p><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
        for sentence, lines in left_out_groups(report)
    ]
    return f'\n<section class="warn"><h2>Left out</h2>\n{"".join(parts)}</section>' if parts else ""


def _provenance(report: Report) -> str:
    items = "".join(f"<li>{escape(heading)}: {escape(text)}</li>" for heading, text in provenance(report))
    return f"<section><h2>Provenance</h2><ul class='files'>{items}</ul></section>"
