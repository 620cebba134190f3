"""Going back: a run at the end of an earlier round, with all that came later kept aside."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from alseg.errors import RunFolderError
from alseg.files import write_bytes, write_text
from alseg.runs.ledger import Event, Ledger
from alseg.runs.run_folder import RunFolder, State

PLAN = "rewind.json"
"""File in the run folder while a rewinding is under way: whoever finds it brings it to its end first."""
ASIDE = "rewound"
SMALL = ("ledger.jsonl", "state.json", "config.yaml", "metrics.csv", "DONE", "FAILED", "awaiting.json")
ENDS = ("DONE", "FAILED", "awaiting.json")
PLACES = {"rounds": r"(\d+)", "requests": r"round-(\d+)"}
"""Folders with a folder for each round, and how these are called."""
LEARNT = ("trained", "evaluated")


@dataclass(frozen=True)
class Plan:
    """What a rewinding does.

    Args:
        to: last round that stays.
        train: first round that is trained anew, for its model is no longer there; ``to + 1`` where all that is needed is.
        aside: name of the folder in ``rewound`` that takes what came later.
        last: round that the run had come to.
    """

    to: int
    train: int
    aside: str
    last: int


def plan_of(run: RunFolder, to: int, *, models: int, from_previous: bool) -> Plan:
    """Plan how a run goes back to the end of a round.

    Args:
        run: the folder.
        to: the round.
        models: number of last models that the next query needs.
        from_previous: whether each training goes on from the weights of the last.

    Raises:
        RunFolderError: if the run has not come so far, or is there already.
    """
    ledger = Ledger(run.ledger, writable=False)
    evaluated = [event["round"] for event in ledger.of("evaluated")]
    if not evaluated:
        raise RunFolderError(f"{run.path}: no round is over yet, so there is none to go back to")
    if to not in evaluated:
        raise RunFolderError(
            f"--to {to}: {run.path} has ended the rounds 0 to {max(evaluated)}; name one of these, such as --to {max(evaluated)}"
        )
    last = max(event["round"] for event in ledger.events)
    if last == to and not any(event["event"] == "finished" for event in ledger.events):
        raise RunFolderError(f"--to {to}: {run.path} is at the end of round {to}, and nothing came later")
    needed = [round_ for round_ in range(to - models + 1, to + 1) if round_ >= 0]
    train = next((round_ for round_ in needed if not run.checkpoint(round_).exists()), to + 1)
    while from_previous and 0 < train <= to and not run.checkpoint(train - 1).exists():
        train -= 1
    numbers = [int(path.name) for path in (run.path / ASIDE).glob("[0-9]*") if path.name.isdecimal()]
    return Plan(to, train, f"{max(numbers, default=0) + 1:02d}", last)


def rewind(run: RunFolder, plan: Plan) -> None:
    """Go back; the caller holds the lock. Nothing is deleted: what goes, goes to ``rewound/NN``."""
    aside = run.path / ASIDE / plan.aside
    for name in SMALL:
        if (run.path / name).exists():
            write_bytes(aside / name, (run.path / name).read_bytes())
    for round_ in range(plan.train, plan.to + 1):  # trained anew
        _copy(run.round(round_), aside / "rounds" / run.round(round_).name)
    write_text(run.path / PLAN, json.dumps(asdict(plan)) + "\n")
    finish_rewinding(run)


def finish_rewinding(run: RunFolder) -> Plan | None:
    """Bring a rewinding to its end that was broken off; the caller holds the lock.

    Returns:
        What was done; None where there was none.

    Raises:
        RunFolderError: if its plan cannot be read.
    """
    if not (run.path / PLAN).exists():
        return None
    try:
        plan = Plan(**json.loads((run.path / PLAN).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise RunFolderError(f"{run.path / PLAN}: it was damaged; what is to go is in {run.path / ASIDE}") from error
    aside = run.path / ASIDE / plan.aside
    for path, place in _later(run, plan.to):
        (aside / place).mkdir(parents=True, exist_ok=True)
        path.rename(aside / place / path.name)
    events = Ledger(aside / "ledger.jsonl", writable=False).events
    write_bytes(run.ledger, b"".join(json.dumps(event).encode() + b"\n" for event in _kept(events, plan)))
    run.save_state(State(plan.to, "evaluate") if plan.train > plan.to else State(plan.train, "train"))
    run.save_metrics(Ledger(run.ledger, writable=False).rows())
    for name in ENDS:
        (run.path / name).unlink(missing_ok=True)  # it was copied
    (run.path / PLAN).unlink()
    return plan


def is_under_way(run: RunFolder) -> bool:
    """True if a rewinding was broken off."""
    return (run.path / PLAN).exists()


def _kept(events: Sequence[Event], plan: Plan) -> Iterator[dict[str, Any]]:
    """The events of the rounds that stay, and one that says what was done."""
    for event in events:
        if event["event"] in (
            "settings",
            "rewound",
        ):  # what changed in a round that is gone counts from the next one on
            yield event | ({"round": min(event["round"], plan.to + 1)} if event["event"] == "settings" else {})
        elif event["event"] != "finished" and event["round"] < (
            plan.train if event["event"] in LEARNT else plan.to + 1
        ):
            yield event
    yield {
        "event": "rewound",
        "round": plan.to,
        "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "from_round": plan.last,
        "aside": f"{ASIDE}/{plan.aside}",
    }


def _later(run: RunFolder, to: int) -> Iterator[tuple[Path, str]]:
    """Folders of later rounds, and the name of the folder that they are in."""
    for place, name in PLACES.items():
        for path in sorted((run.path / place).glob("*")):
            found = re.fullmatch(name, path.name)
            if found and path.is_dir() and int(found[1]) > to:
                yield path, place


def _copy(folder: Path, target: Path) -> None:
    if folder.is_dir():
        shutil.copytree(folder, target, dirs_exist_ok=True)
