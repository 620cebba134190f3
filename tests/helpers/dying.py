"""Death at the nth change of the disk, within a process: cheaper than a SIGKILL for each of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.copyfile", "shutil.rmtree"}


class Death(BaseException):
    pass


class Life:
    """From its nth change of the disk on, every further one fails, that of whoever wants to tidy up too: as after SIGKILL."""

    def __init__(self) -> None:
        self.left: float = float("inf")
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in CHANGES or (event == "open" and isinstance(arguments[1], str) and arguments[1][0] in "wxa"):
            self.left -= 1
            if self.left < 0:
                raise Death

    def ends_before(self, work: Callable[[], object], step: int) -> bool:
        """Do the work with so many changes; True if it does not come to its end."""
        self.left = step
        try:
            work()
        except Death:
            return True
        finally:
            self.left = float("inf")
        return False
