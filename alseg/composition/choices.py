"""Choices of a group of the config."""

from __future__ import annotations

from alseg.composition.plugins import config_folders
from alseg.data.public.registry import datasets


def choices(group: str) -> list[str]:
    """Names in alphabetical order: files of ``conf/`` and of plugins and, of ``data``, the public data sets."""
    files = {path.stem for folder in config_folders() for path in (folder / group).glob("*.yaml")}
    return sorted(files.union(datasets() if group == "data" else ()))
