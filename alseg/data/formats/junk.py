"""What operating systems and programs leave in folders."""

from __future__ import annotations

JUNK = ("__macosx", "thumbs.db", "desktop.ini")


def is_junk(name: str) -> bool:
    """Whether a file or folder of this name was put there by a system: hidden ones (``.DS_Store``, ``._x``) and `JUNK`."""
    return name.startswith(".") or name.lower() in JUNK
