"""Docstrings of classes and functions, read from their files: nothing is imported for them."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROLE = re.compile(r":(?:class|func|meth|mod|attr):`~?([^`]+)`")
SECTIONS = re.compile(r"^(Args|Returns|Raises|Yields|Attributes):$", flags=re.M)


def plain(text: str) -> str:
    """A docstring in Markdown: roles, such as ``:class:`Top```, and double backquotes become code."""
    return re.sub(r"``([^`\n]+)``", r"`\1`", ROLE.sub(r"`\1`", text))


def described(target: str) -> str:
    """Markdown of what a ``_target_`` is: its docstring, or its module's, without arguments and errors; "" for others' code."""
    module, _, name = target.rpartition(".")
    if not module.startswith("alseg."):
        return ""
    tree = _tree(module)
    node = next((n for n in tree.body if isinstance(n, (ast.ClassDef, ast.FunctionDef)) and n.name == name), None)
    own = ast.get_docstring(node) if node is not None else None
    whole = ast.get_docstring(tree) or ""
    # A module of one idea may have its source in its own docstring.
    texts = [own or whole] if own is None or "Source:" in own else [own, *_sources(whole)]
    return "\n\n".join(_prose(plain(text)) for text in texts if text)


def _prose(text: str) -> str:
    """The paragraphs of a docstring; indented ones, which say what arguments are, are left out, and formulas kept."""
    kept, inside = [], False
    for paragraph in text.split("\n\n"):
        inside = bool(SECTIONS.match(paragraph)) or (inside and paragraph.startswith("    "))
        if not inside:
            kept.append(paragraph)
    return "\n\n".join(inspect.cleandoc(paragraph) for paragraph in kept)


def _sources(text: str) -> list[str]:
    return [paragraph for paragraph in text.split("\n\n") if "Source:" in paragraph]


@cache
def _tree(module: str) -> ast.Module:
    spec = find_spec(module)
    assert spec is not None, module
    assert spec.origin is not None, module
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
