"""Requests to people, as a run makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from alseg.data.dataset import Dataset
from alseg.oracles.request import Request


def requested(dataset: Dataset, run: Path, *ids: str, round_: int = 0, **more: Any) -> Request:
    """A request for these ids, or for all."""
    ids = ids or dataset.ids
    groups = dict(zip(dataset.ids, dataset.groups))
    reasons = tuple(f"{i + 1}. highest of 9" for i in range(len(ids)))
    scores = tuple(1 / (i + 2) for i in range(len(ids)))
    settings: dict[str, Any] = {"strategy": "entropy", "reasons": reasons, "scores": scores} | more
    return Request(round_, ids, groups=tuple(groups[id_] for id_ in ids), run=run, **settings)


def save_mask(path: Path, mask: Any, **options: Any) -> None:
    """Save class ids as an image file."""
    Image.fromarray(np.asarray(mask, dtype=np.uint8)).save(path, **options)
