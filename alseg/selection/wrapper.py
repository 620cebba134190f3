"""Base class of selectors around another selector."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Need, Selector


class Wrapper(Selector):
    """Changes what an inner selector sees: fewer candidates, or other scores.

    Args:
        of: the inner selector.
    """

    adds: ClassVar[frozenset[Need]] = frozenset()
    """Fields that the candidates must have besides those of the inner selector."""

    def __init__(self, of: Selector) -> None:
        self.of = of
        self.needs = self.adds | of.needs  # type: ignore[misc]  # a class variable, but here it depends on the object

    def inner(
        self, candidates: Candidates, rows: NDArray[np.intp], n: int, rng: np.random.Generator
    ) -> NDArray[np.intp]:
        """Rows that the inner selector picks among these, of which there are at least n."""
        rows = np.sort(rows)  # the canonical order
        return rows if len(rows) == n else rows[self.of.pick(candidates.take(rows), n, rng)]
