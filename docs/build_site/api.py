"""Pages of what stands at the doors of the rooms, for mkdocstrings."""

from __future__ import annotations

import ast
import inspect

from alseg import imported_for_types
from docs.build_site.sources import ROOT

EXTRA = {"alseg.prediction": ("Prediction", "Batch"), "alseg.strategy": ("Strategy",), "alseg.simulation": ()}
"""Modules without a door whose names are for users."""


def doors() -> dict[str, tuple[str, list[str]]]:
    """Package to the first line of its docstring and the names that it offers."""
    found = {}
    for path in sorted((ROOT / "alseg").glob("**/__init__.py")):
        source = path.read_text(encoding="utf-8")
        names = sorted(imported_for_types(source.encode()), key=str.lower)
        if names:
            package = ".".join(path.parent.relative_to(ROOT).parts)
            found[package] = (inspect.cleandoc(ast.get_docstring(ast.parse(source)) or ""), names)
    return found


def pages() -> dict[str, str]:
    """A page for each door."""
    found = {}
    for package, (text, names) in doors().items():
        name = package.removeprefix("alseg.")
        blocks = [f"# {package}", text, *(f"::: {package}.{name}" for name in names)]
        found[f"docs/reference/api/{name}.md"] = "\n\n".join(blocks) + "\n"
    blocks = ["# Predictions and strategies"]
    blocks += [f"::: {module}.{name}" for module, names_ in EXTRA.items() for name in names_]
    found["docs/reference/api/predictions.md"] = "\n\n".join(blocks) + "\n"
    return found
