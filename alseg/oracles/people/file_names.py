"""Names of files for ids that cannot all be names of files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,59}", re.ASCII)
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices."""
KEPT = 40
"""Characters of an id in the name that stands for it."""


def safe_names(ids: Sequence[str]) -> dict[str, str]:
    """Name of a file, without suffix, for each id: the id itself where every file system takes it and tells it from all others.

    Any other becomes its letters and digits and eight characters of a digest, so that it depends on no order. Names differ
    in more than large and small letters, have at most 60 characters, and none is hidden or a Windows device.
    """
    alike = Counter(id_.casefold() for id_ in ids)
    return {id_: id_ if alike[id_.casefold()] == 1 and _is_safe(id_) else _made(id_) for id_ in ids}


def _is_safe(id_: str) -> bool:
    return SAFE.fullmatch(id_) is not None and not id_.endswith(".") and DEVICE.fullmatch(id_) is None


def _made(id_: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", id_)[:KEPT].strip("_-") or "image"
    return f"{plain}-{blake2b(id_.encode(), digest_size=4).hexdigest()}"
