"""Progress of the sweep, as a prefix of progress bars, where its runs follow each other in this process."""

from __future__ import annotations

text: str | None = None
"""The sweep's progress in short; None in a single run, and where other processes run the jobs."""


def prefix() -> str:
    """Return the prefix for the name of a progress bar; empty outside a sweep."""
    return "" if text is None else f"{text} │ "
