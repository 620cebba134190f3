"""From run folders to the files of a report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from alseg.errors import RunFolderError
from alseg.report.bland_altman import bland_altman
from alseg.report.cimt_table import cimt_csv
from alseg.report.figures import image, learning_curves
from alseg.report.page import html
from alseg.report.panels import Report, build
from alseg.report.read import read_runs
from alseg.report.tables import long_csv, markdown, wide_csv


def write_report(paths: Sequence[Path], out: Path) -> Report:
    """Read all runs at or below ``paths`` and write the report about them to the folder ``out``.

    Everything is computed before the first file is written, and every file appears under its name only when it is
    whole, so an older report is never left half replaced by one that failed.

    Raises:
        RunFolderError: if there is no (finished) run, two runs are the same repetition, or ``out`` is not writable.
        DataError: if a run folder is broken.
    """
    report = build(read_runs(paths))
    figure = learning_curves(report)
    contents = {
        "curves.png": image(figure, "png"),
        "curves.svg": image(figure, "svg"),
        "curves.csv": long_csv(report).encode(),
        "table.csv": wide_csv(report).encode(),
        "table.md": markdown(report).encode(),
        "report.html": html(report).encode(),
    }
    walls = [panel.cimt for panel in report.panels if panel.cimt]
    for i, found in enumerate(walls, start=1):
        picture, name = bland_altman(found), "bland_altman" if len(walls) == 1 else f"bland_altman_{i}"
        contents |= {f"{name}.{kind}": image(picture, kind) for kind in ("png", "svg")}
    if walls:
        contents["cimt.csv"] = cimt_csv(report).encode()
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            unfinished = out / f".{name}.{os.getpid()}"
            unfinished.write_bytes(content)
            unfinished.replace(out / name)
    except OSError as error:
        raise RunFolderError(f"{out}: the report cannot be written there ({error.strerror or error})") from error
    return replace(report, files=tuple(out / name for name in contents))
