"""What a data set holds, told to the person who wants to use it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from alseg.data.dataset import IGNORE, Dataset
from alseg.data.folder import load_folder

CHECK_SIZE = 256


def check(root: str | Path, size: int | Sequence[int] = CHECK_SIZE) -> RenderableType:
    """Load the data set in ``root`` at ``size`` pixels and describe it.

    Raises:
        DataError: if it is not usable; see `load_folder`.
    """
    return describe(load_folder(root, size))


def describe(dataset: Dataset) -> RenderableType:
    """A table of what the data set holds: images, groups, splits, spacing, classes, ignored pixels, metadata."""
    table = Table(title=Text(f"{dataset.name}: {dataset.task}"), show_header=False, title_justify="left")
    for name, value in _facts(dataset):
        table.add_row(Text(name), Text(value))  # Text: a name in square brackets is no markup
    return table


def _facts(dataset: Dataset) -> list[tuple[str, str]]:
    n, (height, width) = len(dataset), dataset.size
    per_group = np.array(list(Counter(dataset.groups).values()))
    facts = [
        ("images", f"{n}, {height} x {width} (height x width), {'grey' if dataset.channels == 1 else 'colour'}"),
        ("groups", f"{len(per_group)}, images in each: {_range(per_group)}"),
    ]
    if dataset.split is not None:
        images, groups = Counter(dataset.split), Counter(dict(zip(dataset.groups, dataset.split)).values())
        facts += [(f"split {name}", f"{images[name]} images of {groups[name]} groups") for name in images]
    facts.append(("unit", _UNITS[dataset.unit]))
    for axis, name in enumerate(("height", "width")):
        facts.append((f"pixel {name}", _range(dataset.spacing[:, axis], f" {dataset.unit}")))
    if dataset.cost is not None:
        facts.append(("cost", f"{_range(dataset.cost, ' s')}, {dataset.cost.sum() / 3600:.2f} h in all"))
    facts += _pixels(dataset) if dataset.task == "segmentation" else _labels(dataset)
    for column in dataset.metadata.columns:
        values = dataset.metadata[column]
        facts.append((f"column {column}", f"{values.nunique()} different values, such as {values.iloc[0]}"))
    return facts


_UNITS = {"mm": "mm", "px": "px: pixels of the image files, for no physical spacing is stated"}


def _pixels(dataset: Dataset) -> list[tuple[str, str]]:
    counts = np.stack([np.bincount(target.ravel(), minlength=IGNORE + 1) for target in dataset.targets])
    known = max(int(counts[:, :IGNORE].sum()), 1)
    facts = [
        (f"class {i} {name}", f"{_share(counts[:, i].sum(), known)} of pixels, in {_of(counts[:, i] > 0)} images")
        for i, name in enumerate(dataset.classes)
    ]
    empty, ignored = counts[:, 1:IGNORE].sum(axis=1) == 0, counts[:, IGNORE]
    facts.append(("only background", f"{_of(empty)} images"))
    facts.append(("ignored", f"{_share(ignored.sum(), counts.sum())} of pixels, in {_of(ignored > 0)} images"))
    return facts


def _labels(dataset: Dataset) -> list[tuple[str, str]]:
    return [(f"class {i} {name}", f"{_of(dataset.targets == i)} images") for i, name in enumerate(dataset.classes)]


def _of(chosen: NDArray[np.bool_]) -> str:
    return f"{int(chosen.sum())} ({_share(chosen.sum(), len(chosen))})"


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}%"


def _range(values: NDArray[np.generic], unit: str = "") -> str:
    low, middle, high = np.quantile(values.astype(np.float64), (0, 0.5, 1))
    return f"{low:.4g}{unit}" if low == high else f"{low:.4g} to {high:.4g}{unit}, median {middle:.4g}"
