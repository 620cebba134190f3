"""Metadata of the images, out of run folders: columns of the manifest, pool and test set."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import pandas as pd

from alseg.errors import DataError
from alseg.identity.metadata import FILE, GROUP, SPLIT, read_metadata
from alseg.report.read.read_runs import Run


class Metadata:
    """Reads ``metadata.parquet`` of many runs, each content once: runs with equal seeds share theirs.

    ``problems`` names the files that could not be read; their runs are as if they had none.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._known: dict[bytes, pd.DataFrame | None] = {}
        self._of: dict[Path, bytes] = {}

    def of(self, run: Run) -> pd.DataFrame | None:
        """The table of a run, see `alseg.identity.metadata.metadata_table`; None where it left none."""
        if run.path not in self._of:
            self._of[run.path] = self._read(run.path / FILE)
        return self._known[self._of[run.path]]

    def _read(self, path: Path) -> bytes:
        try:
            key = blake2b(path.read_bytes(), digest_size=16).digest()
        except FileNotFoundError:
            key = b""
        except OSError as error:
            self.problems.append(f"{path}: cannot be read ({error.strerror or error})")
            key = b""
        if key and key not in self._known:
            try:
                self._known[key] = read_metadata(path)
            except DataError as error:
                self.problems.append(str(error))
                self._known[key] = None
        self._known.setdefault(b"", None)
        return key


def columns_of(table: pd.DataFrame) -> list[str]:
    """The manifest's columns of a table, in their order."""
    return [str(name) for name in table.columns if name not in (SPLIT, GROUP)]
