"""Unit that a run asks for and counts: images, or whole volumes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def units(config: Mapping[str, Any]) -> str:
    """In the plural, by a run's config."""
    data = config.get("data")
    return in_plural(data.get("unit") if isinstance(data, Mapping) else None)


def in_plural(unit: str | None) -> str:
    """By its ``data.unit``."""
    return "volumes" if unit == "volume" else "images"
