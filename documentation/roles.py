"""Roles of docstrings, such as ``:class:`Top```, as code: mkdocstrings takes Markdown."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:class|func|meth|mod|attr):`~?([^`]+)`")


def plain(text: str) -> str:
    """A docstring in Markdown: roles and double backquotes become code."""
    return re.sub(r"``([^`\n]+)``", r"`\1`", ROLE.sub(r"`\1`", text))


class Roles(griffe.Extension):
    """Reads the docstrings of alseg as Markdown."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Change the docstring of an object before it is parsed."""
        if obj.docstring is not None:
            obj.docstring.value = plain(obj.docstring.value)
