"""SIGTERM and SIGHUP raise an exception, as Ctrl-C does, so that a command clears up before it ends.

SIGTERM comes from ``kill``, schedulers, ``docker stop`` and systemd, SIGHUP from a terminal that is closed. By default both
end a process at once, with trackers open and temporary folders left behind.
"""

from __future__ import annotations

import _thread
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

# Windows has no SIGHUP
SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
AGAIN = 10.0
"""Seconds of clearing up in which further signals are ignored: ``timeout`` and schedulers signal process and group."""


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
        """128 + signal number, as in a shell; a sweep with runs left sets another."""

    def __str__(self) -> str:
        return f"ended by {signal.Signals(self.signum).name}"


first: list[Callable[[], None]] = []
"""Actions before the exception is raised, such as ending child processes that would be killed while it propagates."""


@contextmanager
def signals_raise() -> Iterator[None]:
    """Let these signals raise `Terminated` in the main thread while the block runs."""
    unraisable = sys.unraisablehook
    ours = raise_on_signals()
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        for signum in ours:
            if signal.getsignal(signum) is _handle:
                signal.signal(signum, signal.SIG_DFL)


def raise_on_signals() -> list[int]:
    """Let these signals raise `Terminated` in the main thread from now on.

    Returns:
        the signals handled from now on: not those that are ignored, as under nohup, or that have a handler already, as
        submitit's, which has a job queued again.
    """
    if threading.current_thread() is not threading.main_thread():
        return []
    ours = [signum for signum in SIGNALS if signal.getsignal(signum) == signal.SIG_DFL]
    for signum in ours:
        signal.signal(signum, _handle)
    if ours:  # else it is in place: a worker asks anew before each of its jobs
        sys.unraisablehook = partial(_raise_again, sys.unraisablehook)
    return ours


def end_by_signal(signum: int) -> None:
    """End this process by a signal with its default action, so that whoever waits for the process sees the signal."""
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)


def _handle(signum: int, _: FrameType | None) -> None:
    if _clearing_up():
        return
    _leave_lost_terminal()
    for action in first:
        action()
    raise Terminated(signum)


def _raise_again(otherwise: Callable[[UnraisableHookArgs], object], unraisable: UnraisableHookArgs) -> None:
    """Signal the main thread anew if the signal came inside a destructor, whose exceptions Python drops."""
    error = unraisable.exc_value
    if not isinstance(error, (Terminated, KeyboardInterrupt)):
        otherwise(unraisable)
        return
    signum = error.signum if isinstance(error, Terminated) else signal.SIGINT
    # from another thread, a moment later: here and now it would be raised in this hook, and dropped again
    later = threading.Timer(0.05, _thread.interrupt_main, [signum])
    later.daemon = True
    later.start()


def _clearing_up() -> bool:
    """True if the main thread clears up after `Terminated` or Ctrl-C already, for less than `AGAIN` seconds."""
    error = sys.exc_info()[1]  # in a signal handler: the exception that the interrupted code is handling
    while error is not None:
        if isinstance(error, (Terminated, KeyboardInterrupt)):
            now = time.monotonic()
            since: float = error.__dict__.setdefault("since", now)
            return now - since < AGAIN
        error = error.__context__
    return False


def _leave_lost_terminal() -> None:
    """Redirect output to the null device if its terminal is gone: writing to that would be the next error."""
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
