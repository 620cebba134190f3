"""Watches a process: what it reads and writes, which programs it starts, and whom it calls."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.rmtree"}
WITH_FOLDER = {"os.mkdir", "os.remove", "os.rmdir"}
MADE = {"os.link", "os.symlink", "os.rename"}
"""Events whose second argument is what is made."""
STARTS = {"os.system", "os.exec", "os.posix_spawn", "os.spawn"}
PROGRAMS = {"git"}
"""Programs that alseg itself starts: the state of its code goes into the provenance."""


class Watch:
    """What is forbidden, and what of it was done.

    Args:
        forbidden: folder in which nothing may be read or written.
        allowed: the only folders in which something may be written.
    """

    def __init__(self) -> None:
        self.forbidden, self.allowed = "", tuple[str, ...]()
        self.seen: list[str] | None = None
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.seen is None:
            return
        if event == "open":
            self._opened(arguments[0], int(arguments[2] or 0))
        elif event in CHANGES:
            # A name that is relative to an open folder is one in a tree that is being removed, which was seen.
            if not (event in WITH_FOLDER and arguments[-1] != -1):
                self._opened(arguments[1 if event in MADE else 0], os.O_WRONLY)
        elif event in STARTS:
            self.seen.append(f"{event} {arguments!r}")
        elif event == "subprocess.Popen" and Path(str(arguments[0])).name not in PROGRAMS:
            self.seen.append(f"the program {arguments[0]}")
        elif event == "socket.connect" and arguments[0].family in (socket.AF_INET, socket.AF_INET6):
            self.seen.append(f"a connection to {arguments[1]}")

    def _opened(self, name: Any, flags: int) -> None:
        assert self.seen is not None
        if isinstance(name, int):
            return
        path = os.path.realpath(os.fsdecode(name))
        if path.startswith(self.forbidden) and path != self.forbidden:
            self.seen.append(f"{'write' if flags & WRITES else 'read'} of {path}")
        elif flags & WRITES and not path.startswith(self.allowed):
            self.seen.append(f"write of {path}")

    @contextmanager
    def over(self, forbidden: Path, *allowed: Path) -> Iterator[list[str]]:
        """What is done meanwhile that must not be."""
        self.forbidden = os.path.realpath(forbidden)
        self.allowed = tuple(os.path.realpath(path) for path in (*map(str, allowed), os.devnull, tempfile.gettempdir()))
        seen = self.seen = []
        try:
            yield seen
        finally:
            self.seen = None
