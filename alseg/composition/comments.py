"""Comments of a YAML file, by the setting that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml


@dataclass(frozen=True)
class Comments:
    """Comments of one file.

    Args:
        heading: the comment that the file begins with, apart from what stands above its first key.
        of: dotted key to its comment: what stands behind it, on lines of comment alone below that, and right above it.
        line: dotted key to the line that it stands on, from 1.
    """

    heading: str = ""
    of: dict[str, str] = field(default_factory=dict)
    line: dict[str, int] = field(default_factory=dict)


def read_comments(text: str) -> Comments:
    """Read the comments of a YAML file; of one that is no mapping there are none."""
    lines = text.splitlines()
    found = Comments(_heading(lines))
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    first = len(_above(lines, 0)) if found.heading else 0
    for name, key, value in _keys(root, "") if isinstance(root, yaml.MappingNode) else ():
        row = key.start_mark.line
        above = [] if row <= first else _comment_lines_above(lines, row)
        found.line[name] = row + 1
        if comment := " ".join([*above, *_behind(lines, key, value)]):
            found.of[name] = comment
    return found


def _keys(mapping: yaml.MappingNode, prefix: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    for key, value in mapping.value:
        name = f"{prefix}{key.value}"
        yield name, key, value
        if isinstance(value, yaml.MappingNode) and not value.flow_style:
            yield from _keys(value, f"{name}.")


def _heading(lines: list[str]) -> str:
    """The comment at the top. One that leads over to the first key without a blank line is about the file all the same."""
    return " ".join(_above(lines, 0))


def _above(lines: list[str], start: int) -> list[str]:
    """Texts of the lines of comment alone from a line on."""
    found = []
    for line in lines[start:]:
        if not line.lstrip().startswith("#"):
            break
        found.append(line.strip().lstrip("#").strip())
    return found


def _comment_lines_above(lines: list[str], row: int) -> list[str]:
    """Texts of the lines of comment alone right above a line, as far in as it is itself."""
    indent = len(lines[row]) - len(lines[row].lstrip())
    found: list[str] = []
    for line in reversed(lines[:row]):
        text = line.lstrip()
        if not text.startswith("#") or len(line) - len(text) != indent:
            break
        found.insert(0, text.lstrip("#").strip())
    return found


def _behind(lines: list[str], key: yaml.Node, value: yaml.Node) -> list[str]:
    """The comment behind a value on its line, and on the lines of comment alone below that stand as far in."""
    # A block, of more settings or of text, begins on the line below its key.
    if isinstance(value, yaml.CollectionNode):
        block = not value.flow_style
    else:
        block = isinstance(value, yaml.ScalarNode) and value.style in ("|", ">")
    end = key.end_mark if block else value.end_mark
    line = lines[end.line] if end.line < len(lines) else ""
    place = line.find(" #", end.column)
    if place < 0:
        return []
    found = [line[place:].strip().lstrip("#").strip()]
    for below in lines[end.line + 1 :]:
        text = below.lstrip()
        if not text.startswith("#") or len(below) - len(text) != place + 1:
            break
        found.append(text.lstrip("#").strip())
    return found
