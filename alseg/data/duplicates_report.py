"""Report of near-duplicates in a data set, and a manifest in which they share a group."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from alseg.data.duplicates import KEPT, Duplicates, joined_names
from alseg.data.manifest import RESERVED, Manifest
from alseg.data.table import read_table
from alseg.errors import ConfigError, DataError

EXAMPLES = 3


def describe_duplicates(manifest: Manifest, found: Duplicates, threshold: float) -> RenderableType:
    """Make a table of the pairs and clusters, and of the splits, classes and groups that they cross."""
    table = Table(title=Text(f"near-duplicates in {manifest.path}"), show_header=False, title_justify="left")
    for name, value in _facts(manifest, found, threshold):
        table.add_row(Text(name), Text(value))
    return table


def write_groups(manifest: Manifest, found: Duplicates, path: Path) -> int:
    """Write the manifest anew with near-duplicates in one group.

    Groups that have near-duplicates in common become one, which has the name of the first; all else is copied.

    Args:
        manifest: of all rows.
        found: in its images.
        path: the file to be.

    Returns:
        Number of groups that were merged into others.

    Raises:
        ConfigError: if the file is there already.
        DataError: if a group would lie in two splits, or the file cannot be written.
    """
    groups = joined_names(manifest.groups, found.clusters)
    if manifest.split is not None:
        place: dict[str, tuple[str, str]] = {}
        for id_, group, split in zip(manifest.ids, groups, manifest.split):
            other, where = place.setdefault(group, (id_, split))
            if where != split:
                raise DataError(
                    f"{manifest.path}: near-duplicates lie in two splits, as {other!r} in {where} and {id_!r} in {split}, and a "
                    "group must lie in one; empty the column split, so that it is split by these groups, or move one of them"
                )
    table = read_table(manifest.path, RESERVED)
    columns = table.columns | {"group": list(groups)}
    try:
        with path.open("x", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=table.delimiter, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(zip(*columns.values()))
    except FileExistsError as error:
        raise ConfigError(f"--write-groups {path}: it is there already; give another name") from error
    except OSError as error:
        raise DataError(f"{path}: it cannot be written ({error.strerror}); give another name") from error
    return len(set(manifest.groups)) - len(set(groups))


def _facts(manifest: Manifest, found: Duplicates, threshold: float) -> list[tuple[str, str]]:
    sizes = np.bincount(found.clusters)
    sizes = sizes[sizes > 1]
    more = f" (looked at more closely: the first {KEPT:,})" if found.count > KEPT else ""
    facts = [("pairs", f"{found.count:,} of the same file or with a correlation above {threshold:g}{more}")]
    if found.count:
        most = f"2 to {sizes.max()}" if sizes.max() > 2 else "2"
        facts.append(
            ("images in pairs", f"{sizes.sum():,} of {len(manifest.ids):,}, in {len(sizes):,} clusters of {most}")
        )
    groups = _across(manifest, found, manifest.groups)
    facts.append(("across groups", groups + (ADVICE if groups != NONE else "")))
    if manifest.split is not None:
        facts.append(("across splits", _across(manifest, found, manifest.split)))
    if manifest.labels is not None:
        classes = _across(manifest, found, manifest.labels)
        facts.append(("across classes", classes + ("; one label of two may be wrong" if classes != NONE else "")))
    return facts


NONE = "none"
ADVICE = (
    "; one may be trained on and the other tested: --write-groups FILE writes a manifest in which they share a group"
)


def _across(manifest: Manifest, found: Duplicates, names: Sequence[str | None]) -> str:
    """Describe the pairs whose images differ in ``names``, the nearest of them by their ids; None differs from nothing."""
    number = {name: i for i, name in enumerate(dict.fromkeys(name for name in names if name is not None))}
    first, second = np.array([number.get(name or "", -1) for name in names], dtype=np.intp)[found.pairs].T
    across = np.flatnonzero((first != second) & (first >= 0) & (second >= 0))
    if not len(across):
        return NONE
    nearest = across[np.argsort(-found.correlation[across], kind="stable")[:EXAMPLES]]
    shown = [
        f"{manifest.ids[one]} and {manifest.ids[two]} ({found.correlation[row]:.4f})"
        for row, (one, two) in zip(nearest, found.pairs[nearest])
    ]
    return f"{len(across):,} pairs, such as {', '.join(shown)}"
