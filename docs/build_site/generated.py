"""All that the build makes."""

from __future__ import annotations

from docs.build_site import api, methods, notebooks, settings


def generated() -> dict[str, str | bytes]:
    """Pages and pictures by their places in the repository, as if they lay there."""
    found: dict[str, str | bytes] = {}
    for group, name in methods.listed():
        found[methods.place(group, name)] = methods.page(group, name)
        if methods.has_picture(group, name):
            found[methods.place(group, name).replace(".md", ".png")] = methods.picture(group, name)
    for notebook in notebooks.notebooks():
        found |= notebooks.pages(notebook)
    return found | settings.pages() | api.pages()
