"""Parser of ``--where {site:montgomery}``, written as ``data.where``, with values as they were typed."""

from __future__ import annotations

import re

from alseg.errors import ConfigError

_ENTRY = re.compile(
    r"""\s*(?P<column>"[^"]*"|'[^']*'|[^:,{}\[\]]+?)\s*:\s*(?P<value>\[[^\]]*\]|"[^"]*"|'[^']*'|[^,\[\]{}]*?)\s*(?:,|$)"""
)
_ITEM = re.compile(r"""\s*("[^"]*"|'[^']*'|[^,]*?)\s*(?:,|$)""")


def read_where(text: str) -> dict[str, list[str]]:
    """Parse columns and the values to keep, each of which is text: ``1_2`` is not 12.

    Args:
        text: ``{COLUMN:VALUE}`` or ``{COLUMN:[VALUE,VALUE],COLUMN:VALUE}``; the braces may be left out, and quotes are taken
            off.

    Raises:
        ConfigError: if the text has another form.
    """
    inside = text.strip()
    if inside[:1] == "{" and inside[-1:] == "}":
        inside = inside[1:-1]
    found: dict[str, list[str]] = {}
    at = 0
    while at < len(inside.rstrip()):
        entry = _ENTRY.match(inside, at)
        if entry is None or not entry["value"]:
            raise ConfigError(f"--where {text}: write it as {{COLUMN:VALUE}} or {{COLUMN:[VALUE,VALUE]}}")
        found[_bare(entry["column"])] = _values(entry["value"])
        at = entry.end()
    if not found:
        raise ConfigError(f"--where {text}: write it as {{COLUMN:VALUE}} or {{COLUMN:[VALUE,VALUE]}}")
    return found


def _values(text: str) -> list[str]:
    if text[:1] != "[":
        return [_bare(text)]
    return [_bare(item) for item in _ITEM.findall(text[1:-1]) if item]


def _bare(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
