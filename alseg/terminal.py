"""Output on the terminal: messages, progress bars and the table of rounds."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from rich.console import Console, ConsoleRenderable, RenderableType
from rich.logging import RichHandler
from rich.progress import track
from rich.table import Table
from rich.text import Text
from rich.traceback import Traceback

T = TypeVar("T")

WIDE = 120
"""Width, in characters, of output that goes to a file or a pipe."""

RECALL = "test/recall_"
"""Prefix of the recall of each class, left out of the table for want of room."""

CIMT = "test/cimt_"
SHOWN = (f"{CIMT}bias_um", f"{CIMT}abs_bias_um", f"{CIMT}failures")
"""Columns of the wall thickness that fit on a terminal."""


def shortened(text: str, most: int) -> str:
    """A text in one line of at most ``most`` characters, without any that cannot be seen; ``…`` where it was cut."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def duration(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3 h 20 min`` or ``2 d 4 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def say(what: RenderableType) -> None:
    """Print to standard output, in colour where that is a terminal; long paths are not broken."""
    # A path may hold [brackets] or :colons:, which are neither markup nor emoji names.
    console = Console(soft_wrap=isinstance(what, str), highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDE
    console.print(what)


class LogLines(RichHandler):
    """Messages of a run, each after its time and in one line, so that the paths and commands in them can be copied."""

    def __init__(self, level: int | str = logging.INFO) -> None:
        super().__init__(level, Console(soft_wrap=True))

    def render(
        self, *, record: logging.LogRecord, traceback: Traceback | None, message_renderable: ConsoleRenderable
    ) -> ConsoleRenderable:
        """The time and the message, which Rich would put into a table, and break at its width."""
        time = Text(f"{datetime.fromtimestamp(record.created):%H:%M:%S} ", style="log.time")
        return Text.assemble(time, message_renderable) if isinstance(message_renderable, Text) else message_renderable


class LogFile(logging.FileHandler):
    """Log file of a run. A full disk costs its lines, and neither the run nor the terminal, where the run itself tells of it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def close(self) -> None:
        with suppress(OSError):  # lines that it still held
            super().close()


@contextmanager
def working(on: str) -> Iterator[None]:
    """Show a spinner with a message on the terminal, where there is one, while the block runs."""
    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(on):
            yield
    else:
        yield


def shown(items: Iterable[T], total: int, on: str, progress: bool = True) -> Iterable[T]:
    """Yield the items behind a progress bar, if there is a terminal and ``progress`` is set."""
    if not (progress and sys.stderr.isatty()):
        return items
    return track(items, on, total, console=Console(stderr=True), transient=True)


def rounds_table(metrics: Path) -> Table:
    """A run's ``metrics.csv`` as a table: a row per round."""
    import pandas as pd

    rows = pd.read_csv(metrics)
    hidden = tuple(c for c in rows.columns if c.startswith((CIMT, RECALL)) and c not in SHOWN)
    if len(classes := [c for c in rows.columns if c.startswith("test/dice_")]) == 1:  # the Dice itself
        hidden += tuple(classes)
    tested = [c for c in rows.columns if c.startswith("test/") and c not in hidden]
    table = Table(title=str(metrics.parent), title_justify="left")
    for column in ("round", "labelled", "cost (s)", *(column.removeprefix("test/") for column in tested)):
        table.add_column(column, justify="right")
    for row in rows.to_dict("records"):
        values = (f"{row[column]:.4g}" for column in tested)
        table.add_row(str(row["round"]), str(row["n_labelled"]), f"{row['cost']:.0f}", *values)
    return table
