"""The page of one run: its curves, what every query chose and why, the map, label quality, and where the model fails."""

from __future__ import annotations

import math
import os
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from pathlib import Path
from statistics import median
from urllib.parse import quote

from alseg.pictures.contact_sheet import ContactSheet
from alseg.report.columns import decimals, title
from alseg.report.figures.line_chart import line_chart
from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.pages.assets import asset, scripts
from alseg.report.pages.document import document
from alseg.report.pages.html_table import html_table
from alseg.report.pages.provenance import of_run
from alseg.report.pages.run_labels import labels, number
from alseg.report.pages.run_list import FOLDER, Listed, columns, metric_of, metrics_of
from alseg.report.pages.run_memorisation import memorisation
from alseg.report.pages.run_metadata import Described, picks_tables
from alseg.report.pages.sheet_windows import Thumbnails
from alseg.report.read.read_runs import Run
from alseg.report.read.run_details import Details, Pick, Query, Worst, read_details
from alseg.report.read.units import units

FACTS = {"data": "Data", "learner": "Learner", "strategy": "Strategy", "cold_start": "Cold start", "oracle": "Oracle"}
SECONDS = {"seconds_scan": "Scan (s)", "seconds_select": "Select (s)", "seconds_train": "Training (s)"}
BESIDE = "page"
"""Name of the style sheet and of the script that lie beside the pages."""
CHARTS = 8
"""So many metrics are shown at once, the others on a click."""
MAP_NOTE = "Where the images of the pool lie: near ones are alike to what embedded them; picks are marked."


def run_page(one: Listed, out: Path) -> str:
    """The whole page; its style and its scripts lie beside it, the same for all runs.

    Args:
        one: the run.
        out: the folder of the report, from which the page links back to what the run wrote itself.
    """
    found, run = read_details(one.run), one.run
    pictures, about = Thumbnails(), Described(one)
    body = f"""<p class="muted"><a href="../report.html">Report</a> · {escape(one.name)} · {escape(run.status)}</p>
{_problems(run, found)}
<section><dl class="facts">{_facts(one)}</dl>{_curves(one)}{_rounds(one)}</section>
<section><h2>What each query chose</h2>{picks_tables(one)}{_queries(one, found, pictures, about)}</section>
{_map(found, out)}
<section><h2>Label quality</h2>{labels(run, found)}{memorisation(found.courses)}</section>
<section><h2>Worst cases</h2>{_worst(found.worst, pictures, about)}</section>
<section><details><summary>Settings</summary><pre>{escape(found.settings)}</pre></details></section>
</main>
"""
    return document(one.label, pictures.style, body, beside=BESIDE)


def shared_files() -> dict[str, str]:
    """Style and scripts that the pages of all runs load."""
    return {
        f"{BESIDE}.css": asset("page.css") + asset("run_page.css"),
        f"{BESIDE}.js": scripts("sort", "save", "print"),
    }


def _problems(run: Run, found: Details) -> str:
    lines = [f"It {run.status}: {run.reason}"] if run.reason else []
    lines += [f"Could not be read: {problem}" for problem in found.problems]
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<section class="warn"><ul>{items}</ul></section>' if items else ""


def _facts(one: Listed) -> str:
    config = one.run.config
    facts = {}
    for group, heading in FACTS.items():
        node = config.get(group)
        name = node.get("name") if isinstance(node, Mapping) else node
        if name:
            facts[heading] = str(name)
    if len(one.run.metrics):
        facts[f"Annotated {units(config)}"] = f"{one.run.metrics['n_labelled'].iloc[-1]:.0f}"
    if math.isfinite(one.run.cost):
        facts["Annotation cost"] = f"{one.run.cost:,.0f} s"
    facts |= of_run(one.run)
    return "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in facts.items())


def _curves(one: Listed) -> str:
    """A chart per metric of the test, beside it the mean of the condition."""
    table = columns(one.run)
    images = [int(n) for n in table["n_labelled"]]
    parts = []
    for metric in metrics_of(one):
        values = table.get(metric, [])
        curve = {n: value for n, value in zip(images, values) if not math.isnan(value)}
        if not curve:
            continue
        beside = _mean(one, metric)
        text = f"{title(metric)} by number of annotated {units(one.run.config)}"
        chart = line_chart(text, curve, beside, decimals(metric))
        parts.append(f"<figure><figcaption>{escape(title(metric))}</figcaption>{chart}</figure>")
    if not parts:
        why = (
            "There is no test set, so no model was tested."
            if one.run.decisions.test == 0
            else "No round was evaluated."
        )
        return f'<p class="note">{why}</p>'
    dashed = " Dashed: the mean of its condition over seeds." if one.row and len(one.row.runs) > 1 else ""
    charts = f'<div class="charts">{"".join(parts[:CHARTS])}</div><p class="note">This run.{dashed}</p>'
    if parts[CHARTS:]:
        more = f'<div class="charts">{"".join(parts[CHARTS:])}</div>'
        charts += f"<details><summary>{len(parts) - CHARTS} more metrics</summary>{more}</details>"
    return f"<h3>On the test set</h3>{charts}"


def _mean(one: Listed, metric: str) -> dict[int, float]:
    if not one.panel or not one.row or len(one.row.runs) < 2:
        return {}
    result = next(r for r in one.panel.results(metric) if r.row is one.row)
    return {budget: estimate.mean for budget, estimate in result.by_budget.items()}


def _rounds(one: Listed) -> str:
    table, metric = columns(one.run), metric_of(one)
    if not len(one.run.metrics):
        return ""
    wanted = {"n_labelled": (f"Annotated {units(one.run.config)}", 0)}
    wanted |= {"n_images": ("Annotated images", 0), "cost": ("Annotation cost (s)", 0)}
    if metric:
        wanted[metric] = (title(metric), decimals(metric))
    wanted |= {key: (text, 1) for key, text in SECONDS.items()}
    there = {key: about for key, about in wanted.items() if key in table}
    rows = [
        (Cell(f"{round_:.0f}"), *(Cell(number(table[key][i], digits)) for key, (_, digits) in there.items()))
        for i, round_ in enumerate(table["round"])
    ]
    grid = Grid(("Round", *(text for text, _ in there.values())), tuple(rows))
    return html_table(grid, "Rounds", shown=False)


def _queries(one: Listed, found: Details, pictures: Thumbnails, about: Described) -> str:
    if not found.queries:
        return '<p class="note">The ledger holds no query.</p>'
    return "".join(_query(one, query, pictures, about) for query in found.queries)


def _query(one: Listed, query: Query, pictures: Thumbnails, about: Described) -> str:
    items = "".join(_pick(i, pick, query.sheet, pictures, about) for i, pick in enumerate(query.picks))
    of = f" of {query.pool:,}" if query.pool else ""
    head = f"Round {query.round} · {query.strategy} · {len(query.picks):,}{of} images"
    groups = {pick.group for pick in query.picks if pick.group}
    if groups:
        head += f" · {len(groups)} group{'' if len(groups) == 1 else 's'}"
    after = _after(one, query.round)
    note = ""
    if query.sheet is None:
        note = '<p class="note">This run kept no thumbnails.</p>'
    elif query.sheet.n < len(query.picks):
        note = f'<p class="note">Thumbnails of the first {query.sheet.n} are kept.</p>'
    return (
        f'<details class="query" open><summary>{escape(head)}<span class="muted">{escape(after)}</span></summary>'
        f'<ol class="picks">{items}</ol>{note}</details>'
    )


def _after(one: Listed, round_: int) -> str:
    """Result of the model that was trained with it."""
    metric, value = metric_of(one), one.values.get(round_, math.nan)
    return "" if metric is None or math.isnan(value) else f" → {title(metric)} {value:.{decimals(metric)}f}"


def _pick(place: int, pick: Pick, sheet: ContactSheet | None, pictures: Thumbnails, about: Described) -> str:
    said = [
        "" if pick.score is None else f"score {pick.score:.4g}",
        f"group {pick.group}" if pick.group else "",
        pick.reason,
        "" if pick.cost is None else f"{pick.cost:,.0f} s",
        "refused" if pick.refused else "",
        *about.lines(pick.id),
    ]
    lines = "".join(f"<span>{_breakable(line)}</span>" for line in said if line)
    thumb = pictures.html(sheet, place, pick.id)
    refused = ' class="refused"' if pick.refused else ""
    return f"<li{refused}>{thumb}<b>{place + 1}. {_breakable(pick.id)}</b>{lines}</li>"


def _map(found: Details, out: Path) -> str:
    if found.map is None and found.map_page is None:
        return ""
    parts = []
    if found.map is not None:
        source = b64encode(found.map).decode()
        parts.append(f'<img class="figure" alt="Map of the pool" src="data:image/png;base64,{source}">')
    if found.map_page is not None:
        try:
            link = quote(Path(os.path.relpath(found.map_page, out / FOLDER)).as_posix())
        except ValueError:  # another drive
            link = found.map_page.absolute().as_uri()
        parts.append(
            f'<p><a href="{escape(link)}">The map with all rounds, to zoom and point at</a> (in the run folder)</p>'
        )
    return f'<section><h2>Map</h2>{"".join(parts)}<p class="note">{MAP_NOTE}</p></section>'


def _worst(worst: Worst | None, pictures: Thumbnails, about: Described) -> str:
    if worst is None or not worst.cases:
        return '<p class="note">This run kept no values of single test images.</p>'
    segments = "dice" in worst.cases[0]
    key = "dice" if segments else "probability"
    values = [float(case[key]) for case in worst.cases if case.get(key)]
    what = "Dice of an image" if segments else "probability of the true class"
    spread = f"median {median(values):.3f}, lowest {min(values):.3f}" if values else "not known"
    text = f"After round {worst.round}, on {len(worst.cases):,} test images: {what}: {spread}."
    if not segments:
        wrong = sum(case["true"] != case["predicted"] for case in worst.cases)
        text += f" Taken for another class: {wrong:,}."
    legend = ""
    if segments and worst.sheet:
        legend = (
            '<p class="legend"><span><i class="truth"></i>truth</span><span><i class="prediction"></i>prediction</span>'
            '<span><i class="both"></i>both</span></p>'
        )
    items = []
    for place, case in enumerate(worst.shown):
        said = [*(_dice(case) if segments else _class(case)), *about.lines(case["id"])]
        lines = "".join(f"<span>{_breakable(line)}</span>" for line in said)
        items.append(f"<li>{pictures.html(worst.sheet, place, case['id'])}<b>{_breakable(case['id'])}</b>{lines}</li>")
    return f'<p>{escape(text)}</p>{legend}<ol class="picks worst">{"".join(items)}</ol>'


def _dice(case: Mapping[str, str]) -> list[str]:
    classes = [key for key in case if key.startswith("dice_")]
    of_classes = [f"{key.removeprefix('dice_')} {_short(case[key])}" for key in classes] if len(classes) > 1 else []
    return [f"Dice {_short(case['dice'])}", *of_classes, *_group(case)]


def _class(case: Mapping[str, str]) -> list[str]:
    true = f"is {case['true']} (p {_short(case['probability'])})"
    return [true, f"taken for {case['predicted']} (p {_short(case['confidence'])})", *_group(case)]


def _group(case: Mapping[str, str]) -> list[str]:
    return [] if case["group"] == case["id"] else [f"group {case['group']}"]


def _short(text: str) -> str:
    return f"{float(text):.3f}" if text else NOTHING


def _breakable(text: str) -> str:
    return escape(text).replace("_", "_<wbr>")
