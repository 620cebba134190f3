"""Pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; bars and line breaks in its cells are kept."""
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cell(text: str) -> str:
    """A text in a cell of a table: nothing in it is Markdown or HTML."""
    for sign in "\\`*_{}[]<>|$":
        text = text.replace(sign, f"&#{ord(sign)};")
    return text.replace("\n", " ")


def code(text: str) -> str:
    """A key or value in a cell of a table, which may break behind a dot or underscore."""
    shown = cell(text).replace(".", ".<wbr>").replace("&#95;", "&#95;<wbr>")
    return f"<code>{shown}</code>" if text else ""


def settings_table(settings: Iterable[tuple[str, str, str]]) -> str:
    """A table of settings with their values and comments."""
    rows = [(code(key), code(value), cell(comment)) for key, value, comment in settings]
    return table(("setting", "value", "what it is"), rows) if rows else ""
