"""Paths as two people may spell them: whether they can be one place."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path, PurePath


def resolved(path: str) -> Path:
    """Absolute, without ``~``, ``..`` and symbolic links."""
    return Path(path).expanduser().resolve()


def same_place(one: object, other: object) -> bool:
    """Whether two paths lead to the same place from here."""
    return isinstance(one, str) and isinstance(other, str) and resolved(one) == resolved(other)


def joined(paths: Collection[str]) -> dict[str, str]:
    """Each path of other machines or folders to one that stands for it.

    Nothing is known of the folders that they were given in, so ``ds`` stands for ``/home/me/ds`` where no other path ends
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
