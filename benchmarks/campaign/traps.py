"""Hostile texts and files, and what must not come of them: nothing is executed, nothing outside is read or written."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.campaign.answered import ask
from benchmarks.campaign.watch import Watch

SECRET = "the-secret-that-nobody-passes-on"
VARIABLE = "ALSEG_CAMPAIGN_SECRET"
CODE = "hacked()"
NAMES = (
    f"<script>{CODE}</script>",
    f'"><img src=x onerror={CODE}>',
    f"</script><script>{CODE}</script>",
    f"javascript:{CODE}",
    "=cmd('calc')",
    "+cmd|'/c calc'!A1",
    "../../outside/x",
    "/alseg-outside/x",
    f"${{oc.env:{VARIABLE}}}",
    "!!python/object/apply:os.getcwd []",
    "\\input{/etc/passwd}",
    "$(touch x); `touch x`",
    "{{7*7}} %s %(name)s",
    "CON",
    "..",
    "x" * 60,
    "Größe_日本語_😀",
)
"""Names of images, patients, classes, columns, strategies and data sets that whoever prints or writes them may fall for."""


class Executed:
    """An object that leaves a file behind where it is unpickled."""

    def __init__(self, sentinel: Path) -> None:
        self.sentinel = sentinel

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.sentinel),)


@dataclass
class Trap:
    """A folder for hostile files, and one outside of it with what they are after.

    Args:
        folder: where everything lies; commands write into ``out`` in it, and into their run folders.
        watch: of this process.
    """

    folder: Path
    watch: Watch
    outside: Path = field(init=False)
    sentinel: Path = field(init=False)

    def __post_init__(self) -> None:
        self.outside, self.sentinel = self.folder / "outside", self.folder / "executed"
        self.outside.mkdir(parents=True)
        os.environ |= {VARIABLE: SECRET, "ALSEG_CACHE": str(self.folder / "cache")}
        (self.outside / "secret.txt").write_text(SECRET, encoding="utf-8")
        pixels = np.random.default_rng(1).integers(0, 256, (24, 24), dtype=np.uint8)
        Image.fromarray(pixels).save(self.outside / "secret.png")

    def fault_of(
        self, commands: Sequence[Sequence[str]], *, named: Sequence[str] = (), refused: bool = False
    ) -> str | None:
        """Run commands, and say what is wrong with what they do; with ``refused``, the last one must call it bad input."""
        with self.watch.over(self.outside, self.folder) as seen:
            answers = [ask(command) for command in commands]
        fault = next((fault for answer in answers if (fault := answer.fault(named))), None)
        if fault is None and refused and answers[-1].code != 2:
            fault = f"exit code {answers[-1].code}, not 2: {answers[-1].said[-300:]}"
        said = "".join(answer.said + answer.printed for answer in answers)
        if self.sentinel.exists():
            fault = "it was executed"
        elif seen:
            fault = f"forbidden: {'; '.join(dict.fromkeys(seen))[:500]}"
        elif SECRET in said:
            fault = "the secret was printed"
        return fault or next(self.told(), None)

    def told(self) -> Iterator[str]:
        """Files that were written with the secret, or with what a browser, a spreadsheet or TeX would execute."""
        for path in sorted(self.folder.rglob("*")):
            ours = path.is_relative_to(self.outside) or "answers" in path.parts  # what was laid, not what was written
            if ours or not path.is_file() or path.is_symlink():
                continue
            content = path.read_bytes()
            if SECRET.encode() in content:
                yield f"the secret is in {path}"
            text = content.decode("utf-8", "replace")
            if path.suffix in (".html", ".svg") and (what := executed_in(text)):
                yield f"{path}: {what}"
            if path.suffix == ".csv" and not path.name.startswith("manifest") and (cell := computed_in(text)):
                yield f"{path}: the cell {cell!r} is computed"
            if path.suffix == ".tex" and "\\input{/etc" in text:
                yield f"{path}: a file is put in"
            if path.suffix == ".md" and f"<script>{CODE}" in text:
                yield f"{path}: a script"


LINKS = ("action", "formaction", "href", "src", "xlink:href")
"""Attributes whose value a browser goes to."""


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            f"<{tag} {name}={value}>" for name, value in attrs if name.startswith("on") and CODE in str(value)
        ]
        self.found += [
            f"<{tag} {name}={value}>"
            for name, value in attrs
            if name in LINKS and str(value).startswith(f"javascript:{CODE}")
        ]
        self._script = tag == "script"

    def handle_data(self, data: str) -> None:
        if getattr(self, "_script", False) and data.strip().startswith(CODE):
            self.found.append(f"<script>{data[:40]}")


def executed_in(page: str) -> str | None:
    """What a browser would execute of the hostile names in a page."""
    parser = _Scripts()
    parser.feed(page)
    return parser.found[0] if parser.found else None


def computed_in(table: str) -> str | None:
    """A cell that a spreadsheet program would compute."""
    rows = csv.reader(io.StringIO(table))
    return next((cell for row in rows for cell in row if cell.startswith(("=cmd", "+cmd"))), None)
