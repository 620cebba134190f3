"""From run folders to the files of a report."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from alseg.errors import RunFolderError
from alseg.report.pages.latex import latex
from alseg.report.pages.markdown import markdown
from alseg.report.pages.page import html
from alseg.report.pages.run_list import FOLDER, listed
from alseg.report.pages.run_page import run_page, shared_files
from alseg.report.read.read_runs import read_runs
from alseg.report.read.touched import touched_notes
from alseg.report.sections.found import found_sections
from alseg.report.statistics.panels import Report, build


@contextmanager
def _unfrozen_at_the_end() -> Iterator[None]:
    try:
        yield
    finally:
        gc.unfreeze()


@_unfrozen_at_the_end()
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
    found = read_runs(paths)
    gc.freeze()  # statsmodels collects garbage at every correction, and need not look through all runs each time
    report = build(found)
    report = replace(report, notes=(*report.notes, *touched_notes(found)))
    first, *others = (section.files(report) for section in found_sections())
    contents = {**first, "table.md": markdown(report).encode(), "tables.tex": latex(report).encode()}
    for files in others:
        contents |= files
    contents["report.html"] = html(report, tuple(contents), runs).encode()
    try:
        out.mkdir(parents=True, exist_ok=True)
        if runs:
            (out / FOLDER).mkdir(exist_ok=True)
            for name, text in shared_files().items():
                _write(out / FOLDER / name, text.encode())
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
