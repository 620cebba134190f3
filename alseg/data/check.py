"""What a data set holds, told to the person who wants to use it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from alseg.data.dataset import IGNORE, Dataset
from alseg.data.folder import load_folder
from alseg.data.images import read_mask
from alseg.data.manifest import file_columns, inside
from alseg.errors import DataError

CHECK_SIZE = 256


def check(root: str | Path, size: int | Sequence[int] = CHECK_SIZE, **options: Any) -> RenderableType:
    """Load the data set in ``root`` at ``size`` pixels and describe it.

    Args:
        root: folder with ``manifest.csv``.
        size: of the images, as they are loaded.
        options: more arguments of `load_folder`.

    Raises:
        ConfigError: if an option is not possible.
        DataError: if it is not usable; see `load_folder`.
    """
    dataset = load_folder(root, size, **options)
    return describe(dataset, _mask_columns(Path(root).expanduser(), dataset))


def describe(dataset: Dataset, masks: Collection[str] = ()) -> RenderableType:
    """A table of what the data set holds: images, groups, splits, spacing, classes, ignored pixels, metadata.

    Args:
        dataset: to describe.
        masks: columns of its metadata with files of other masks.
    """
    table = Table(title=Text(f"{dataset.name}: {dataset.task}"), show_header=False, title_justify="left")
    for name, value in _facts(dataset, masks):
        table.add_row(Text(name), Text(value))  # Text: a name in square brackets is no markup
    return table


def _facts(dataset: Dataset, masks: Collection[str]) -> list[tuple[str, str]]:
    n, (height, width) = len(dataset), dataset.size
    per_group = np.array(list(Counter(dataset.groups).values()))
    facts = [
        ("images", f"{n}, {height} x {width} (height x width), {'grey' if dataset.channels == 1 else 'colour'}"),
        ("groups", f"{len(per_group)}, images in each: {_range(per_group)}"),
    ]
    if dataset.split is not None:
        images, groups = Counter(dataset.split), Counter(dict(zip(dataset.groups, dataset.split)).values())
        facts += [(f"split {name}", f"{images[name]} images of {groups[name]} groups") for name in images]
    facts.append(("lengths in", _UNITS[dataset.unit]))
    if dataset.window is not None:
        facts.append(("more than 8 bits", dataset.window))
    if dataset.regions is not None:
        sides = np.array([(region.height, region.width) for region in dataset.regions]).T
        facts.append(("cut to", f"height {_range(sides[0], ' px')}; width {_range(sides[1], ' px')} of the files"))
    for axis, name in enumerate(("height", "width")):
        facts.append((f"pixel {name}", _range(dataset.spacing[:, axis], f" {dataset.unit}")))
    if dataset.cost is not None:
        facts.append(("cost", f"{_range(dataset.cost, ' s')}, {dataset.cost.sum() / 3600:.2f} h in all"))
    facts += _pixels(dataset) if dataset.task == "segmentation" else _labels(dataset)
    for column in dataset.metadata.columns:
        values = dataset.metadata[column]
        held = f"{values.nunique()} different values, such as {values.iloc[0]}"
        facts.append(
            (f"column {column}", f"masks of {_of(values.to_numpy() != '')} images" if column in masks else held)
        )
    return facts


def _mask_columns(root: Path, dataset: Dataset) -> list[str]:
    """Columns of metadata whose first file is a mask; only a run that uses one reads all of its files."""

    def is_mask(column: str) -> bool:
        try:
            return bool(read_mask(inside(root, next(filter(None, columns[column]))), (1, 1)))
        except DataError:
            return False

    columns = {str(name): list(values) for name, values in dataset.metadata.items()}
    return [column for column in file_columns(root, columns) if is_mask(column)]


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
