"""From run folders to the files of a report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from alseg.errors import RunFolderError
from alseg.report.figures.cost_curves import cost_curves
from alseg.report.figures.critical_difference import ranks_figure
from alseg.report.figures.learning_curves import image, learning_curves
from alseg.report.pages.latex import latex
from alseg.report.pages.page import html
from alseg.report.pages.run_list import FOLDER, listed
from alseg.report.pages.run_page import run_page
from alseg.report.read.read_runs import read_runs
from alseg.report.sections.comparisons import comparisons_csv
from alseg.report.sections.cost import costs_csv
from alseg.report.sections.coverage import coverage_csv
from alseg.report.sections.levels import levels_csv
from alseg.report.sections.overlap import overlap_csv
from alseg.report.sections.penalty import penalty_csv
from alseg.report.sections.results import long_csv, markdown, wide_csv
from alseg.report.sections.thickness.bland_altman import bland_altman
from alseg.report.sections.thickness.table import cimt_csv
from alseg.report.statistics.panels import Report, build


def write_report(paths: Sequence[Path], out: Path, runs: bool = True) -> Report:
    """Read all runs at or below ``paths`` and write the report about them to the folder ``out``.

    Everything is computed before the first file is written, and every file appears under its name only when it is
    whole, so an older report is never left half replaced by one that failed. The pages of the runs are written one by one,
    before the page that leads to them.

    Args:
        paths: run folders, or folders that hold some.
        out: where the report goes.
        runs: whether every run gets a page of its own, in ``out / "runs"``.

    Raises:
        RunFolderError: if there is no (finished) run, two runs are the same repetition, or ``out`` is not writable.
        DataError: if a run folder is broken.
    """
    report = build(read_runs(paths))
    figure, costs = learning_curves(report), cost_curves(report)
    contents = {
        "curves.png": image(figure, "png"),
        "curves.svg": image(figure, "svg"),
        "curves.csv": long_csv(report).encode(),
        "table.csv": wide_csv(report).encode(),
        "table.md": markdown(report).encode(),
        "tables.tex": latex(report).encode(),
        "comparisons.csv": comparisons_csv(report.analysis).encode(),
        "penalty.csv": penalty_csv(report.analysis).encode(),
        "labels_needed.csv": levels_csv(report.analysis).encode(),
        "overlap.csv": overlap_csv(report.analysis).encode(),
        "coverage.csv": coverage_csv(report.analysis).encode(),
        "costs.csv": costs_csv(report).encode(),
    }
    metric = report.panels[0].metrics[0]
    if costs is not None:
        contents |= {f"costs.{kind}": image(costs, kind) for kind in ("png", "svg")}
    ranks = report.analysis.ranks(metric)
    if ranks is not None:
        diagram = ranks_figure(ranks, metric)
        contents |= {f"ranks.{kind}": image(diagram, kind) for kind in ("png", "svg")}
    walls = [panel.cimt for panel in report.panels if panel.cimt]
    for i, found in enumerate(walls, start=1):
        picture, name = bland_altman(found), "bland_altman" if len(walls) == 1 else f"bland_altman_{i}"
        contents |= {f"{name}.{kind}": image(picture, kind) for kind in ("png", "svg")}
    if walls:
        contents["cimt.csv"] = cimt_csv(report).encode()
    contents["report.html"] = html(report, tuple(contents), runs).encode()
    try:
        out.mkdir(parents=True, exist_ok=True)
        if runs:
            (out / FOLDER).mkdir(exist_ok=True)
            for one in listed(report):
                _write(out / FOLDER / one.page, run_page(one, out).encode())
        for name, content in contents.items():
            _write(out / name, content)
    except OSError as error:
        raise RunFolderError(f"{out}: the report cannot be written there ({error.strerror or error})") from error
    return replace(report, files=tuple(out / name for name in contents))


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{os.getpid()}.tmp")
    unfinished.write_bytes(content)
    unfinished.replace(path)
