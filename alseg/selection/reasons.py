"""Reasons of the picks of a query in words, from what the strategy is, what it noted, and the scores of the candidates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from alseg.data.grouping import means_by_group
from alseg.selection.audited import Audited
from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from alseg.selection.top import Top

GIVEN = "the data set brings its label"
"""Reason of an image that no strategy had to pick."""


def reasons_of(
    selector: Selector,
    candidates: Candidates,
    ids: Sequence[str],
    volume_of: Mapping[str, str] | None = None,
    *,
    scored_by: str = "score",
) -> list[str]:
    """Why each image was picked, for people: ``entropy 0.83, 3rd highest of 412``, ``random draw``.

    A selector that explains its picks (`Candidates.explain`, or ``picks`` with ``why`` in its notes) has the first word; then
    come the score and its rank, unless the pick is a random one. Of a volume, both are those of the whole. ``scored_by`` is
    the name of the acquisition's class.
    """
    own = {str(pick["id"]): str(pick.get("why", "")) for pick in candidates.notes.get("picks", ())}
    scored = _scored(scored_by, candidates, volume_of)
    inner = selector.of if isinstance(selector, Audited) else selector
    chosen = "" if isinstance(inner, Top) else f"picked by {type(inner).__name__}"
    if len(ids) == len(candidates):
        chosen = "all that can be asked for"
    found = []
    for id_ in ids:
        unit = id_ if volume_of is None else volume_of[id_]
        why = own.get(id_) or candidates.reasons.get(unit) or chosen
        score = "" if why.startswith("random") else scored.get(unit, "")
        found.append("; ".join(filter(None, (why, score))))
    return found


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``11th``."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _scored(scored_by: str, candidates: Candidates, volume_of: Mapping[str, str] | None) -> dict[str, str]:
    """Score of each unit in words."""
    if candidates.scores is None:
        return {}
    name = _words(scored_by)
    units, scores = list(candidates.ids), np.asarray(candidates.scores)
    if volume_of is not None:
        units = sorted({volume_of[id_] for id_ in candidates.ids})
        _, scores = means_by_group(scores, [volume_of[id_] for id_ in candidates.ids])
    # Equal scores share the better rank.
    rank = 1 + np.searchsorted(np.sort(-scores), -scores, side="left")
    of = len(units)
    return {
        unit: f"{name} {score:.3g}, {'' if place == 1 else f'{ordinal(int(place))} '}highest of {of}"
        for unit, score, place in zip(units, scores.tolist(), rank)
    }


def _words(name: str) -> str:
    """``LeastConfidence`` as ``least confidence``; ``BALD`` stays as it is spelt."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[0-9]+", name)
    return name if any(part.isupper() and len(part) > 1 for part in parts) else " ".join(parts).lower()
