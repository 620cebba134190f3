"""All that the build makes."""

from __future__ import annotations


def generated() -> dict[str, str | bytes]:
    """Pages and pictures by their places in the repository, as if they lay there."""
    return {}
