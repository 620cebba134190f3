"""Summary of a column of metadata: its values with their counts, or the range of its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from alseg.data.file_facts import span

FEW = 12
"""Most different values that are all named, with their counts."""
SHOWN = 5
"""Number of values named, the most frequent ones, where there are more."""


def column_facts(cells: Sequence[str]) -> str:
    """Summarise the values in one line, the most frequent first.

    Args:
        cells: N texts, empty where nothing is known.
    """
    filled = [cell for cell in cells if cell]
    empty = f"; empty in {len(cells) - len(filled)}" if len(filled) < len(cells) else ""
    if not filled:
        return f"empty in all {len(cells)}"
    counts = Counter(filled).most_common()
    if len(counts) <= FEW and (counts[0][1] > 1 or len(counts) == 1):
        return ", ".join(f"{value}: {count}" for value, count in counts) + empty
    numbers = _numbers(filled)
    if numbers is not None:
        return f"numbers {span(numbers)}; {len(counts)} different{empty}"
    if counts[0][1] == 1:
        return f"{len(counts)} different values, each once, such as {filled[0]}{empty}"
    most = ", ".join(f"{value}: {count}" for value, count in counts[:SHOWN])
    return f"{len(counts)} different values, most often {most}{empty}"


def _numbers(cells: Sequence[str]) -> np.ndarray | None:
    try:
        numbers = np.array([float(cell) for cell in cells])
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None
