"""The primary metric on parts of the test set, by columns of the manifest that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

import pandas as pd
from matplotlib.figure import Figure

from alseg.report.columns import decimals, title
from alseg.report.figures.drawing import image
from alseg.report.figures.facets import MOST, Facet, facets
from alseg.report.figures.style import looks
from alseg.report.grid import Cell, Grid, format_estimate
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.panels import Panel, Report
from alseg.report.statistics.picked import columns_in
from alseg.report.statistics.stratified import Stratified, stratified


class ByStratum(Section):
    """Curves of the test metric for each value of a column; `alseg report --by COLUMN` asks for it."""

    place = 62
    about: ClassVar = {
        "strata": "the test metric on parts of the test set, by the columns of --by, per seed and in pictures"
    }

    def of_data_set(self, report: Report, panel: Panel) -> Sequence[Block]:
        return [_block(report, panel, stratified(panel, name)) for name in report.by if name in columns_in(panel)]

    def in_terminal(self, report: Report, panel: Panel) -> Sequence[Block]:
        return [
            Block(_title(found), last_grid(panel, found), note=strata_note(found))
            for found in (stratified(panel, name) for name in report.by if name in columns_in(panel))
            if found.metric
        ]

    def files(self, report: Report) -> Mapping[str, bytes]:
        found = list(_found(report))
        if not found:
            return {}
        contents = {"strata.csv": strata_csv(found).encode()}
        for i, (panel, one) in enumerate(found, start=1):
            name = "strata" if len(found) == 1 else f"strata_{i}"
            picture = _draw(report, panel, one)()
            contents |= {f"{name}.{kind}": image(picture, kind) for kind in ("png", "svg")}
        return contents


SECTION = ByStratum()


def strata_grid(panel: Panel, found: Stratified) -> Grid:
    """A row per condition and stratum, with the mean at every budget."""
    digits, rows = decimals(found.metric), []
    for row in panel.rows:
        for name in found.strata.names:
            means = found.means(name, row.label)
            if means:
                cells = (Cell(format_estimate(means.get(b), digits, len(row.runs))) for b in panel.budgets)
                rows.append((Cell(row.label), Cell(name), Cell(_images(found, name)), *cells))
    header = ("Condition", found.strata.title, "Test images", *(str(b) for b in panel.budgets))
    return Grid(header, tuple(rows))


def last_grid(panel: Panel, found: Stratified) -> Grid:
    """A row per condition, a column per stratum, at the last shared budget or, without one, at its own last."""
    names = [name for name in found.strata.names if found.curves[name]]
    rows = []
    for row in panel.rows:
        means = {name: found.means(name, row.label) for name in names}
        budgets = sorted({budget for each in means.values() for budget in each})
        if budgets:
            budget = panel.last_of(budgets)
            cells = (format_estimate(means[name].get(budget), decimals(found.metric), len(row.runs)) for name in names)
            rows.append((Cell(row.label), Cell(str(budget)), *(Cell(text) for text in cells)))
    return Grid(("Condition", "Annotated", *names), tuple(rows))


def strata_note(found: Stratified) -> str:
    """Meaning of the values, and limits to what can be read from them."""
    text = "Mean ± half of the 95% interval over seeds, on the test images of each value alone; other seeds have other test sets."
    text += " A part of the test set with few images tells little, and comparisons between parts are not corrected."
    text += found.strata.remark
    if found.without:
        runs = "1 run has" if len(found.without) == 1 else f"{len(found.without)} runs have"
        text += f" {runs} no metadata or no values of single test images (worst=0), {found.without[0].path} the first."
    return " ".join([text, *(f"{problem}." for problem in found.problems[:3])])


def strata_csv(found: Sequence[tuple[Panel, Stratified]]) -> str:
    """A line per data set, condition, seed, budget, column and value."""
    lines = []
    for panel, one in found:
        for name, by_label in one.curves.items():
            for label, by_seed in by_label.items():
                start = (panel.data, label)
                about = (one.strata.column, name, one.metric)
                lines += [
                    (*start, seed, budget, *about, value, one.of_run[label, seed, name])
                    for seed, curve in by_seed.items()
                    for budget, value in sorted(curve.items())
                ]
    header = ["data", "condition", "seed", "n_labelled", "column", "value", "metric", "mean", "images"]
    return pd.DataFrame(lines, columns=header).to_csv(index=False)


def _found(report: Report) -> Iterator[tuple[Panel, Stratified]]:
    """Of every data set and column that was asked for, where there is something."""
    for panel in report.panels:
        for name in report.by:
            if name in columns_in(panel) and (found := stratified(panel, name)).metric:
                yield panel, found


def _block(report: Report, panel: Panel, found: Stratified) -> Block:
    if not found.metric:
        said = f"No run kept values of single test images and recorded this column. {strata_note(found)}"
        return Block(f"Test metric by {found.strata.title}", note=said, folded=False, in_latex=False)
    names = [name for name in found.strata.names if found.curves[name]]
    return Block(
        _title(found),
        strata_grid(panel, found),
        note=strata_note(found),
        aside=f" The picture shows the first {MOST} of {len(names)} values." if len(names) > MOST else "",
        figure=_draw(report, panel, found),
        alt=f"{_title(found)}: learning curves",
        folded=False,
        in_latex=False,
    )


def _draw(report: Report, panel: Panel, found: Stratified) -> Callable[[], Figure]:
    styles = looks(report.rows)
    shown = []
    for name in (name for name in found.strata.names if found.curves[name]):
        labels = [row.label for row in panel.rows if found.means(name, row.label)]
        curves = {label: {b: e.mean for b, e in found.means(name, label).items()} for label in labels}
        shown.append(Facet(f"{name} ({_images(found, name)} images)", curves, {c: found.band(name, c) for c in labels}))
    return partial(facets, shown, styles, f"annotated {panel.units}", title(found.metric))


def _title(found: Stratified) -> str:
    return f"{title(found.metric)} by {found.strata.title}"


def _images(found: Stratified, name: str) -> str:
    """``12`` or ``10–14``: test images of a stratum."""
    images = [n for (_, _, stratum), n in found.of_run.items() if stratum == name]
    low, high = min(images), max(images)
    return str(low) if low == high else f"{low}–{high}"
