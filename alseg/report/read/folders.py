"""Find run folders below the paths that were given."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path

from alseg.errors import RunFolderError
from alseg.report.read.damaged import Unread

CONFIG = "config.yaml"
MARKS = frozenset({"metrics.csv", "ledger.jsonl", "DONE", "FAILED"})
"""One of these beside the settings makes a run folder."""
LOOKED_AT = 1000
"""So many folders are looked at to see whether a link leads to runs."""


def run_folders(paths: Sequence[Path], unread: list[Unread]) -> list[Path]:
    """All run folders at or below ``paths``, sorted; one that is reached twice counts once.

    Symbolic links below ``paths`` are not followed; those that lead to runs that are not found otherwise are named.

    Args:
        paths: run folders, or folders that hold some.
        unread: is added to: folders that may not be read, settings that are missing, links.

    Raises:
        RunFolderError: if a path does not exist.
    """
    found: dict[Path, Path] = {}
    links: list[Path] = []
    for path in paths:
        for folder in _below(path, unread, links):
            found.setdefault(folder.resolve(), folder)
    roots = [path.resolve() for path in paths]
    unread += filter(None, (_lost(link, roots) for link in links))
    unread[:] = sorted(dict.fromkeys(unread), key=lambda one: one.path)
    return sorted(found.values())


def _below(path: Path, unread: list[Unread], links: list[Path]) -> Iterator[Path]:
    if not os.path.isdir(path):  # noqa: PTH112 - a Path would raise where a folder above may not be entered
        raise RunFolderError(f"{path}: no such folder; give run folders or folders that hold them")

    def refused(error: OSError) -> None:
        unread.append(Unread(Path(error.filename), f"cannot be read ({error.strerror})"))

    for place, folders, files in os.walk(path, onerror=refused):
        folders.sort()
        here, names = Path(place), {*folders, *files}
        if is_run(names):
            folders.clear()  # what lies in a run folder (rounds, loggers) is no run of its own
            yield here
            continue
        if "ledger.jsonl" in names or {"metrics.csv", "DONE"} <= names:
            what = "ledger.jsonl" if "ledger.jsonl" in names else "metrics.csv"
            unread.append(Unread(here, f"there is a {what} but no {CONFIG}, so its settings are unknown"))
        links += [here / name for name in (*folders, *files) if os.path.islink(here / name)]  # noqa: PTH114 - likewise


def is_run(names: Collection[str]) -> bool:
    """True for a folder with these names in it that is one of a run."""
    return CONFIG in names and not MARKS.isdisjoint(names)


def _lost(link: Path, roots: Sequence[Path]) -> Unread | None:
    """A link behind which there are runs that were not searched, or nothing at all; None for any other."""
    try:
        goal = link.resolve(strict=True)
    except (OSError, RuntimeError):  # the latter on Python before 3.13
        return Unread(link, "a symbolic link that leads nowhere")
    if not goal.is_dir() or any(goal.is_relative_to(root) for root in roots):
        return None
    names = islice(os.walk(goal), LOOKED_AT)
    if not any(is_run({*folders, *files}) for _, folders, files in names):
        return None
    return Unread(link, f"a symbolic link, and links are not followed; give {goal} itself")
