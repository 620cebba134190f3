"""The navigation, with the pages that are made in their places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from docs.build_site.methods import GROUPS

PARTS = {"Methods": "docs/methods/", "Reference": "docs/reference/"}
"""Tab to the folder of the made pages that it shows, behind those that it names itself."""
TITLES = GROUPS | {"settings": "Settings", "api": "API"}
"""Folder of made pages to the title of its part."""


def filled(nav: list[Any], made: Iterable[str]) -> list[Any]:
    """A navigation of ``mkdocs.yml`` with the made pages; each folder of them is a part, in the order of the pages."""
    pages = [page for page in made if page.endswith(".md")]
    found = []
    for entry in nav:
        ((title, inside),) = entry.items() if isinstance(entry, dict) else (("", entry),)
        folder = PARTS.get(title)
        found.append(_shown(entry) if folder is None else {title: [*inside, *_parts(pages, folder)]})
    return found


def _shown(entry: Any) -> Any:
    """An entry with the page of each notebook in its place."""
    if isinstance(entry, dict):
        return {title: _shown(inside) for title, inside in entry.items()}
    if isinstance(entry, list):
        return [_shown(inside) for inside in entry]
    return entry.replace(".ipynb", ".md")


def _parts(pages: list[str], folder: str) -> list[Any]:
    parts: dict[str, list[str]] = {}
    for page in pages:
        if page.startswith(folder):
            parts.setdefault(page.removeprefix(folder).rpartition("/")[0], []).append(page)
    alone = parts.pop("", [])
    return [*alone, *({TITLES[part]: inside} for part, inside in parts.items())]
