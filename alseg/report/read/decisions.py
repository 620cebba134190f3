"""Decisions of a ledger: images annotated by round, out of how many, their cost, and the metrics that followed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from alseg.identity import VERSION
from alseg.metrics.metric import Metric
from alseg.report.read.damaged import DAMAGE, DamagedError, file_bytes, one_line
from alseg.report.read.events import DIRECTION, Event, events_of

PHASES = {"scan": "queried", "select": "queried", "train": "trained", "evaluate": "evaluated"}


@dataclass(frozen=True)
class Decisions:
    """The decisions of one run. Old ledgers may lack any of it.

    Args:
        annotated: ids of each round, in the order in which they were asked for.
        annotators: who answered in each round; empty where the ledger does not tell.
        seed: of the run; None where the ledger does not tell.
        pool: images in the pool at the start.
        groups: of all that was asked for, id to group.
        test: how many images the test set has; None where the ledger does not tell.
        brought: how many images of the pool had a label of the data set when the run began; None where all had, hidden.
        groups_in_pool: how many there are.
        data: a hash of the data set, or the digests of its parts joined; empty where the ledger does not tell.
        parts: the digest of each part of the data set, as `alseg.identity.content` names them; none of an earlier version.
        weights: digest of each file of pretrained weights by the dotted key that names it.
        classes: names of the classes of the data set; None where the ledger does not tell.
        cost: sum over all answers of the oracle; None where none of them names a cost.
        described: the metrics that callbacks and learner of the run describe, by name; None of one whose direction its runs
            do not agree on.
        rows: one per evaluated round, as in ``metrics.csv``; a value that is not known is None.
        steps: of the optimiser in each training that says so.
        refined: whether labels were repaired in a training.
        started: time of the first event; empty where the ledger does not tell.
        ended: time of the last one.
        reason: why the run ended, in the words of its ledger; empty where it does not tell.
        digest: of the whole ledger; empty without one.
        changes: the events of settings that changed on the way.
    """

    annotated: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    annotators: Mapping[int, str] = field(default_factory=dict)
    seed: int | None = None
    pool: int | None = None
    test: int | None = None
    brought: int | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    groups_in_pool: int | None = None
    data: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] | None = None
    cost: float | None = None
    described: Mapping[str, Metric | None] = field(default_factory=dict)
    rows: Sequence[Mapping[str, float | None]] = ()
    steps: tuple[int, ...] = ()
    refined: bool = False
    started: str = ""
    ended: str = ""
    reason: str = ""
    digest: str = ""
    changes: tuple[Event, ...] = ()

    def labelled(self, round_: int) -> frozenset[str]:
        """All ids that were annotated up to and including a round."""
        return frozenset(id_ for r, ids in self.annotated.items() if r <= round_ for id_ in ids)


def read_decisions(path: Path, *, finished: bool = False) -> Decisions:
    """Read ``ledger.jsonl``; without the file nothing is known.

    Args:
        path: the file.
        finished: whether the run is over, so that every round has to be there.

    Raises:
        DamagedError: if a line is no event, or events are missing.
    """
    if not os.path.lexists(path):
        return Decisions()
    content = file_bytes(path)
    events = events_of(path, content, whole=finished)
    try:
        found = _decisions(path, events, finished)
        return replace(found, digest=blake2b(content, digest_size=16).hexdigest())
    except DamagedError:
        raise
    except DAMAGE as error:
        raise DamagedError(path, f"its events do not fit together ({one_line(error)})") from error


def _decisions(path: Path, events: Sequence[Event], finished: bool) -> Decisions:
    def of(kind: str) -> list[Event]:
        return [event for event in events if event["event"] == kind]

    started: Event = next(iter(of("started")), {})
    annotated = [event for event in of("annotated") if event.get("ids") is not None and event.get("round") is not None]
    costs = [_sum(event["cost"]) for event in of("annotated") if event.get("cost") is not None]
    rows = _rows(events)
    _complete(path, events, rows, finished)
    recorded = started.get("data") or ""
    parts = _digests(recorded)
    times = [event["time"] for event in events if "time" in event]
    classes = started.get("classes")
    return Decisions(
        annotated={event["round"]: tuple(map(str, event["ids"])) for event in annotated},
        annotators={event["round"]: event.get("annotator") or "" for event in annotated},
        seed=started.get("seed"),
        pool=(started.get("split") or {}).get("pool"),
        test=(started.get("split") or {}).get("test"),
        brought=started.get("labelled"),
        groups={
            str(id_): str(group)
            for event in of("queried")
            for id_, group in zip(event.get("ids") or (), event.get("groups") or ())
        },
        groups_in_pool=started.get("groups"),
        data=" ".join(parts.values()) or str(recorded),
        parts=parts,
        weights=_digests(started.get("weights")),
        classes=None if classes is None else tuple(classes),
        cost=sum(costs) if costs else None,
        described=agreed(
            Metric.read(one) for event in of("evaluated") for one in event.get("described") or () if DIRECTION in one
        ),
        rows=rows,
        steps=tuple(event["steps"] for event in of("trained") if event.get("steps") is not None),
        refined=any(event.get("refined") for event in of("trained")),
        started=times[0] if times else "",
        ended=times[-1] if times else "",
        reason=str((of("finished") or [{}])[-1].get("reason", "")),
        changes=tuple(of("settings")),
    )


def agreed(descriptions: Iterable[Metric]) -> dict[str, Metric | None]:
    """Descriptions by name; None where there are several, of other directions."""
    found: dict[str, Metric | None] = {}
    for metric in descriptions:
        known = found.setdefault(metric.name, metric)
        if known is not None and known.higher_is_better is not metric.higher_is_better:
            found[metric.name] = None
    return found


def _rows(events: Sequence[Event]) -> list[dict[str, float | None]]:
    """A row per evaluated round, with the columns of ``metrics.csv``; none for events without values."""
    seconds: dict[tuple[str, int], Mapping[str, float]] = {
        (event["event"], event["round"]): event.get("seconds") or {}
        for event in reversed(events)
        if event["event"] in PHASES.values() and event.get("round") is not None
    }
    rows = []
    for event in events:
        if event["event"] != "evaluated" or event.get("metrics") is None:
            continue
        round_, row = event["round"], {"round": event["round"], "n_labelled": event["n_labelled"]}
        row |= {key: event[key] for key in ("n_images", "cost") if event.get(key) is not None}
        row |= {f"seconds_{phase}": seconds.get((kind, round_), {}).get(phase) for phase, kind in PHASES.items()}
        rows.append(row | event["metrics"])
    return rows


def _complete(path: Path, events: Sequence[Event], rows: Sequence[Mapping[str, Any]], finished: bool) -> None:
    """Check that no round is missing or there twice, which a damaged file may show although each line of it is whole.

    Raises:
        DamagedError: naming what is missing.
    """
    if not rows:
        return
    if not any(event["event"] == "started" for event in events):
        raise DamagedError(path, "the event started is missing")
    for kind in ("queried", "annotated", "evaluated"):
        rounds = [event.get("round") for event in events if event["event"] == kind]
        expected = range(len(rounds))
        for place, round_ in zip(expected, rounds):
            if round_ != place:
                raise DamagedError(path, f"the event {kind} of round {place} is missing, or not in its place")
        if kind != "evaluated" and len(rounds) < len(rows):
            raise DamagedError(path, f"the event {kind} of round {len(rounds)} is missing")
        if kind == "annotated" and finished and len(rounds) > len(rows):
            raise DamagedError(path, f"the event evaluated of round {len(rows)} is missing")
    if finished and not any(event["event"] == "finished" for event in events):
        raise DamagedError(path, "its last events are missing: the run is done, and there is no event finished")


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
