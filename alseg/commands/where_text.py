"""Parser of ``--where {site:montgomery}``, written as ``data.where``, with values as they were typed."""

from __future__ import annotations

from alseg.composition.override_text import split
from alseg.errors import ConfigError


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
    try:
        return dict(map(_entry, split(inside.rstrip().removesuffix(","))))
    except ValueError:
        raise ConfigError(f"--where {text}: write it as {{COLUMN:VALUE}} or {{COLUMN:[VALUE,VALUE]}}") from None


def _entry(text: str) -> tuple[str, list[str]]:
    column, *parts = split(text, ":")
    value = ":".join(parts).strip()
    if value[:1] + value[-1:] == "[]":
        return _bare(column), [_bare(item) for item in split(value[1:-1]) if item.strip()]
    return _bare(column), [_bare(value)]


def _bare(text: str) -> str:
    """Take the quotes off; text without them is neither empty nor has brackets."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if not text or set(text) & set("[]{}"):
        raise ValueError(text)
    return text
