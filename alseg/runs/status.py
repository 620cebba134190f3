"""Status of a run, from its folder alone: read, and never written to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from omegaconf import OmegaConf

from alseg.errors import AlsegError, RunFolderError
from alseg.runs.at_work import at_work
from alseg.runs.ledger import Ledger
from alseg.runs.rewinding import is_under_way
from alseg.runs.run_config import read_config
from alseg.runs.run_folder import RunFolder, State
from alseg.runs.waiting import Waiting

Kind = Literal["running", "waiting", "done", "failed", "interrupted", "damaged"]


@dataclass(frozen=True)
class Status:
    """What a run folder tells.

    Args:
        run: the folder.
        kind: ``running`` while a process is at work, ``interrupted`` where one was ended and the run is neither done nor
            failed nor waiting for people.
        state: round and phase under way; None where the folder does not tell.
        rounds: of the budget; None where it does not tell.
        ledger: every decision so far; None where it cannot be read.
        waiting: what is awaited, as the run saw it last.
        open: ids of its query that were still open then or have no answer in the ledger.
        settings: the resolved config; empty where it cannot be read.
        reason: why it failed, or what is damaged, in one line.
        command: with which it was started last.
    """

    run: RunFolder
    kind: Kind
    state: State | None = None
    rounds: int | None = None
    ledger: Ledger | None = None
    waiting: Waiting | None = None
    open: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    command: str = ""


def read_status(path: Path) -> Status:
    """Read the status of a run.

    Raises:
        RunFolderError: if there is no run in the folder.
    """
    run = RunFolder(path)
    busy = at_work(run)
    if not (run.begun or run.failed.exists() or busy):
        raise RunFolderError(f"{path}: there is no run in this folder; name one that alseg run has made")
    faults: list[str] = []
    ledger, state = _ledger(run, faults), _state(run, faults)
    settings = _settings(run, faults)
    waiting = run.load_waiting() if state is not None and state.phase == "annotate" else None
    failed = "" if busy or not run.failed.exists() else _last_line(run.failed)
    budget = settings.get("budget")
    rounds = budget.get("rounds") if isinstance(budget, Mapping) else None
    kind: Kind
    if busy:  # and may be writing
        kind = "running"
    elif faults:
        kind = "damaged"
    elif is_under_way(run):
        kind = "interrupted"
    elif failed:
        kind = "failed"
    elif run.done.exists():
        kind = "done"
    else:
        kind = "waiting" if waiting is not None else "interrupted"
    return Status(
        run=run,
        kind=kind,
        state=state,
        rounds=rounds if isinstance(rounds, int) else None,
        ledger=ledger,
        waiting=waiting,
        open=_open(ledger, waiting),
        settings=settings,
        reason=faults[0] if kind == "damaged" else failed,
        command=_command(run),
    )


def _ledger(run: RunFolder, faults: list[str]) -> Ledger | None:
    try:
        ledger = Ledger(run.ledger, writable=False)
        ledger.rows(), ledger.labelled, ledger.refused, ledger.cost
    except (AlsegError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        faults.append(str(error) if isinstance(error, AlsegError) else f"{run.ledger}: it cannot be read ({error!r})")
        return None
    return ledger


def _state(run: RunFolder, faults: list[str]) -> State | None:
    try:
        return run.load_state()
    except (RunFolderError, OSError) as error:
        faults.append(str(error))
        return None


def _settings(run: RunFolder, faults: list[str]) -> dict[str, Any]:
    if not run.config.exists():
        return {}
    try:
        return cast(dict[str, Any], OmegaConf.to_container(read_config(run.config)))
    except RunFolderError as error:
        faults.append(str(error))
        return {}


def _open(ledger: Ledger | None, waiting: Waiting | None) -> tuple[str, ...]:
    query = None if ledger is None or waiting is None else ledger.find("queried", waiting.round)
    if ledger is None or query is None:
        return ()
    taken = {*ledger.labelled, *ledger.refused}
    return tuple(id_ for id_ in query["ids"] if id_ not in taken)


def _last_line(path: Path) -> str:
    try:
        lines = [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    except OSError as error:
        return str(error)
    return lines[-1].strip() if lines else "no reason is given"


def _command(run: RunFolder) -> str:
    try:
        lines = run.provenance.read_text(encoding="utf-8").splitlines()
        return str(json.loads(lines[-1])["command"])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return ""
