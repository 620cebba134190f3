"""How the sweep stands whose runs this process goes through, for whatever else is live on the terminal."""

from __future__ import annotations

text: str | None = None
"""None in a single run, and where other processes do the work."""


def prefix() -> str:
    """To be put before the name of a progress bar."""
    return "" if text is None else f"{text} │ "
