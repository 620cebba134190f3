"""Damage to files and texts, drawn at random."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import numpy as np

Rng = np.random.Generator

ODD = (
    *(
        "",
        " ",
        "nan",
        "None",
        "0",
        "-1",
        "1e400",
        "inf",
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\x.png",
        "a\x00b",
        "=1+1",
        "'",
        '"',
    ),
    *(
        ";",
        "\u202e\u200b",
        "\U0001f600",
        "ä" * 200,
        "x" * 5000,
        "${data.name}",
        "~",
        "[1,2",
        "{a:b}",
        "true",
        "*",
        "\\",
        "images",
    ),
    *("a,b", "a\nb"),
)
"""Texts that cells, ids and settings are replaced by."""


def bytes_of(content: bytes, rng: Rng) -> tuple[bytes, str]:
    """Damaged bytes of a file, and how they were damaged."""
    kinds: dict[str, Callable[[], bytes]] = {
        "empty": lambda: b"",
        "cut off": lambda: content[: int(rng.integers(1, max(2, len(content))))],
        "some bytes changed": lambda: _changed(content, rng, int(rng.integers(1, 20))),
        "its beginning changed": lambda: _changed(content[:64], rng, 6) + content[64:],
        "a part left out": lambda: _left_out(content, rng),
        "a part twice": lambda: _twice(content, rng),
        "noise": lambda: rng.bytes(int(rng.integers(1, 2000))),
        "another file's": lambda: b"%PDF-1.7\n" + content,
    }
    kind = str(rng.choice([*kinds]))
    return kinds[kind](), kind


def table_of(content: bytes, rng: Rng) -> tuple[bytes, str]:
    """Damaged CSV, and how it was damaged."""
    rows = list(csv.reader(io.StringIO(content.decode())))
    row, column = int(rng.integers(0, len(rows))), int(rng.integers(0, len(rows[0])))
    odd = str(rng.choice(ODD))
    text = _csv(rows)

    def cell() -> bytes:
        rows[row][column] = odd
        return _csv(rows)

    def without_column() -> bytes:
        return _csv([[c for place, c in enumerate(r) if place != column] for r in rows])

    kinds: dict[str, Callable[[], bytes]] = {
        f"cell {row},{column} is {odd[:20]!r}": cell,
        f"column {column} left out": without_column,
        f"column {column} twice": lambda: _csv([[*r, r[column]] for r in rows]),
        "a row twice": lambda: _csv([*rows, rows[-1]]),
        "a row too short": lambda: _csv([*rows, rows[-1][:-1]]),
        "a row too long": lambda: _csv([*rows, [*rows[-1], odd]]),
        "the header alone": lambda: _csv(rows[:1]),
        "no header": lambda: _csv(rows[1:]),
        "semicolons": lambda: text.replace(b",", b";"),
        "tabs": lambda: text.replace(b",", b"\t"),
        "UTF-16": lambda: text.decode().encode("utf-16"),
        "Latin-1": lambda: (text.decode() + "ä,ö,ü,ß\n").encode("latin-1"),
        "a BOM": lambda: b"\xef\xbb\xbf" + text,
        "an open quote": lambda: text + b'"',
        "spaces": lambda: text.replace(b",", b" , "),
        "capital letters": lambda: text.upper(),
        "bytes": lambda: bytes_of(text, rng)[0],
    }
    kind = str(rng.choice([*kinds]))
    return kinds[kind](), kind


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def _changed(content: bytes, rng: Rng, times: int) -> bytes:
    changed = bytearray(content)
    for place in rng.integers(0, max(1, len(changed)), times):
        if changed:
            changed[int(place)] = int(rng.integers(0, 256))
    return bytes(changed)


def _left_out(content: bytes, rng: Rng) -> bytes:
    first, last = sorted(rng.integers(0, len(content) + 1, 2).tolist())
    return content[:first] + content[last:]


def _twice(content: bytes, rng: Rng) -> bytes:
    first, last = sorted(rng.integers(0, len(content) + 1, 2).tolist())
    return content[:last] + content[first:last] + content[last:]
