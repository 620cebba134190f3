"""``alseg data check``: facts and problems of a data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from alseg.data.classes import label_classes
from alseg.data.column_facts import column_facts
from alseg.data.dataset import IGNORE, NO_CLASS, check_not_split
from alseg.data.file_facts import Facts, cut_facts, file_facts, span, training_facts
from alseg.data.fit import Place, pixel_size, place, placed_mask
from alseg.data.folder import headers_of, mm_of, size_of
from alseg.data.images import Header, read_image, read_mask
from alseg.data.manifest import Manifest, file_columns, inside, read_manifest
from alseg.data.masks import Masks
from alseg.data.region import read_regions
from alseg.data.window import Window, checked, describe
from alseg.errors import DataError
from alseg.terminal import shown


def check(
    root: str | Path,
    size: int | Sequence[int],
    name: str | None = None,
    classes: Sequence[str] | None = None,
    where: Mapping[str, object] | None = None,
    mask: str | None = None,
    region: str | None = None,
    fit: str = "stretch",
    mask_255: str | None = None,
    window: str | Sequence[float] = "percentile",
    follow_links: bool = False,
    key_255: str = "data.mask_255",
) -> RenderableType:
    """Read every file of a data set once, and report its content and the input of a training.

    Images are decoded to find those that cannot be, at their own size and never larger; pixels of classes are counted in the
    files, at their own resolution.

    Args:
        root: folder with ``manifest.csv``.
        size: to which a training would bring the images.
        name: and
        classes, where, mask, region, fit, mask_255, window, follow_links: as those of `load_folder`.
        key_255: name of the setting ``mask_255`` in messages.

    Raises:
        ConfigError: if an option is not possible.
        DataError: if it is not usable; see `load_folder`.
    """
    manifest = read_manifest(root, where, mask, follow_links=follow_links)
    wanted, rule = size_of(size), checked(window)
    headers, mask_headers = headers_of(manifest)
    sizes = [header.size for header in headers]
    regions = [None] * len(sizes) if region is None else read_regions(manifest, region, sizes)
    places = [place(file, cut, wanted, fit) for file, cut in zip(sizes, regions)]
    counts, alone = _read(manifest, headers, places, rule)
    name = name or manifest.path.parent.resolve().name
    if manifest.split is not None:
        check_not_split(name, "group", manifest.groups, "split", manifest.split)

    facts: Facts = [("images", str(len(headers))), *file_facts(headers), *_groups(manifest)]
    mm = mm_of(manifest, None)
    pixel = pixel_size(places, sizes, wanted)
    facts.append(
        ("lengths in", "px: pixels of the image files, for no physical spacing is stated" if mm is None else "mm")
    )
    if mm is not None:
        facts += [(f"pixel {side}", span(mm[:, axis], " mm")) for axis, side in enumerate(("height", "width"))]
    if manifest.cost is not None:
        facts.append(("cost", f"{span(manifest.cost, ' s')}, {manifest.cost.sum() / 3600:.2f} h in all"))
    facts += _targets(manifest)
    if manifest.masks is not None:
        masks = Masks.of(manifest.masks or (None,) * len(headers), mask_headers)
        white = masks.foreground(counts, alone, mask_255, classes, key_255)
        names = masks.classes(counts, white, classes, key_255)
        facts += _pixels(masks.class_counts(counts, white), names)
    elif manifest.labels is not None:
        facts += _labels(*label_classes(manifest, classes))
    facts += _columns(manifest, follow_links)
    facts += training_facts(headers, places, wanted, fit)
    facts += cut_facts(headers, [one.region for one in places])
    if deep := describe(rule, sum(header.deep for header in headers), len(headers)):
        facts.append(("more than 8 bits", deep))
    unit, seen = ("px of the files", pixel) if mm is None else ("mm", pixel * mm)
    facts += [(f"its pixel {side}", span(seen[:, axis], f" {unit}")) for axis, side in enumerate(("height", "width"))]

    task = manifest.task if any(manifest.has_target) else "nothing is labelled yet"
    table = Table(title=Text(f"{name}: {task}"), show_header=False, title_justify="left")
    for what, value in facts:
        table.add_row(Text(what), Text(value))  # Text: a name in square brackets is no markup
    return table


def _read(
    manifest: Manifest, headers: Sequence[Header], places: Sequence[Place], window: Window
) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """``(N, 256)`` pixels of each value in the masks, and ``(N,)`` which of these hold 255 alone; nothing else is kept."""

    def one(row: int) -> tuple[NDArray[np.uint32], bool]:
        where, header = places[row], headers[row]
        size = (where.region.height, where.region.width) if where.region else header.size
        read_image(manifest.images[row], size, header.channels, where.region, window)
        path = None if manifest.masks is None else manifest.masks[row]
        if path is None:
            return nothing
        _, counts, alone = placed_mask(path, where, None)
        return counts, alone

    n, nothing = len(headers), (np.zeros(IGNORE + 1, dtype=np.uint32), False)
    found = np.zeros((n, IGNORE + 1), dtype=np.uint32)
    alone = np.zeros(n, dtype=np.bool_)
    with ThreadPoolExecutor() as threads:
        for row, (counts, is_alone) in enumerate(shown(threads.map(one, range(n)), n, "Reading images")):
            found[row], alone[row] = counts, is_alone
    return found, alone


def _groups(manifest: Manifest) -> Facts:
    per_group = np.array(list(Counter(manifest.groups).values()))
    facts = [("groups", f"{len(per_group)}, images in each: {span(per_group)}")]
    if manifest.split is not None:
        images, groups = Counter(manifest.split), Counter(dict(zip(manifest.groups, manifest.split)).values())
        facts += [(f"split {name}", f"{images[name]} images of {groups[name]} groups") for name in images]
    return facts


def _targets(manifest: Manifest) -> Facts:
    """Nothing where every image has a target."""
    there = np.array(manifest.has_target, dtype=np.bool_)
    if there.all():
        return []
    if not there.any():
        needs = "data.classes" if manifest.task else "data.task and data.classes"
        return [("labelled", f"{_of(there)} images; a run is told by {needs} what is asked")]
    return [
        ("labelled", f"{_of(there)} images have a {'mask' if manifest.masks else 'label'}; the others wait for one")
    ]


def _pixels(counts: NDArray[np.uint32], classes: Sequence[str]) -> Facts:
    total = counts.sum(axis=0, dtype=np.int64)
    known = max(int(total[:IGNORE].sum()), 1)
    facts = [
        (f"class {i} {name}", f"{_share(total[i], known)} of pixels, in {_of(counts[:, i] > 0)} images")
        for i, name in enumerate(classes)
    ]
    empty, ignored = counts[:, 1:IGNORE].sum(axis=1) == 0, counts[:, IGNORE]
    facts.append(("only background", f"{_of(empty)} images"))
    facts.append(("ignored", f"{_share(total[IGNORE], total.sum())} of pixels, in {_of(ignored > 0)} images"))
    return facts


def _labels(classes: Sequence[str], labels: NDArray[np.int64]) -> Facts:
    labels = labels[labels != NO_CLASS]
    return [(f"class {i} {name}", f"{_of(labels == i)} images") for i, name in enumerate(classes)]


def _columns(manifest: Manifest, follow_links: bool) -> Facts:
    columns = {str(name): [str(cell) for cell in cells] for name, cells in manifest.metadata.items()}
    root = manifest.path.parent
    masks = [name for name in file_columns(root, columns, follow_links) if _is_mask(root, columns[name], follow_links)]
    facts = []
    for name, cells in columns.items():
        there = np.array([bool(cell) for cell in cells], dtype=np.bool_)
        facts.append((f"column {name}", f"masks of {_of(there)} images" if name in masks else column_facts(cells)))
    return facts


def _is_mask(root: Path, cells: Sequence[str], follow_links: bool) -> bool:
    """True if the first file of a column is a mask; only a run that uses the column reads all of its files."""
    try:
        return bool(read_mask(inside(root, next(filter(None, cells)), follow_links=follow_links), (1, 1)))
    except DataError:
        return False


def _of(chosen: NDArray[np.bool_]) -> str:
    return f"{int(chosen.sum())} ({_share(chosen.sum(), max(len(chosen), 1))})"


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}%"
