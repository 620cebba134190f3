"""Columns of a manifest with what images are to be labelled with: ``mask`` or ``label``, whose cells may be empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from alseg.data.dataset import Task


def columns_task(columns: Mapping[str, Sequence[str]], mask: str) -> Task | None:
    """Task by the column that has values; of empty ones, by the only one there is, if there is one.

    Args:
        columns: name to cells.
        mask: name of the column of masks.
    """
    for there in (any, lambda cells: cells is not NOWHERE):
        masks, labels = (there(columns.get(name, NOWHERE)) for name in (mask, "label"))
        if masks != labels:
            return "segmentation" if masks else "classification"
    return None


NOWHERE: Sequence[str] = ()


def check_compared(columns: Mapping[str, Sequence[str]], column: str, fail: Callable[[int, str], object]) -> None:
    """Check that every row of ``val`` and ``test`` has what predictions are compared with.

    Args:
        columns: name to cells.
        column: of masks or labels; it may be missing.
        fail: called with the row and the problem.
    """
    cells = columns.get(column)
    for row, split in enumerate(columns.get("split", ())):
        if split in ("val", "test") and not (cells and cells[row]):
            fail(
                row,
                f"column {column!r} is empty and the split is {split!r}: predictions are compared with what is there; give it "
                f"a {column}, or make its split train",
            )
