"""By which version, which command and on which machine runs were made, as their folders tell."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alseg.report.read.damaged import DAMAGE, DamagedError, Unread, file_text, one_line
from alseg.report.read.events import moment

NAME = "provenance.jsonl"
TEXTS = ("time", "alseg", "commit", "command")


@dataclass(frozen=True)
class Start:
    """One start of a run, or where it went on.

    Args:
        time: UTC.
        alseg: version.
        commit: of alseg; empty where it was not run out of its repository.
        command: as it was typed.
        machine: host, operating system, cores, GPU, versions of Python and torch.
    """

    time: str
    alseg: str
    commit: str
    command: str
    machine: str


def read_starts(folder: Path) -> tuple[tuple[Start, ...], Unread | None]:
    """All starts of a run; none of a run that recorded none, and a reason where they cannot be read."""
    path = folder / NAME
    if not os.path.lexists(path):
        return (), None
    number = 0
    try:
        found = []
        for line in file_text(path).splitlines():
            number += 1
            found.append(_start(json.loads(line)))
        return tuple(found), None
    except DamagedError as error:
        return (), Unread(path, f"{error.unread.reason}; the run counts, its provenance is not known")
    except DAMAGE as error:
        return (), Unread(
            path, f"line {number} is no start ({one_line(error)}); the run counts, its provenance is not known"
        )


def _start(recorded: Mapping[str, Any]) -> Start:
    texts = {key: recorded[key] for key in TEXTS}
    if not all(isinstance(text, str) for text in texts.values()) or moment(texts["time"]) is None:
        raise ValueError("time, version, commit and command should be text")
    machine = recorded["machine"]
    about = {key: one_line(machine[key]) for key in ("host", "system", "gpu", "python", "torch")}
    parts = [about["host"], about["system"], f"{machine['cores']} cores", about["gpu"]]
    shown = ", ".join(part for part in (*parts, f"Python {about['python']}", f"torch {about['torch']}") if part)
    return Start(**{key: one_line(text) for key, text in texts.items()}, machine=shown)
