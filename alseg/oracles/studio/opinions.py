"""Answers of people to one image: the last word of each, and what they agree on."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.errors import AlsegError
from alseg.oracles.people.checks import seconds_of

log = logging.getLogger(__name__)

Target = NDArray[np.uint8] | np.int64
"""``(H, W)`` class ids, or a class id."""
Read = Callable[[Sequence[Mapping[str, Any]], str], Target]
"""Target of a result; the second argument is what it is called in the DataError where it cannot be used."""


@dataclass(frozen=True)
class Opinion:
    """What one person says of an image.

    Args:
        person: who.
        seconds: that this person spent on it, in all attempts.
        target: None if the person has skipped it.
        timed: False where the server does not know the time of some attempt.
    """

    person: str
    seconds: float
    target: Target | None
    timed: bool = True


def opinions_of(
    annotations: Sequence[Mapping[str, Any]],
    read: Read,
    where: str,
) -> list[Opinion]:
    """The last usable answer of each person, by the person's number; each fault is a line, and its annotation is left out.

    Of an answer that was sent twice, the second counts for nothing.

    Args:
        annotations: of one image, as the server gives them; drafts are not among them.
        read: target of a result.
        where: address of the task, for the lines.
    """
    of_person: dict[int, list[Mapping[str, Any]]] = {}
    for annotation in sorted(annotations, key=lambda a: (str(a.get("updated_at") or ""), int(a["id"]))):
        of_person.setdefault(_number(annotation), []).append(annotation)
    return [found for _, attempts in sorted(of_person.items()) if (found := _last(attempts, read, where)) is not None]


def _last(attempts: Sequence[Mapping[str, Any]], read: Read, where: str) -> Opinion | None:
    """The last usable answer of one person; None if there is none."""
    name, spent, timed, seen, found = _name(attempts[-1]), 0.0, True, set(), None
    for attempt in attempts:
        source = f"{where}: annotation {attempt['id']} of {name}"
        try:
            lead_time, skipped, result = (
                attempt.get("lead_time"),
                attempt.get("was_cancelled"),
                attempt.get("result") or [],
            )
            seconds = None if lead_time is None else seconds_of(str(lead_time), f"{source}, lead_time")
            target = None if skipped else read(result, source)
        except (AlsegError, TypeError, KeyError, AttributeError) as error:
            fault = str(error) if isinstance(error, AlsegError) else f"{source}: it is damaged; draw it anew"
            log.warning("%s (it is not taken)", fault)
            continue
        once = json.dumps([skipped, result, seconds], sort_keys=True)
        if once not in seen:
            seen.add(once)
            timed, spent = timed and seconds is not None, spent + (seconds or 0.0)
        found = Opinion(name, spent, target, timed)
    return found


def _number(annotation: Mapping[str, Any]) -> int:
    """Who: an object or a number; 0 for somebody whose account has been deleted."""
    who = annotation.get("completed_by")
    return int(who["id"] if isinstance(who, Mapping) else who or 0)


def _name(annotation: Mapping[str, Any]) -> str:
    """Full name, or the address where somebody has none."""
    who = annotation.get("completed_by")
    if not isinstance(who, Mapping):
        return f"user {who}" if who else "somebody"
    return f"{who.get('first_name') or ''} {who.get('last_name') or ''}".strip() or str(who.get("email") or who["id"])
