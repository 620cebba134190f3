"""From run folders to the files of a report."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from alseg.errors import RunFolderError
from alseg.report.pages.latex import latex
from alseg.report.pages.markdown import markdown
from alseg.report.pages.page import html
from alseg.report.pages.run_list import FOLDER, listed
from alseg.report.pages.run_page import run_page, shared_files
from alseg.report.pages.spreadsheet import harmless
from alseg.report.read.damaged import Unread
from alseg.report.read.directions import direction_notes, with_told
from alseg.report.read.notes import copied_notes
from alseg.report.read.read_runs import read_runs
from alseg.report.read.touched import touched_notes
from alseg.report.sections.found import found_sections
from alseg.report.statistics.controls import CONTROL
from alseg.report.statistics.panels import Report, build
from alseg.report.statistics.picked import checked_columns

NONE_TOLD: Mapping[str, bool] = {}


@contextmanager
def _unfrozen_at_the_end() -> Iterator[None]:
    outside = gc.get_freeze_count()
    try:
        yield
    finally:
        if not outside:  # what the caller has frozen stays so
            gc.unfreeze()


@_unfrozen_at_the_end()
def write_report(
    paths: Sequence[Path],
    out: Path,
    runs: bool = True,
    control: str = CONTROL,
    metric: str = "",
    by: Sequence[str] = (),
    told: Mapping[str, bool] = NONE_TOLD,
    command: str = "",
) -> Report:
    """Read all runs at or below ``paths`` and write the report about them to the folder ``out``.

    What cannot be read is named in the report and counts in nothing else. Everything is computed before the first file is
    written, and every file appears under its name only when it is whole, so an older report is never left half replaced by
    one that failed. The pages of the runs are written one by one, before the page that leads to them.

    Args:
        paths: run folders, or folders that hold some.
        out: where the report goes.
        runs: whether every run gets a page of its own, in ``out / "runs"``.
        control: name of the strategy that all others are compared with.
        metric: name of the metric that leads; empty for the one that the runs name.
        by: columns of the manifest, by which picks and the test metric are told apart.
        told: whether higher is better, of metrics that do not say it themselves.
        command: by which the report is made; empty for none.

    Raises:
        RunFolderError: if there is no (finished) run that can be read, or ``out`` is not writable.
        DataError: if no run has that strategy or metric.
        ConfigError: if no run recorded a column ``by``, or ``told`` does not fit the runs.
    """
    unread: list[Unread] = []
    found = with_told(read_runs(paths, unread), told)
    gc.freeze()  # millions of values, which the garbage collector need not look through again and again
    report = build(found, control, metric)
    columns = [column for panel in report.panels for column in panel.metrics]
    report = replace(
        report,
        notes=(*report.notes, *direction_notes(columns, told), *copied_notes(found), *touched_notes(found)),
        unread=(*unread, *report.unread),
        command=command,
        by=checked_columns(report.panels, by),
    )
    first, *others = (section.files(report) for section in found_sections())
    contents = {**first, "table.md": _bytes(markdown(report)), "tables.tex": _bytes(latex(report))}
    for files in others:
        contents |= files
    contents = {name: harmless(content) if name.endswith(".csv") else content for name, content in contents.items()}
    contents["report.html"] = _bytes(html(report, tuple(contents), runs))
    try:
        out.mkdir(parents=True, exist_ok=True)
        if runs:
            (out / FOLDER).mkdir(exist_ok=True)
            for name, text in shared_files().items():
                _write(out / FOLDER / name, text.encode())
            for one in listed(report):
                _write(out / FOLDER / one.page, _bytes(run_page(one, out)))
        for name, content in contents.items():
            _write(out / name, content)
    except OSError as error:
        raise RunFolderError(f"{out}: the report cannot be written there ({error.strerror or error})") from error
    return replace(report, files=tuple(out / name for name in contents))


def _bytes(text: str) -> bytes:
    """UTF-8; what a file system has in names and UTF-8 has not is written out."""
    return text.encode(errors="backslashreplace")


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{os.getpid()}.tmp")
    unfinished.write_bytes(content)
    unfinished.replace(path)
