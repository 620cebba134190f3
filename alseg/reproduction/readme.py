"""The parts of a README that are made of results: each stands between two marks, and prose is by hand.

<!-- made by alseg reproduce: NAME -->
...
<!-- end -->

Another page names another command there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from alseg.errors import ConfigError

END = "<!-- end -->"
BEGIN = re.compile(r"^<!-- made by [\w. -]+: (?P<name>\w+) -->$")


def names(text: str, file: Path) -> list[str]:
    """The made parts of a README, in their order.

    Raises:
        ConfigError: if a mark has no end, or a part stands there twice.
    """
    found: list[str] = []
    inside: str | None = None
    for line in text.splitlines():
        begins = BEGIN.match(line)
        if (begins and inside) or (line == END and not inside):
            raise ConfigError(f"{file}: the marks do not match at {line!r}: each part ends with {END}")
        if begins:
            inside = begins["name"]
            found.append(inside)
        elif line == END:
            inside = None
    if inside:
        raise ConfigError(f"{file}: the part {inside!r} has no {END}")
    if len(set(found)) < len(found):
        twice = next(name for name in found if found.count(name) > 1)
        raise ConfigError(f"{file}: the part {twice!r} stands there twice")
    return found


def refreshed(text: str, parts: Mapping[str, Callable[[], str]], file: Path) -> str:
    """The README with every made part anew; ``parts`` makes the Markdown of each by its name.

    Raises:
        ConfigError: if the README asks for a part that is not made.
    """
    asked = names(text, file)
    if unknown := [name for name in asked if name not in parts]:
        raise ConfigError(f"{file}: there is no part {unknown[0]!r}; there are {', '.join(parts)}")
    lines: list[str] = []
    skipping = False
    for line in text.splitlines():
        begins = BEGIN.match(line)
        skipping = skipping and line != END
        if not skipping:
            lines.append(line)
        if begins:
            lines += ["", *parts[begins["name"]]().splitlines(), ""]
            skipping = True
    return "\n".join(lines) + "\n"


def by_hand(text: str) -> str:
    """The README without its made parts."""
    kept, inside = [], False
    for line in text.splitlines():
        inside = inside or BEGIN.match(line) is not None
        if not inside:
            kept.append(line)
        inside = inside and line != END
    return "\n".join(kept)


def markdown(table: pd.DataFrame) -> str:
    """A table as Markdown; a sentence where it has no lines, as comparisons of a single seed have none."""
    if table.empty:
        return "*This table has no lines yet.*"
    lines = [list(map(str, table.columns)), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
