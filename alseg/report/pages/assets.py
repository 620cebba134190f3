"""Style sheets and scripts of the pages."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """The text of a file of this folder."""
    return files("alseg.report.pages").joinpath(name).read_text(encoding="utf-8")


def scripts(*names: str) -> str:
    """The JavaScript of these names, one after the other."""
    return "".join(asset(f"scripts/{name}.js") for name in names)
