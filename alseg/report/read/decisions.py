"""What a ledger says was decided: who was annotated when, out of how many, and what it cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alseg.errors import DataError
from alseg.identity import VERSION
from alseg.metrics.metric import Metric


@dataclass(frozen=True)
class Decisions:
    """The decisions of one run. Old ledgers may lack any of it.

    Args:
        annotated: ids of each round, in the order in which they were asked for.
        annotators: who answered in each round; empty where the ledger does not tell.
        pool: images in the pool at the start.
        groups: of all that was asked for, id to group.
        groups_in_pool: how many there are.
        data: a hash of the data set, or the digests of its parts joined; empty where the ledger does not tell.
        parts: the digest of each part of the data set, as `alseg.identity.content` names them; none of an earlier version.
        weights: digest of each file of pretrained weights by the dotted key that names it.
        cost: sum over all answers of the oracle; None where none of them names a cost.
        described: the metrics that callbacks and learner of the run describe, by name.
        ended: why the run ended, in the words of its ledger; empty where it does not tell.
    """

    annotated: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    annotators: Mapping[int, str] = field(default_factory=dict)
    pool: int | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    groups_in_pool: int | None = None
    data: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, str] = field(default_factory=dict)
    cost: float | None = None
    described: Mapping[str, Metric] = field(default_factory=dict)
    ended: str = ""

    def labelled(self, round_: int) -> frozenset[str]:
        """All ids that were annotated up to and including a round."""
        return frozenset(id_ for r, ids in self.annotated.items() if r <= round_ for id_ in ids)


def read_decisions(path: Path) -> Decisions:
    """Read ``ledger.jsonl``; without the file nothing is known.

    Raises:
        DataError: if a line is no event.
    """
    if not path.exists():
        return Decisions()
    annotated: dict[int, tuple[str, ...]] = {}
    annotators: dict[int, str] = {}
    costs: list[float] = []
    groups: dict[str, str] = {}
    parts: dict[str, str] = {}
    weights: dict[str, str] = {}
    described: dict[str, Metric] = {}
    pool, groups_in_pool, data, ended, number = None, None, "", "", 0
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            number += 1
            event = json.loads(line) if line.strip() else {}
            if event.get("event") == "started":
                split = event.get("split") or {}
                pool, groups_in_pool, recorded = split.get("pool"), event.get("groups"), event.get("data", "")
                parts, weights = _digests(recorded), _digests(event.get("weights"))
                data = " ".join(parts.values()) or str(recorded)
            if event.get("event") == "queried":
                groups |= {str(id_): str(group) for id_, group in zip(event["ids"], event.get("groups") or ())}
            if event.get("event") == "evaluated":
                metrics = (Metric.read(recorded) for recorded in event.get("described") or ())
                described |= {metric.name: metric for metric in metrics}
            if event.get("event") == "finished":
                ended = str(event.get("reason", ""))
            if event.get("event") != "annotated":
                continue
            if event.get("cost") is not None:
                costs.append(_sum(event["cost"]))
            if "round" in event and "ids" in event:
                annotated[int(event["round"])] = tuple(str(id_) for id_ in event["ids"])
                annotators[int(event["round"])] = str(event.get("annotator", ""))
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise DataError(f"{path}: line {number} is no ledger event ({' '.join(str(error).split())})") from error
    cost = sum(costs) if costs else None
    return Decisions(annotated, annotators, pool, groups, groups_in_pool, data, parts, weights, cost, described, ended)


def _digests(recorded: Any) -> dict[str, str]:
    """Of each part, without what depends on the seed of the run."""
    if not isinstance(recorded, Mapping):
        return {}
    if recorded.get("version", VERSION) != VERSION:
        return {}  # not to be compared with those of this version
    return {str(name): str(digest) for name, digest in recorded.items() if name not in ("version", "splits")}


def _sum(cost: Any) -> float:
    each = cost.values() if isinstance(cost, dict) else cost if isinstance(cost, list) else [cost]
    return sum(float(c) for c in each)
