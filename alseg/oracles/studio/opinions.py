"""Answers of people to one image: the last word of each, and what they agree on."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.oracles.studio.regions import seconds_in

log = logging.getLogger(__name__)

Target = NDArray[np.uint8] | np.int64
"""``(H, W)`` class ids, or a class id."""


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
    read: Callable[[Sequence[Mapping[str, Any]]], Target],
    where: str,
) -> list[Opinion]:
    """The last usable answer of each person, by the person's number; each fault is a line, and its annotation is left out.

    Of an answer that was sent twice, the second counts for nothing.

    Args:
        annotations: of one image, as the server gives them; drafts are not among them.
        read: target of a result; it raises ValueError where it cannot be used.
        where: address of the task, for the lines.
    """
    of_person: dict[int, list[Mapping[str, Any]]] = {}
    for annotation in sorted(annotations, key=lambda a: (str(a.get("updated_at") or ""), int(a["id"]))):
        of_person.setdefault(_number(annotation), []).append(annotation)
    found = []
    for number, attempts in sorted(of_person.items()):
        name = _name(attempts[-1])
        last: Target | None = None
        usable, timed, spent, seen = False, True, 0.0, set()
        for attempt in attempts:
            try:
                skipped, result, seconds = (
                    bool(attempt.get("was_cancelled")),
                    attempt.get("result") or [],
                    seconds_in(attempt),
                )
                target = None if skipped else read(result)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                log.warning(
                    "%s: annotation %s of %s is not taken: %s; correct it there, or delete it",
                    where,
                    attempt["id"],
                    name,
                    _words(error),
                )
                continue
            once = json.dumps([skipped, result, seconds], sort_keys=True)
            last, usable = target, True
            if once not in seen:
                seen.add(once)
                timed, spent = timed and seconds is not None, spent + (seconds or 0.0)
        if usable:
            found.append(Opinion(name, spent, last, timed))
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


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "it is damaged"
