"""Table of the public data sets, for the terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from alseg.data.public.description import PublicDataset

COLUMNS = ("name", "task", "images", "groups", "classes", "size", "licence", "needs")
DISPENSABLE = ("licence", "classes", "needs")
"""Columns that a narrow terminal does without, the first first; `facts` has it all."""
UNBOUNDED = 10_000
"""Characters of a terminal on which any table fits."""


def row(dataset: PublicDataset) -> tuple[str, ...]:
    """The cells of `COLUMNS`; a dash where the publisher states nothing."""
    expected = dataset.expected
    return (
        dataset.name,
        dataset.task,
        f"{expected.images:,}" if expected.images else "-",
        _groups(dataset),
        str(len(dataset.classes)),
        size(dataset.nbytes),
        dataset.licence.partition(";")[0],
        "nothing" if dataset.downloadable else "--from DIR",
    )


def _groups(dataset: PublicDataset) -> str:
    what = dataset.group.partition(",")[0]
    if not what:
        return "-"
    return f"{dataset.expected.groups:,} {what}s" if dataset.expected.groups else f"{what}s"


def size(nbytes: int | None) -> str:
    """Bytes in words."""
    if nbytes is None:
        return "-"
    return f"{nbytes / 1e9:.1f} GB" if nbytes >= 1e9 else f"{nbytes / 1e6:.0f} MB"


class Listing:
    """Table for the terminal, of the columns that fit, so that a row is a line (but for a long licence)."""

    def __init__(self, datasets: Sequence[PublicDataset]) -> None:
        self.datasets = datasets

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = list(COLUMNS)
        for dropped in ("", *DISPENSABLE):
            columns = [column for column in columns if column != dropped]
            table = self._table(columns)
            if Measurement.get(console, options.update(max_width=UNBOUNDED), table).minimum <= options.max_width:
                break
        yield table

    def _table(self, columns: Sequence[str]) -> Table:
        title = "alseg data get NAME, then alseg run data=NAME; --from DIR: with files that you bring"
        found = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
        rows = [dict(zip(COLUMNS, row(dataset))) for dataset in self.datasets]
        for column in columns:
            breaks, right = column == "licence", column in ("images", "classes", "size")
            words = [column, *(cells[column] for cells in rows)]
            least = max(len(part) for cell in words for part in (cell.split() if breaks else [cell]))
            found.add_column(column, justify="right" if right else "left", no_wrap=not breaks, min_width=least)
        for cells in rows:
            found.add_row(*(Text(cells[column]) for column in columns))
        return found


def markdown(datasets: Sequence[PublicDataset]) -> str:
    """The table in Markdown, and a paragraph on each data set."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row(dataset))} |" for dataset in datasets]
    for dataset in datasets:
        lines += ["", f"### {dataset.name}", "", *facts(dataset)]
    return "\n".join(lines) + "\n"


def facts(dataset: PublicDataset) -> list[str]:
    """Facts to know before the download, a line each."""
    stated = dataset.expected
    found = [f"- {dataset.title}", f"- from: {dataset.homepage}"]
    if dataset.doi:
        found.append(f"- DOI: {dataset.doi}")
    found += [
        f"- licence: {dataset.licence}",
        f"- cite: {dataset.citation}",
        f"- classes: {', '.join(dataset.classes)}",
    ]
    for counts in (stated, *dataset.earlier):
        splits = ", ".join(f"{name} {n:,}" for name, n in counts.splits.items())
        which = f" of version {counts.version}" * bool(counts.version)
        if splits:
            found.append(f"- official split{which}: {splits}{', also accepted' * (counts is not stated)}")
    found.append(f"- groups: {dataset.group or 'none named by the publisher: every image is its own'}")
    found.append(f"- size of a pixel: {dataset.spacing}")
    for archive in dataset.archives:
        origin = archive.url or "bring it yourself"
        check = " or ".join(archive.checksums) or "checksum not stated: recorded on the first download"
        found.append(f"- file: {archive.name} ({size(archive.nbytes)}), {origin}, {check}")
    if dataset.needs:
        found.append(f"- needs: {dataset.needs}")
    found += [f"- confirmed: {fact}" for fact in dataset.confirmed]
    return found + [f"- not confirmed: {fact}" for fact in dataset.unconfirmed]
