"""Going on with other settings: which may change in the middle of a run, and how the ledger keeps that."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from alseg.errors import RunFolderError
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder, State

log = logging.getLogger(__name__)

MAY_CHANGE = ("budget.rounds", "budget.query", "budget.name", "oracle.enough", "stopping")
"""Settings, or groups, that decide on what is to come alone."""

Changed = Mapping[str, tuple[Any, Any]]
"""Dotted key to the value before and the value from now on."""


def may_change(key: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """True if a run can go on although this setting differs: it has no part in anything that is recorded.

    Where people answer (their oracles have ``enough``), so it is with everything about how they are asked.

    Args:
        key: dotted.
        then: flat settings that the run has had, and
        now: those that it is to have.
    """
    people = key.startswith("oracle.") and "oracle.enough" in then and "oracle.enough" in now
    return people or any(key == one or key.startswith(f"{one}.") for one in MAY_CHANGE)


def opens_again(changed: Changed) -> bool:
    """True if a run that is done may have more to come by these changes."""
    return any(key == "budget.rounds" or key.partition(".")[0] == "stopping" for key in changed)


def check_changes(run: RunFolder, changed: Changed) -> None:
    """Check that changes leave alone what has happened.

    Raises:
        RunFolderError: if the run has more rounds than it is to have, or is done and no round is to come in which the changes
            would have a part: its results would pass for theirs.
    """
    rounds = changed.get("budget.rounds", (None, None))[1]
    begun = _begun(Ledger(run.ledger, writable=False)) if isinstance(rounds, int) else 0
    if isinstance(rounds, int) and 1 <= rounds < begun:
        raise RunFolderError(
            f"budget.rounds={rounds}: {run.path} has begun {begun} rounds already; alseg rewind {run.path} --to {rounds - 1} "
            f"goes back to its first {rounds}"
        )
    if run.done.exists() and not opens_again(changed) and (without := sorted(set(changed) - {"budget.name"})):
        key, (old, new) = without[0], changed[without[0]]
        raise RunFolderError(
            f"run_dir={run.path}: it holds a run with {key}={_text(old)}, not {_text(new)}, and it is done: no round is to come; "
            "give it more by budget.rounds=N, or choose another run_dir"
        )


def take_up(run: RunFolder, changed: Changed) -> None:
    """Record changed settings, and open a run again that was done; it decides anew, by these, whether it is over.

    May be broken off anywhere: the config of the run is written after it, so that the same command comes here again.
    """
    ledger = Ledger(run.ledger)
    if not changed or not ledger.events:
        return
    entry = {key: list(values) for key, values in sorted(changed.items())}
    if ledger.events[-1].get("changed") != entry:
        ledger.append("settings", _begun(ledger), changed=entry)
    what = ", ".join(f"{key} {_text(old)} → {_text(new)}" for key, (old, new) in sorted(changed.items()))
    state = run.load_state()
    if state.phase == "done":
        state = State(state.round, "evaluate" if ledger.find("evaluated", state.round) else "select")
        log.info("%s: it was done, and is opened again (%s)", run.path, what)
    else:
        log.info("%s: settings change from here on (%s)", run.path, what)
    run.save_state(state)
    run.done.unlink(missing_ok=True)


def _begun(ledger: Ledger) -> int:
    """Number of rounds of which the query is recorded: the number of the next one."""
    return 1 + max((query["round"] for query in ledger.of("queried")), default=-1)


def _text(value: Any) -> str:
    return "null" if value is None else str(value)
