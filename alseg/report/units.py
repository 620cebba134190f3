"""What a run asked for and counts: images, or whole volumes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def units(config: Mapping[str, Any]) -> str:
    """In the plural."""
    data = config.get("data")
    return "volumes" if isinstance(data, Mapping) and data.get("unit") == "volume" else "images"
