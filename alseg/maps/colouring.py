"""Colourings of the points of a map: clusters, classes, groups, foreground, and columns of the manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alseg.maps.feature_map import FeatureMap
from alseg.maps.shown_classes import UNKNOWN
from alseg.report.statistics.strata import numbers_of
from alseg.terminal import shortened

FEW = 12
"""Numbers with more different values are a scale."""
NAMED = 200
"""Most names of a column of the manifest; rarer values are one category."""
COLUMNS = 12
"""Most columns of the manifest that a page offers."""
LONGEST = 60
"""Characters of a name."""
OTHER = "other values"


@dataclass(frozen=True)
class Colouring:
    """One thing that colours can tell.

    Args:
        title: what it is.
        names: of the categories; empty for numbers.
        codes: ``(N,)`` category of each image, -1 for none; None for numbers.
        values: ``(N,)`` numbers, NaN for none; None for categories.
    """

    title: str
    names: tuple[str, ...] = ()
    codes: NDArray[np.intp] | None = None
    values: NDArray[np.float64] | None = None


def colourings(map_: FeatureMap) -> dict[str, Colouring]:
    """Everything that the colours of a map can tell, by a key; the one that leads is the first."""
    found: dict[str, Colouring] = {}
    if map_.clusters is not None:
        numbers = np.unique(map_.clusters[map_.clusters >= 0])
        codes = np.where(map_.clusters >= 0, np.searchsorted(numbers, map_.clusters), -1)
        found["cluster"] = Colouring("cluster", tuple(f"cluster {number}" for number in numbers), codes)
    if map_.classes is not None:
        found["class"] = by_frequency("class", map_.classes)
    if 1 < len(set(map_.groups)) < len(map_):
        found["group"] = by_frequency("group", map_.groups)
    if map_.labelled is not None and any(map_.labelled):
        codes = np.array([not there for there in map_.labelled], dtype=np.intp)
        found["labelled"] = Colouring("label", ("has a label", UNKNOWN), codes)
    if map_.shares is not None:
        found["share"] = Colouring("foreground share", values=np.asarray(map_.shares, dtype=np.float64))
    found |= {f"column {place}": one for place, one in _columns(map_)}
    if map_.colour is not None:
        key = f"column {list(map_.metadata).index(map_.colour)}"
        found = {key: found[key]} | found
    return found


def by_frequency(title: str, names: Sequence[str], most: int | None = None) -> Colouring:
    """Categories with the most frequent first; of more than ``most`` the rarest are one."""
    order = [name for name, _ in Counter(names).most_common()]
    kept = order if most is None or len(order) <= most else order[: most - 1]
    code = {name: i for i, name in enumerate(kept)}
    shown = tuple(kept) if len(kept) == len(order) else (*kept, OTHER)
    return Colouring(title, shown, np.array([code.get(name, len(kept)) for name in names], dtype=np.intp))


def _columns(map_: FeatureMap) -> list[tuple[int, Colouring]]:
    """Columns of the manifest by their places: those that tell some images from others, and the one that was asked for."""
    found: list[tuple[int, Colouring]] = []
    for place, (column, cells) in enumerate(map_.metadata.items()):
        different = len({*cells})
        telling = different > 1 and (different <= NAMED or numbers_of({*cells} - {""}) is not None)
        if column == map_.colour or (telling and len(found) < COLUMNS):
            found.append((place, _column(column, cells)))
    return found


def _column(column: str, cells: Sequence[str]) -> Colouring:
    title, filled = shortened(column, LONGEST), {*cells} - {""}
    numbers = numbers_of(filled)
    if numbers is not None and len(filled) > FEW:
        return Colouring(title, values=np.array([numbers.get(cell, np.nan) for cell in cells]))
    shown = {cell: shortened(cell, LONGEST) for cell in filled}
    found = by_frequency(title, [shown.get(cell, "") for cell in cells], NAMED)
    return Colouring(title, tuple(name or "not stated" for name in found.names), found.codes)
