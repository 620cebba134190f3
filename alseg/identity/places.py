"""Comparison of paths that may be spelt differently."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path, PurePath


def resolved(path: str) -> Path:
    """Make a path absolute, without ``~``, ``..`` and symbolic links."""
    return Path(path).expanduser().resolve()


def same_place(one: object, other: object) -> bool:
    """True if two paths lead to the same place on this machine."""
    return isinstance(one, str) and isinstance(other, str) and resolved(one) == resolved(other)


def joined(paths: Collection[str]) -> dict[str, str]:
    """Map each path, of any machine, to one that represents it.

    The folders that relative paths started from are unknown, so ``ds`` stands for ``/home/me/ds`` where no other path ends
    like this, and two absolute paths are two places.
    """
    whole = sorted({os.path.normpath(path) for path in paths}, key=lambda path: (-len(_parts(path)), path))
    stands: dict[str, str] = {}
    for path in whole:
        ends = [] if PurePath(path).is_absolute() else [p for p in dict.fromkeys(stands.values()) if _ends(p, path)]
        stands[path] = ends[0] if len(ends) == 1 else path
    return {path: stands[os.path.normpath(path)] for path in paths}


def _ends(path: str, end: str) -> bool:
    parts = _parts(end)
    return bool(parts) and _parts(path)[-len(parts) :] == parts


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in PurePath(path).parts if part not in ("..", "."))
