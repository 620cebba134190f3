"""SIGTERM and SIGHUP end a command as Ctrl-C does: by an exception, which clears up on its way out.

SIGTERM comes from ``kill``, schedulers, ``docker stop`` and systemd, SIGHUP from a terminal that is closed. By default both
end a process at once, with trackers open and temporary folders left behind.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# Windows has no SIGHUP
SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
AGAIN = 10.0
"""Seconds of clearing up that another signal does not cut short: ``timeout`` and schedulers tell a process and its group."""


class Terminated(BaseException):
    """This process was asked to end. Not an Exception: it is no failure, and only the command as a whole takes note of it.

    Args:
        signum: the number of the signal.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
        self.since = time.monotonic()
        self.exit_code = 128 + signum
        """As a shell reports a process that a signal ended; a sweep with runs left sets another."""

    def __str__(self) -> str:
        return f"ended by {signal.Signals(self.signum).name}"


first: list[Callable[[], None]] = []
"""What is to be done before the exception is raised: to tell processes that would be killed on its way."""


@contextmanager
def heeded() -> Iterator[None]:
    """Within it, these signals raise `Terminated` in the main thread, wherever that is."""
    ours = heed()
    try:
        yield
    finally:
        for signum in ours:
            if signal.getsignal(signum) is _ask:
                signal.signal(signum, signal.SIG_DFL)


def heed() -> list[int]:
    """The same for good.

    Returns:
        the signals that it holds for: not those that are ignored, as under nohup, or that have a handler of somebody who
        started this process, such as submitit, which has a job queued again.
    """
    if threading.current_thread() is not threading.main_thread():
        return []
    ours = [signum for signum in SIGNALS if signal.getsignal(signum) == signal.SIG_DFL]
    for signum in ours:
        signal.signal(signum, _ask)
    return ours


def die(signum: int) -> None:
    """End this process by a signal, as if it had never been caught: whoever waits for the process is to see it."""
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)


def _ask(signum: int, _: FrameType | None) -> None:
    if _clearing_up():
        return
    _leave_lost_terminal()
    for action in first:
        action()
    raise Terminated(signum)


def _clearing_up() -> bool:
    """Whether the main thread is on its way out already. A handler sees the exception that the code below it handles."""
    error = sys.exc_info()[1]
    while error is not None:
        if isinstance(error, (Terminated, KeyboardInterrupt)):
            now = time.monotonic()
            since: float = error.__dict__.setdefault("since", now)
            return now - since < AGAIN
        error = error.__context__
    return False


def _leave_lost_terminal() -> None:
    """What is said from now on goes nowhere if nobody is there to read it; else saying it would be the next error."""
    if not hasattr(select, "poll"):  # Windows
        return
    lost = select.POLLHUP | select.POLLERR
    for stream in (1, 2):
        poll = select.poll()
        poll.register(stream, 0)
        if any(state & lost for _, state in poll.poll(0)):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream)
            os.close(nowhere)
