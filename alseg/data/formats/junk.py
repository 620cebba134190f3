"""Files that operating systems and programs leave in folders."""

from __future__ import annotations

JUNK = ("__macosx", "thumbs.db", "desktop.ini")


def is_junk(name: str) -> bool:
    """True if a file or folder of this name is a system's: hidden ones (``.DS_Store``, ``._x``) and `JUNK`."""
    return name.startswith(".") or name.lower() in JUNK
