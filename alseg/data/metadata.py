"""Metadata of images as text: the columns of a manifest in which alseg itself looks for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alseg.data.dataset import Dataset

OWN = ("id", "split", "group")
"""Names that no column of metadata has, for they are the data set's own."""


def metadata_texts(dataset: Dataset, ids: Sequence[str]) -> dict[str, list[str]]:
    """Column to the text of each of n images, empty where nothing is stated.

    What a data set that was made in Python holds besides text is text as Python writes it.
    """
    rows = dataset.metadata.reindex(list(ids))
    return {str(name): [_text(cell) for cell in rows[name]] for name in rows.columns if str(name) not in OWN}


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    return "" if cell is None or cell != cell else str(cell)
