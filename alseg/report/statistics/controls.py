"""The control of a condition: random selection with the same learner and otherwise equal settings."""

from __future__ import annotations

from collections.abc import Sequence

from alseg.report.read.conditions import IDLE
from alseg.report.statistics.rows import Row

CONTROL = "random"
"""Name of the strategy that every other one is compared with, unless another is asked for."""


def control_of(row: Row, rows: Sequence[Row], name: str = CONTROL) -> Row | None:
    """The one row with the control strategy and otherwise the same settings, so that only the query differs.

    Where there is none, or the row has that strategy itself: the one with the same strategy and a cold start of that name,
    so that only the first images differ.

    Args:
        row: the condition.
        rows: all conditions on its data set.
        name: of the control strategy.
    """
    if row.reference:
        return None
    others = [other for other in rows if other is not row and not other.reference]
    if row.condition.name("strategy") != name:
        queried = [
            r for r in others if r.condition.name("strategy") == name and _equal_but(row, r, "strategy", "reduction")
        ]
        if queried:
            return queried[0] if len(queried) == 1 else None
    if row.condition.name("cold_start") in ("", name):
        return None
    started = [r for r in others if r.condition.name("cold_start") == name and _equal_but(row, r, "cold_start")]
    return started[0] if len(started) == 1 else None


def _equal_but(row: Row, control: Row, *groups: str) -> bool:
    # A reduction shapes scores, and random has none; it compares no images, so only a cold start has it need an embedding.
    apart = [*groups, *(g for g in IDLE if not control.condition.part(g).settings)]
    return row.condition.without(*apart) == control.condition.without(*apart)
