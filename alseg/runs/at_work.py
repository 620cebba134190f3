"""Whether a process is at work in a run folder, looked at without touching anything there."""

from __future__ import annotations

import os

from alseg.runs.run_folder import RunFolder

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]


def at_work(run: RunFolder) -> bool:
    """True if a process holds the folder's lock.

    The lock is looked at only where a process has left its number beside it, which one that ends takes away again: a look,
    however short, must not keep a run that starts from its lock.
    """
    if run.holder() is None:
        return False
    if fcntl is None:
        return True
    try:
        descriptor = os.open(run.path / ".lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return True
    else:
        return False
    finally:
        os.close(descriptor)
