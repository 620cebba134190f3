"""Digest of whatever a simulation depends on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import partial
from hashlib import blake2b
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

import alseg


def key(*things: Any) -> str:
    """Digest of settings, strategies, arrays and plain values, and of alseg's version.

    Objects count by their class and attributes, functions by their names: an edited function has the digest it had. So do files:
    where a data set lies makes no difference, and what was read of it counts as arrays.

    Raises:
        TypeError: for a value whose content is not known.
    """
    text = json.dumps([alseg.__version__, *map(_plain, things)], sort_keys=True)
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _plain(thing: Any) -> Any:
    if thing is None or isinstance(thing, bool | int | float | str):
        return thing
    if isinstance(thing, PurePath):
        return thing.name
    if isinstance(thing, np.ndarray):
        digest = blake2b(np.ascontiguousarray(thing).data, digest_size=8).hexdigest()
        return [digest, list(thing.shape), str(thing.dtype)]
    if isinstance(thing, pd.DataFrame):
        return _plain(thing.to_csv())
    if isinstance(thing, Mapping):
        return {str(name): _plain(value) for name, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [_plain(value) for value in thing]
    if isinstance(thing, set | frozenset):
        return sorted(map(str, thing))
    if isinstance(thing, partial):
        return [_plain(thing.func), _plain(thing.args), _plain(thing.keywords)]
    if callable(thing) and hasattr(thing, "__qualname__"):
        return f"{thing.__module__}.{thing.__qualname__}"
    if dataclasses.is_dataclass(thing):
        fields = {one.name: _plain(getattr(thing, one.name)) for one in dataclasses.fields(thing)}
        return {"is": type(thing).__qualname__, **fields}
    if hasattr(thing, "__dict__"):
        return {"is": type(thing).__qualname__, **{name: _plain(value) for name, value in vars(thing).items()}}
    raise TypeError(f"{type(thing).__name__}: what is in it is not known")
