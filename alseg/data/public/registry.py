"""Registry of the public data sets by name."""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from functools import cache

from alseg.data.public import sets
from alseg.data.public.description import PublicDataset
from alseg.errors import ConfigError


@cache
def datasets() -> dict[str, PublicDataset]:
    """Name to description: the ``DATASETS`` of every file in ``sets/``, by the names of the files, in the order in each."""
    names = sorted(module.name for module in pkgutil.iter_modules(sets.__path__))
    modules = [importlib.import_module(f"{sets.__name__}.{name}") for name in names]
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
