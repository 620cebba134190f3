"""State of a folder before a run or a sweep, restored where the input is bad and nothing has begun."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

WRITTEN = ("FAILED", "run.log", ".lock", "multirun.yaml")
"""Files written before a run has begun: the run's, its log, its lock, and Hydra's own file of a sweep."""


class Before:
    """Content of a folder, and the folders above it that were not there.

    Args:
        folder: where something is about to be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._held = set(_held(self.folder))
        self._missing = [path for path in (self.folder, *self.folder.parents) if not path.exists()]

    def restore(self, runs: Iterable[Path] = ()) -> None:
        """Remove the small files that were not there, and every folder that is empty then and was not there.

        Args:
            runs: folders of runs below, which have not begun either.
        """
        below = [path.absolute() for path in runs]
        for place in (self.folder, *below):
            for name in WRITTEN:
                if (place / name).relative_to(self.folder) not in self._held:
                    (place / name).unlink(missing_ok=True)
        made = {path for place in below for path in (place, *place.parents) if self.folder in path.parents}
        made |= {self.folder / ".sweep"}
        new = [path for path in made if path.relative_to(self.folder) not in self._held]
        for path in [*sorted(new, key=lambda path: -len(path.parts)), *self._missing]:
            with suppress(OSError):  # it holds something else
                path.rmdir()


def _held(folder: Path) -> Iterator[Path]:
    """Yield what lies in a folder, relative to it; of a run its own files, and not all that it keeps in folders of its own."""
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name).relative_to(folder) for name in (*folders, *files))
        if "ledger.jsonl" in files:
            folders.clear()
