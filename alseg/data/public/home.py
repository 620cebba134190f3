"""Folders of converted data sets and of downloads."""

from __future__ import annotations

import os
from pathlib import Path


def data_home() -> Path:
    """``$ALSEG_DATA_HOME``, or ``~/.local/share/alseg``; ``conf/data/base/public.yaml`` says the same."""
    return Path(os.environ.get("ALSEG_DATA_HOME") or "~/.local/share/alseg").expanduser()


def downloads(name: str) -> Path:
    """The folder for the publisher's files of one data set."""
    return data_home() / "downloads" / name
