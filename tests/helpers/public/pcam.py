"""PCam as its publisher packs it."""

from __future__ import annotations

import gzip
import io
from typing import Any

import numpy as np
import pytest

h5py = pytest.importorskip("h5py", reason='needs h5py: pip install "alseg[pcam]"')
STEM = "camelyonpatch_level_2_split"
PARTS = {"train": 5, "valid": 2, "test": 3}
Files = dict[str, bytes]


def hdf5(key: str, array: Any) -> bytes:
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file[key] = array
    return out.getvalue()


def table(part: str, n: int) -> bytes:
    """As pandas writes it, with the number of the row in a column without a name; two tiles of each slide."""
    rows = [f"{i},{100 + i},{200 + i},True,False,camelyon16_{part}_{i // 2:03d}" for i in range(n)]
    return "\n".join([",coord_y,coord_x,tumor_patch,center_tumor_patch,wsi", *rows, ""]).encode()


def files() -> Files:
    """Every second tile has tumour, every tile one value."""
    found = {}
    for start, (part, n) in enumerate(PARTS.items()):
        values = np.arange(n, dtype=np.uint8) + 50 * start
        found[f"{STEM}_{part}_x.h5.gz"] = gzip.compress(hdf5("x", np.tile(values[:, None, None, None], (1, 96, 96, 3))))
        found[f"{STEM}_{part}_y.h5.gz"] = gzip.compress(hdf5("y", (values % 2).reshape(-1, 1, 1, 1)))
        found[f"{STEM}_{part}_meta.csv"] = table(part, n)
    return found
