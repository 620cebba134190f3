"""Docstrings as mkdocstrings takes them: Markdown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import griffe

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from docs.build_site.docstrings import plain


class Roles(griffe.Extension):  # type: ignore[misc]  # griffe is not installed where types are checked
    """Changes the docstrings of alseg before they are parsed."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Make Markdown of the docstring of an object."""
        if obj.docstring is not None:
            obj.docstring.value = plain(obj.docstring.value)
