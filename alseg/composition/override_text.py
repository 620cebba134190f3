"""Values of overrides as text: compared with Hydra's reading, and put in quotes where that would change them."""

from __future__ import annotations

import re
from functools import cache
from types import UnionType
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString, Sweep
from hydra.errors import HydraException

from alseg.composition.setting import Setting
from alseg.errors import ConfigError

UNREADABLE = object()
"""Stands for a value that Hydra's grammar cannot parse."""

_PARSER = OverridesParser.create()
_LISTED = re.compile(r"(?P<name>choice|shuffle|sort)\((?P<inside>.*)\)", re.DOTALL)
_OTHER_FUNCTIONS = re.compile(r"(range|interval|glob|tag|int|float|bool|str)\(.*\)", re.DOTALL)
_CLOSING = {"[": "]", "{": "}", "(": ")"}


@cache
def read(value: str) -> Any:
    """Parse the text behind ``=`` as Hydra does: quoted text stays a `QuotedString`, a sweep is one."""
    try:
        return _PARSER.parse_override(f"it={value}")._value
    except HydraException:
        return UNREADABLE


def is_plain(value: Any) -> bool:
    """True if Hydra read a value as text, or as several texts to sweep over."""
    return _is_of(value, str | QuotedString)


def is_mapping(value: Any) -> bool:
    """True if Hydra read a value as a mapping, or as several to sweep over."""
    return _is_of(value, dict)


def _is_of(value: Any, kind: type | UnionType) -> bool:
    if isinstance(value, Sweep):
        listed = getattr(value, "list", None)
        return listed is not None and all(_is_of(each, kind) for each in listed)
    return isinstance(value, kind)


def quoted(text: str) -> str:
    """Quote a text, so that Hydra reads it as this very text."""
    return QuotedString(text, Quote.single).with_quotes()


def as_text(value: str, setting: Setting, key: str) -> str:
    """Put quotes around all that the setting takes as text and Hydra would read as anything else.

    Args:
        value: what was typed behind ``=``, possibly several values with commas between.
        setting: whose value it is.
        key: its name.

    Raises:
        ConfigError: if the name of a column would be read as a number; Hydra has no quotes for names.
    """
    return ",".join(_part(part, setting, key) for part in split(value))


def split(text: str, at: str = ",") -> list[str]:
    """Split at the separators that lie in no quotes and no brackets; a quote or bracket that never closes is a character."""
    parts, depth, quote, start = [], 0, "", 0
    for position, character in enumerate(text):
        before, rest = text[:position], text[position + 1 :]
        if quote:
            quote = "" if character == quote and before[-1:] != "\\" else quote
        elif character in "'\"":
            quote = character if before.rstrip()[-1:] in ",:=[{(" and character in rest else ""
        elif character in _CLOSING:
            depth += _CLOSING[character] in rest
        elif character in ")}]":
            depth = max(depth - 1, 0)
        elif character == at and not depth and before[-1:] != "\\":
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _part(part: str, setting: Setting, key: str) -> str:
    text = part.strip()
    if not text:
        return part
    before, _, after = part.partition(text)
    return f"{before}{_stripped(text, setting, key)}{after}"


def _stripped(text: str, setting: Setting, key: str) -> str:
    first, last = text[:1], text[-1:]
    if setting.item is not None and first + last == "[]":
        return f"[{as_text(text[1:-1], setting.item, key)}]"
    if not setting.is_text and first + last == "{}":
        return "{" + ",".join(_entry(part, setting, key) for part in split(text[1:-1])) + "}"
    if listed := _LISTED.fullmatch(text):
        parts = (
            part if re.match(r"\s*\w+\s*=", part) else _part(part, setting, key) for part in split(listed["inside"])
        )
        # Hydra's own choice(...) forgets the quotes of what it lists, a list of commas does not.
        return ",".join(parts) if listed["name"] == "choice" else f"{listed['name']}({','.join(parts)})"
    if not setting.is_text or _OTHER_FUNCTIONS.fullmatch(text):
        return text
    value = read(text)
    return text if is_plain(value) or (value is None and setting.is_optional) else quoted(text)


def _entry(part: str, setting: Setting, key: str) -> str:
    name, colon, value = part.partition(":")
    if not colon:
        return part
    key = f"{key}.{name.strip()}"
    if setting.takes_entries:
        _check_name(name.strip(), key)
    return f"{name}:{_part(value, setting.entry(name.strip()), key)}"


def _check_name(name: str, key: str) -> None:
    made = read(f"{{{name}:x}}")
    if made is UNREADABLE:
        raise ConfigError(
            f"{key}: Hydra knows no such name on a command line; a YAML file for --config-dir may have it"
        )
    (read_as,) = made
    if not isinstance(read_as, str) and str(read_as) != name:
        raise ConfigError(f"{key}: Hydra would read the name {name} as {read_as}; write {key}=VALUE instead")
