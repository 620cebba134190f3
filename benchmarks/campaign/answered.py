"""A command in this process, and what its answer must be like."""

from __future__ import annotations

import contextlib
import io
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

from alseg.cli import main

LONGEST = 60.0
"""Seconds that a command may take."""
CODES = (0, 1, 2)
"""Exit codes that are documented for what is tried here."""


@dataclass(frozen=True)
class Answer:
    """Of a command.

    Args:
        code: exit code; None where an exception came out.
        said: standard error.
        seconds: that it took.
        printed: standard output.
    """

    code: int | None
    said: str
    seconds: float
    printed: str = ""

    def fault(self, named: Sequence[str]) -> str | None:
        """What is wrong with it: a traceback, a hang, an undocumented exit code, or more or less than one line of error.

        Args:
            named: texts one of which an error must hold; none: any error will do.
        """
        if self.code is None or "Traceback" in self.said:
            return f"a traceback: {self.said.strip()[-600:]}"
        if self.seconds > LONGEST:
            return f"it took {self.seconds:.0f} s"
        if self.code not in CODES:
            return f"exit code {self.code}"
        if self.code == 2 and named and not any(name in self.said for name in named):
            return f"the error does not name the file: {self.said.strip()[-400:]}"
        lines = [line for line in self.said.splitlines() if line.startswith("alseg ")]
        return (
            None if self.code != 2 or len(lines) == 1 else f"{len(lines)} lines of errors: {self.said.strip()[-400:]}"
        )


def ask(command: Sequence[str]) -> Answer:
    """Run a command of alseg in this process."""
    said, printed, began, code = io.StringIO(), io.StringIO(), time.monotonic(), None
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
        try:
            code = main(command)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
        except Exception as error:
            said.write(f"Traceback: {type(error).__name__}: {error}")
    return Answer(code, said.getvalue(), time.monotonic() - began, printed.getvalue())


def peak() -> float:
    """Resident memory of this process at its most, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
