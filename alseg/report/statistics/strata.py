"""Strata: the images of a data set told apart by one column of its manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alseg.terminal import shortened

MOST = 12
"""So many values are told apart; the rarer ones are one stratum, and numbers with more values go by quarters."""
LONGEST = 40
"""Characters of a value in a report."""
QUARTERS = (0.25, 0.5, 0.75)
EMPTY = "not stated"


@dataclass(frozen=True)
class Strata:
    """The strata of one column.

    Args:
        column: its name.
        names: of the strata, as they are shown: values by their frequency, numbers by their size; what is rare and what is
            not stated come last.
        of_value: the place among ``names`` of every value that occurs.
        quarters: whether the strata are the quarters of a column of numbers.
    """

    column: str
    names: tuple[str, ...]
    of_value: dict[str, int]
    quarters: bool = False

    @property
    def title(self) -> str:
        """The column as it is shown."""
        return shortened(self.column, LONGEST)

    @property
    def remark(self) -> str:
        """Sentence on numbers that go by quarters; empty for any other column."""
        return " Numbers by quarters of all images of the data set." if self.quarters else ""

    def codes(self, cells: pd.Series[str]) -> NDArray[np.intp]:
        """``(N,)`` place of each image's stratum, of a column of categories; -1 for an image that the table does not name."""
        of_code = np.array([self.of_value.get(str(value), -1) for value in cells.cat.categories] + [-1], dtype=np.intp)
        return of_code[cells.cat.codes.to_numpy()]


def strata(column: str, tables: Sequence[pd.Series[str]]) -> Strata:
    """Strata of the values in one or several columns of categories: more than one table where the manifest was changed."""
    counts: Counter[str] = Counter()
    for cells in tables:
        each = np.bincount(cells.cat.codes.to_numpy() + 1, minlength=len(cells.cat.categories) + 1)[1:]
        counts.update({str(value): int(n) for value, n in zip(cells.cat.categories, each) if n})
    empty = counts.pop("", 0)
    numbers = numbers_of(counts)
    quarters = numbers is not None and len(counts) > MOST
    if numbers is None:
        names, of_value = _frequent(counts)
    elif quarters:
        names, of_value = _quarters(numbers, counts)
    else:
        order = sorted(counts, key=lambda value: numbers[value])
        names, of_value = list(order), {value: i for i, value in enumerate(order)}
    if empty:
        of_value[""] = len(names)
        names.append(EMPTY)
    return Strata(column, tuple(_apart(names)), of_value, quarters)


def is_telling(found: Strata, images: int) -> bool:
    """True for a column that can be shown unasked: it has 2 to `MOST` values, most of them more than once, or numbers."""
    few = len(found.of_value) == len(found.names) <= images / 2
    return len(found.names) > 1 and (found.quarters or few)


def _frequent(counts: Counter[str]) -> tuple[list[str], dict[str, int]]:
    order = [value for value, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    if len(order) <= MOST:
        return list(order), {value: i for i, value in enumerate(order)}
    kept = order[: MOST - 1]
    of_value = {value: min(i, len(kept)) for i, value in enumerate(order)}
    return [*kept, f"{len(order) - len(kept):,} other values"], of_value


def _quarters(numbers: dict[str, float], counts: Counter[str]) -> tuple[list[str], dict[str, int]]:
    """Quarters of the images; fewer strata where many images have one number."""
    values, weights = np.array([numbers[value] for value in counts]), list(counts.values())
    edges = np.unique(np.quantile(np.repeat(values, weights), QUARTERS, method="lower"))
    edges = edges[edges < values.max()]
    of_value = {value: int(np.searchsorted(edges, numbers[value])) for value in counts}
    used = {place: i for i, place in enumerate(sorted(set(of_value.values())))}
    texts = _distinct([*edges.tolist(), float(values.max())])
    names = [f"up to {texts[place]}" if place == 0 else f"above {texts[place - 1]}" for place in used]
    for i, place in enumerate(used):
        if 0 < place < len(edges):
            names[i] += f", up to {texts[place]}"
    return names, {value: used[place] for value, place in of_value.items()}


def _distinct(numbers: Sequence[float]) -> list[str]:
    """Numbers with as many digits as tell them apart."""
    for digits in range(3, 17):
        texts = [f"{number:.{digits}g}" for number in numbers]
        if len(set(texts)) == len(set(numbers)):
            break
    return texts


def numbers_of(values: Iterable[str]) -> dict[str, float] | None:
    """Values as numbers; None where one of them is none, or there are no values."""
    try:
        numbers = {value: float(value.replace("_", "x")) for value in values}  # 1_0 is a name
    except ValueError:
        return None
    return numbers if numbers and np.isfinite(list(numbers.values())).all() else None


def _apart(values: Sequence[str]) -> list[str]:
    """Values as they are shown; those that look alike when they are cut are numbered."""
    seen: Counter[str] = Counter()
    names = []
    for value in values:
        name = shortened(value, LONGEST) or "(blank)"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return names
