"""``alseg status``: where a run stands, what it waits for, and what to do next."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from alseg.errors import ConfigError, RunFolderError
from alseg.runs.arrivals import arrivals, is_newer
from alseg.runs.status import Status, read_status
from alseg.runs.status_text import one_line, status_lines
from alseg.terminal import say

EPILOG = """examples:
  alseg status runs/live
  alseg status runs/sweep                                a line for each run below a folder
  while alseg status runs/live --watch; do alseg run run_dir=runs/live oracle=folder ...; done

It reads, and changes nothing; the data set need not be there. What has arrived is counted, and checked only by the run.
--watch ends as soon as there is something new: an answer to the query under way that the run has not seen, or another
phase. While a process is at work in the folder, it waits for its end.

exit codes: 0 this is the status, or there is something new; 1 the run has failed or its folder is damaged; 2 there is no
run in the folder; 3 with --watch: the run is done, and nothing is to come"""

DONE = 3


def main(arguments: Sequence[str]) -> int:
    """Print the status of a run, or wait for news of it."""
    parser = argparse.ArgumentParser(
        prog="alseg status",
        usage="alseg status RUN [--watch] [--every SECONDS]",
        description="Where a run stands: phase, labels, cost, what is awaited, and what to do next.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder, or a folder of several")
    parser.add_argument("--watch", action="store_true", help="wait until there is something new")
    parser.add_argument(
        "--every", type=float, default=5.0, metavar="SECONDS", help="between two looks of --watch (default: 5)"
    )
    options = parser.parse_args(arguments)
    if not options.every > 0:
        raise ConfigError(f"--every {options.every:g}: it must be above 0")
    several = _below(options.run)
    if several:
        return _of_several(options.run, several, watch=options.watch)
    status = read_status(options.run)
    if not options.watch:
        _show(status, arrived(status))
        return 1 if status.kind in ("failed", "damaged") else 0
    return _watch(status, options.every)


def arrived(status: Status) -> int | None:
    """Number of answers, refusals too, that people have given to the query under way; None where it cannot be told."""
    oracle = status.settings.get("oracle")
    if status.waiting is None or not status.open or not isinstance(oracle, Mapping):
        return None
    return arrivals(oracle, status.run.path, status.waiting.round, status.open)


def _show(status: Status, there: int | None) -> None:
    from alseg.report.run_notes import (
        run_notes,
    )  # with pandas and SciPy, which --watch does not need until there is news

    for line in (*status_lines(status, there), *run_notes(status.run.path)):
        say(line)


def _watch(status: Status, every: float) -> int:
    """Wait until there is something new, and say what."""
    first = status
    while True:
        there = arrived(status)
        if status.kind == "done":
            _show(status, there)
            return DONE
        if status.kind in ("failed", "damaged"):
            _show(status, there)
            return 1
        if status.kind != "running" and (_moved(first, status) or _news(status, there)):
            _show(status, there)
            return 0
        time.sleep(every)
        status = read_status(first.run.path)


def _moved(first: Status, now: Status) -> bool:
    """True if a run has moved on since the first look, or goes on without anybody's answers."""
    return now.kind == "interrupted" or first.kind != now.kind or first.state != now.state


def _news(status: Status, there: int | None) -> bool:
    return status.waiting is not None and is_newer(status.waiting, there)


def _below(folder: Path) -> list[Path]:
    """Run folders below one that is none itself."""
    if not folder.is_dir() or (folder / "ledger.jsonl").exists() or (folder / "config.yaml").exists():
        return []
    found = []
    for place, folders, files in os.walk(folder):
        if "ledger.jsonl" in files:
            found.append(Path(place))
            folders.clear()
        folders.sort()
    return found


def _of_several(folder: Path, runs: Sequence[Path], *, watch: bool) -> int:
    if watch:
        raise RunFolderError(f"{folder}: --watch looks at one run; name one of {runs[0]} and {len(runs) - 1} more")
    statuses = [read_status(path) for path in runs]
    for status in statuses:
        say(one_line(status, arrived(status)))
    return 1 if any(status.kind in ("failed", "damaged") for status in statuses) else 0
