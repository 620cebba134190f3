"""The call of ``alseg run`` under way, for objects that Hydra and Lightning make by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a progress bar asks for its prefix, and needs nothing of a sweep
    from alseg.sweeps.before import Before
    from alseg.sweeps.sweep import Sweep


@dataclass
class Call:
    """State of one call of ``alseg run``, shared by the command and Hydra's callback.

    Args:
        before: what lay where the run or the sweep goes, before anything was written there.
        sweep: the pass under way, or the last one; None in a single run.
        bar_prefix: progress of the sweep, before the names of progress bars, where its runs follow each other in this process.
    """

    before: Before | None = None
    sweep: Sweep | None = None
    bar_prefix: str = ""

    def close(self) -> None:
        """Close the pass, if there is one; may be called twice."""
        self.bar_prefix = ""
        if self.sweep is not None:
            self.sweep.close()

    def leave_nothing_new(self, runs: Iterable[str] = ()) -> None:
        """Remove what was written for a run or a sweep whose input was bad before anything began.

        Args:
            runs: the folders of the jobs, if it is a sweep.
        """
        if self.before is not None:
            self.before.restore(map(Path, runs))


_current: ContextVar[Call] = ContextVar("call of alseg run")


@contextmanager
def begin() -> Iterator[Call]:
    """Make a call the current one while the block runs, and close it at the end."""
    call = Call()
    token = _current.set(call)
    try:
        yield call
    finally:
        call.close()
        _current.reset(token)


def current() -> Call:
    """Return the call under way in this process.

    Raises:
        LookupError: if there is none, as in the processes of a sweep's jobs.
    """
    return _current.get()


def bar_prefix() -> str:
    """Return the prefix for the name of a progress bar; empty outside a sweep."""
    call = _current.get(None)
    return f"{call.bar_prefix} │ " if call is not None and call.bar_prefix else ""
