"""All that the build makes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from docs.build_site import api, methods, notebooks, settings

AT_ONCE = 2
"""Notebooks that run side by side, each in a process of its own with one thread."""


def generated() -> dict[str, str | bytes]:
    """Pages and pictures by their places in the repository, as if they lay there."""
    found: dict[str, str | bytes] = {}
    with ThreadPoolExecutor(AT_ONCE) as at_work:
        run = at_work.map(notebooks.kept_pages, notebooks.notebooks())
        for group, name in methods.listed():
            found[methods.place(group, name)] = methods.page(group, name)
            if methods.has_picture(group, name):
                found[methods.place(group, name).replace(".md", ".png")] = methods.picture(group, name)
        for made in run:
            found |= made
    return found | settings.pages() | api.pages()
