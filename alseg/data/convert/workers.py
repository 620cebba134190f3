"""Place many items at once: by threads or, where there are many files, by processes."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from alseg.data.convert.item import Item
from alseg.data.convert.place import Placed, place
from alseg.errors import DataError

AHEAD = 16
"""Tasks per worker that are under way at once."""
FEW = 256
"""Number of items above which processes are worth their start."""
BATCH = 64
"""Files per task of a process: one by one, the messages would take as long as the copies."""


def placed(items: Iterable[Item], root: Path, owned: Path | None) -> Generator[tuple[Item, Placed], None, None]:
    """Place the items, and yield each with its paths, in order; few are ahead, so that memory stays flat.

    Pixels that are made are placed by threads: making and compressing them goes on outside of the interpreter lock, and
    they need not travel. Copying a small file takes little longer than passing the lock on, so that two threads are no
    faster than one: the many after the first `FEW` are given to processes.

    Raises:
        DataError: as `place` does, or if a process is ended from outside.
    """
    count = os.cpu_count() or 1
    under_way: deque[tuple[list[Item], Future[list[Placed]]]] = deque()
    threads = ThreadPoolExecutor(count)
    # started with the first task, and not by fork: this process may have threads already
    processes = ProcessPoolExecutor(count, get_context("spawn"), _ignore_interrupts)
    try:
        for batch, of_files in _batches(items):
            workers = processes if of_files else threads
            under_way.append((batch, workers.submit(_place_all, batch, root, owned)))
            if len(under_way) >= AHEAD * count:
                yield from _results(*under_way.popleft())
        while under_way:
            yield from _results(*under_way.popleft())
    except BrokenProcessPool as error:
        raise DataError(f"{root}: a process that copies files was ended from outside; is memory short?") from error
    finally:
        threads.shutdown(cancel_futures=True)
        processes.shutdown(cancel_futures=True)


def _batches(items: Iterable[Item]) -> Iterator[tuple[list[Item], bool]]:
    """Yield batches of items in order, and whether they are files for a process; all others come one by one."""
    items = iter(items)
    for item in islice(items, FEW):
        yield [item], False
    files: list[Item] = []
    for item in items:
        of_files = all(part is None or isinstance(part, Path) for part in (item.image, item.mask, *item.files.values()))
        if of_files:
            files.append(item)
        if files and (len(files) == BATCH or not of_files):
            yield files, True
            files = []
        if not of_files:
            yield [item], False
    if files:
        yield files, True


def _place_all(items: list[Item], root: Path, owned: Path | None) -> list[Placed]:
    return [place(item, root, owned) for item in items]


def _results(items: list[Item], future: Future[list[Placed]]) -> Iterator[tuple[Item, Placed]]:
    return zip(items, future.result())


def _ignore_interrupts() -> None:
    """Ignore Ctrl-C: the process that started this one gets it too, and ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
