"""Settings that a run changed on its way: a run with 10 and then 20 labels per query is no repetition of one with 20."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alseg.report.read.events import Event

FROM: Mapping[str, int] = {"budget.query": 1, "oracle.enough": 0}
"""Settings that leave their mark on what has happened, and the first round that they have a part in. Others decide on when a run
ends (so one that went on is what it would have been with as many rounds from the start), or on where people answer."""


def with_history(config: dict[str, Any], events: Sequence[Event]) -> dict[str, Any]:
    """A config in which what changed says so: ``budget.query`` is ``10, 20 from round 3``.

    Args:
        config: as it stands in the run folder: with the last values.
        events: of the ledger; those of kind ``settings`` count.
    """
    for key, first in FROM.items():
        values: dict[int, Any] = {}
        for event in events:
            pair = (event.get("changed") or {}).get(key) if event["event"] == "settings" else None
            if pair is not None:
                values.setdefault(first, pair[0])
                values[max(first, event.get("round") or 0)] = pair[1]
        steps = [(round_, value) for round_, value in sorted(values.items())]
        kept = [step for i, step in enumerate(steps) if i == 0 or step[1] != steps[i - 1][1]]
        if len(kept) < 2:
            continue
        group, _, name = key.partition(".")
        text = ", ".join(
            str(value) if i == 0 else f"{value} from round {round_}" for i, (round_, value) in enumerate(kept)
        )
        config = config | {group: {**config.get(group, {}), name: text}}
    return config
