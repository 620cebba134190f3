"""Settings that cannot change a number: the one list for resuming, run folders, conditions and reproductions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from alseg.identity.moved import target_today

SHOWING = (
    "thickness",
    "worst_cases",
    "label_quality",
    "memorisation",
    "query_scores",
    "query_table",
    "query_thumbnails",
    "audit",
    "map",
    "summary",
)
"""alseg's own callbacks, which measure and show; one of a user's may act inside the fit, so it counts."""

FREE = frozenset(
    {
        "run_dir",
        "name",
        "logger",
        "hydra",
        "worst",
        "primary_metric",
        "forecast",
        "proceed",
        *(f"callbacks.{name}" for name in SHOWING),
        "data.memory_limit_gb",
        "data.follow_links",
        "trainer.checkpoint_minutes",
        "trainer.checkpoints",
        "embedding.batch_size",
        "learner.embedding.batch_size",
        "map.jobs",
        "oracle.images",
        "oracle.patience",
        "oracle.project",
        "oracle.url",
    }
)
"""Settings of storage, tracking and batching, which change no number; whole groups by their name."""

FREE_OF_ORACLES = frozenset({"answers", "images", "follow_links"})
"""Free settings of oracles, also within a panel, by the last part of the key: where the files of people lie."""

FREE_ANYWHERE = frozenset({"cache_dir", "progress"})
"""Free settings by the last part of the key."""

REPEATS = frozenset(
    {"trainer.accelerator", "trainer.devices", "embedding.accelerator", "learner.embedding.accelerator", "data.cimt"}
)
"""Runs that differ in these are repetitions of one condition, and yet none can go on as the other: they are computed on
another device, or measured in another way besides."""


def is_free(key: str) -> bool:
    """True if a dotted key is one of `FREE`, or below one."""
    last = key.rsplit(".", 1)[-1]
    return _within(key, FREE) or last in FREE_ANYWHERE or (key.startswith("oracle.") and last in FREE_OF_ORACLES)


def repeats(key: str) -> bool:
    """True if runs that differ in a dotted key are repetitions of one condition."""
    return is_free(key) or _within(key, REPEATS)


def is_path(key: str) -> bool:
    """True if a dotted key names a file or folder to read, whose content counts, not its name."""
    return key == "data.root" or key.endswith("weights_path") or (key.startswith("oracle.") and key.endswith("root"))


def unused(config: Mapping[str, Any]) -> frozenset[str]:
    """Those of the groups ``map`` and ``embedding`` that neither strategy nor cold start uses.

    They only draw the picture at the end.
    """
    nodes = (config.get(group) for group in ("strategy", "cold_start"))
    spaces = {node.get("space") for node in nodes if isinstance(node, Mapping)}
    if "map" in spaces:
        return frozenset()
    return frozenset({"map"}) if "embedding" in spaces else frozenset({"map", "embedding"})


def flat(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value with its dotted key: ``("data.size", 128)``; targets by their names today."""
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        elif key == "_target_":
            yield f"{prefix}{key}", target_today(str(value))
        else:
            yield f"{prefix}{key}", value


def counted(config: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a resolved config, flat, without those that cannot change a number."""
    idle = unused(config)
    return {k: v for k, v in flat(config) if not is_free(k) and k.split(".", 1)[0] not in idle}


def _within(key: str, keys: frozenset[str]) -> bool:
    parts = key.split(".")
    return any(".".join(parts[: n + 1]) in keys for n in range(len(parts)))
