"""The public data sets as a table: the same for the terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from alseg.data.public.description import PublicDataset

COLUMNS = ("name", "task", "images", "groups", "classes", "size", "licence", "needs")


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
        "nothing" if dataset.downloadable else "--from DIR: files that you bring",
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


def table(datasets: Sequence[PublicDataset]) -> Table:
    """For the terminal."""
    found = Table(title="Public data sets: alseg data get NAME, then alseg run data=NAME", title_justify="left")
    for column in COLUMNS:
        number = column in ("images", "classes", "size")
        found.add_column(column, justify="right" if number else "left", no_wrap=number or column == "name")
    for dataset in datasets:
        found.add_row(*(Text(cell) for cell in row(dataset)))
    return found


def markdown(datasets: Sequence[PublicDataset]) -> str:
    """For a page: the table, and a paragraph on each."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row(dataset))} |" for dataset in datasets]
    for dataset in datasets:
        lines += ["", f"### {dataset.name}", "", *facts(dataset)]
    return "\n".join(lines) + "\n"


def facts(dataset: PublicDataset) -> list[str]:
    """What a user should know before the download, a line each."""
    stated = dataset.expected
    found = [f"- {dataset.title}", f"- from: {dataset.homepage}"]
    if dataset.doi:
        found.append(f"- DOI: {dataset.doi}")
    found += [
        f"- licence: {dataset.licence}",
        f"- cite: {dataset.citation}",
        f"- classes: {', '.join(dataset.classes)}",
    ]
    splits = ", ".join(f"{name} {n:,}" for name, n in stated.splits.items())
    if splits:
        found.append(f"- official split: {splits}")
    found.append(f"- groups: {dataset.group or 'none named by the publisher: every image is its own'}")
    found.append(f"- size of a pixel: {dataset.spacing}")
    for archive in dataset.archives:
        origin = archive.url or "bring it yourself"
        check = archive.checksum or "checksum not stated: recorded on the first download"
        found.append(f"- file: {archive.name} ({size(archive.nbytes)}), {origin}, {check}")
    if dataset.needs:
        found.append(f"- needs: {dataset.needs}")
    return found
