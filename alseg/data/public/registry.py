"""All public data sets by name."""

from __future__ import annotations

import importlib
from difflib import get_close_matches
from functools import cache

from alseg.data.public.description import PublicDataset
from alseg.errors import ConfigError

MODULES = (
    "montgomery",
    "shenzhen",
    "crc5000",
    "crc100k",
    "pcam",
    "medmnist",
    "busi",
    "kvasir_seg",
    "isic2018",
    "chaoyang",
    "breakhis",
    "decathlon",
    "carotid_artery",
    "cubs",
    "chexmask",
    "synthstrip",
)
"""Files of this folder; each has ``DATASETS``."""


@cache
def datasets() -> dict[str, PublicDataset]:
    """Name to description, in the order of the lists."""
    modules = [importlib.import_module(f"alseg.data.public.sets.{module}") for module in MODULES]
    return {dataset.name: dataset for module in modules for dataset in module.DATASETS}


def find(name: str) -> PublicDataset:
    """The data set of this name.

    Raises:
        ConfigError: if there is none.
    """
    known = datasets()
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "alseg data list shows them all"
        raise ConfigError(f"there is no public data set {name!r}; {hint}")
    return known[name]
