"""The events of a ledger, each field of the type that alseg writes: what is read of them needs no more doubt."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from alseg.metrics.metric import Metric
from alseg.report.read.damaged import DAMAGE, DamagedError, one_line, short

Event = dict[str, Any]
Check = Callable[[Any], bool]
LARGEST = 1e100
"""The square of a number beyond it may be infinite."""
COUNT = 10**9
ROUNDS = 10**5
DIRECTION = "higher_is_better"
"""A description without it describes nothing that a report goes by."""


def is_number(value: Any) -> bool:
    """True for a number that is finite, not huge and no truth value."""
    return type(value) in (int, float) and math.isfinite(value if type(value) is float else 0) and abs(value) <= LARGEST


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= COUNT


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _id(value: Any) -> bool:
    return isinstance(value, str) or type(value) is int


def _known(value: Any) -> bool:
    return value is None or is_number(value)


def _list(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _by_name(check: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def _any_of(*checks: Check) -> Check:
    return lambda value: any(check(value) for check in checks)


def _moment(value: Any) -> bool:
    return isinstance(value, str) and moment(value) is not None


def _noted(value: Any) -> bool:
    picks = value.get("picks") or [] if isinstance(value, dict) else None
    return isinstance(picks, list) and all(isinstance(pick, dict) for pick in picks)


def _repairs(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and all(_list(is_number)(one.get(key) or []) for key in ("corrected", "filled"))
        and all(isinstance(one.get(key) or [], list) for key in ("ids", "rejected"))
        and is_number(one.get("step", 0))
        for one in value
    )


def _pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


def _described(value: Any) -> bool:
    try:
        return all(isinstance(one["name"], str) and (Metric.read(one) if DIRECTION in one else True) for one in value)
    except DAMAGE:
        return False


SECONDS = (_by_name(is_number), "seconds by phase")
FIELDS: Mapping[str, Mapping[str, tuple[Check, str]]] = {
    "started": {
        "seed": (_count, "a whole number"),
        "split": (_by_name(_count), "sizes by name"),
        "labelled": (_count, "a whole number"),
        "groups": (_count, "a whole number"),
        "data": (_any_of(_text, _by_name(_any_of(_text, is_number))), "digests by name"),
        "weights": (_by_name(_text), "digests by name"),
        "classes": (_list(_text), "names"),
    },
    "queried": {
        "ids": (_list(_id), "names of images"),
        "scores": (_list(_known), "numbers"),
        "groups": (_list(_id), "names"),
        "reasons": (_list(_text), "sentences"),
        "strategy": (_text, "a name"),
        "pool": (_count, "a whole number"),
        "notes": (_noted, "notes by name"),
        "seconds": SECONDS,
    },
    "annotated": {
        "ids": (_list(_id), "names of images"),
        "refused": (_list(_id), "names of images"),
        "cost": (_any_of(is_number, _list(is_number), _by_name(is_number)), "seconds"),
        "annotator": (_text, "a name"),
        "annotators": (_list(_text), "names"),
    },
    "trained": {"steps": (_count, "a whole number"), "refined": (_repairs, "repairs of labels"), "seconds": SECONDS},
    "evaluated": {
        "n_labelled": (_count, "a whole number"),
        "n_images": (_count, "a whole number"),
        "cost": (is_number, "seconds"),
        "metrics": (_by_name(_known), "numbers by name"),
        "described": (_described, "descriptions of metrics"),
        "seconds": SECONDS,
    },
    "finished": {"reason": (_text, "a sentence")},
    "settings": {"changed": (_by_name(_pair), "values before and after, by key")},
}
"""Type of each field of an event; null is as if it were not there, and unknown events and fields are passed over."""
ALL: Mapping[str, tuple[Check, str]] = {
    "event": (_text, "a name"),
    "round": (lambda value: _count(value) and value < ROUNDS, "a whole number"),
    "time": (_moment, "a time"),
}
AS_MANY = {"queried": ("scores", "groups", "reasons"), "annotated": ("annotators",)}
"""Fields of an event that belong to its ids one by one."""


def events_of(path: Path, content: bytes, *, whole: bool) -> list[Event]:
    """Take a ``ledger.jsonl`` apart.

    Args:
        path: the file, and
        content: what is in it.
        whole: False where the run may still write: then a last line that has no end yet is no event.

    Raises:
        DamagedError: naming the first line that is no event.
    """
    if not whole:
        content = content[: content.rfind(b"\n") + 1]
    events = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            text = line.decode("utf-8")
            event = json.loads(text)
            _check(event)
            if "\\u" in text:  # halves of a pair, which no file takes
                json.dumps(event, ensure_ascii=False).encode()
        except DAMAGE as error:
            raise DamagedError(path, f"line {number} is no ledger event ({one_line(error)})") from error
        events.append(event)
    return events


def _check(event: Any) -> None:
    """Raise a ValueError for the first field that is not what it should be."""
    if not isinstance(event, dict):
        raise ValueError(f"it is {short(event)}")
    for key, (check, what) in ALL.items():
        if (key in event or key == "event") and not check(event.get(key)):
            raise ValueError(f"{key} should be {what}, not {short(event.get(key))}")
    for key, (check, what) in FIELDS.get(event["event"], {}).items():
        value = event.get(key)
        if value is not None and not check(value):
            raise ValueError(f"{key} should be {what}, not {short(value)}")
    for key in AS_MANY.get(event["event"], ()):
        if event.get(key) and len(event[key]) != len(event.get("ids") or ()):
            raise ValueError(f"{key} should be as many as ids, not {len(event[key])}")


def moment(text: str) -> datetime | None:
    """A time of the ledger; None for another text."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
