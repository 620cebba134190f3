"""Names of files for ids, which may hold anything."""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST = 120
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""What Windows takes for devices."""


def file_names(ids: Sequence[str]) -> list[str]:
    """A name for each id, without an ending: letters, digits, ``_``, ``-`` and ``.``; no two differ by their case alone."""
    taken: set[str] = set()
    names = []
    for id_ in ids:
        plain = re.sub(r"[^\w.-]+", "_", id_)[:LONGEST].lstrip(".") or "image"
        plain = f"_{plain}" if RESERVED.fullmatch(plain) else plain
        name, number = plain, 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name.casefold())
        names.append(name)
    return names
