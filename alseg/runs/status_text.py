"""Status of a run in words: for people who look at it, and want to know what to do."""

from __future__ import annotations

from collections.abc import Iterator

from alseg.runs.arrivals import is_newer
from alseg.runs.status import Status
from alseg.runs.waiting import moment


def status_lines(status: Status, arrived: int | None) -> Iterator[str]:
    """Lines about a run.

    Args:
        status: of the run.
        arrived: answers to its query that people have given by now; None where that cannot be told.
    """
    yield f"{status.run.path}: {_headline(status)}"
    if status.state is not None and status.kind not in ("done", "damaged"):
        of = "" if status.rounds is None else f" of {status.rounds} (they count from 0)"
        yield f"  round {status.state.round}{of}, phase {status.state.phase}"
    if status.ledger is not None:
        yield f"  {_labels(status)}"
        result = _result(status)
        if result:
            yield f"  {result}"
    if status.waiting is not None:
        yield f"  {status.waiting.paragraph()}"
        if arrived is not None:
            looked = f"the run last looked on {moment(status.waiting.looked)}"
            wrong = arrived - status.waiting.answered - status.waiting.refused
            left = (
                f", and could not take {wrong} of them: run.log says why"
                if wrong > 0 and _all_seen(status, arrived)
                else ""
            )
            yield f"  {arrived} of {status.waiting.asked} answers have arrived by now; {looked}{left}"
    yield f"  next: {_next(status, arrived)}"


def one_line(status: Status, arrived: int | None) -> str:
    """A run among many."""
    where = "" if status.state is None else f", round {status.state.round}, phase {status.state.phase}"
    if status.kind == "waiting" and status.waiting is not None:
        there = status.waiting.answered + status.waiting.refused if arrived is None else arrived
        where = f", round {status.waiting.round}: {there} of {status.waiting.asked} answers are there"
    if status.kind in ("done", "failed", "damaged"):
        where = f": {status.reason}" if status.reason else ""
    labelled = "" if status.ledger is None else f" ({len(status.ledger.labelled)} labelled)"
    return f"{status.run.path}: {status.kind}{where}{labelled}"


def _headline(status: Status) -> str:
    if status.kind == "done" and status.ledger is not None:
        finished = list(status.ledger.of("finished"))
        return f"done: {finished[-1]['reason']}" if finished else "done"
    if status.kind == "running":
        return f"running, process {status.run.holder()}"
    if status.kind == "waiting":
        return "waiting for annotations"
    return f"{status.kind}: {status.reason}" if status.reason else status.kind


def _labels(status: Status) -> str:
    assert status.ledger is not None
    labelled, refused = len(status.ledger.labelled), len(status.ledger.refused)
    text = f"{labelled} image{'' if labelled == 1 else 's'} labelled"
    text += f", {refused} refused" if refused else ""
    asked = {id_ for query in status.ledger.of("queried") for id_ in query["ids"]}
    still = len(asked.difference(status.ledger.labelled, status.ledger.refused))
    text += f", {still} asked for and open" if still else ""
    return f"{text}, {spell_seconds(status.ledger.cost)} of annotation"


def _result(status: Status) -> str:
    """Validation and test metrics of the last round, those that the report goes by."""
    assert status.ledger is not None
    rows = status.ledger.rows()
    if not rows:
        return "no model is trained and evaluated yet"
    primary = set((status.settings.get("primary_metric") or {}).values())
    names = [name for name in rows[-1] if name.partition("/")[2] in primary]
    values = [f"{name} {rows[-1][name]:.3f}" for name in names if rows[-1][name] is not None]
    return f"round {rows[-1]['round']}: {', '.join(values) or 'evaluated'}"


def _next(status: Status, arrived: int | None) -> str:
    command = status.command or "the same command"
    if status.kind == "running":
        return "nothing; it is at work"
    if status.kind == "done":
        return "nothing; a larger budget.rounds goes on from here"
    if status.kind == "damaged":
        return "restore the file from a copy, or take another run_dir; nothing was changed"
    if status.kind == "failed":
        return f"mend what it says, then: {command}"
    if status.kind == "waiting" and status.waiting is not None:
        there = status.waiting.answered + status.waiting.refused
        if arrived is not None and arrived > there:
            if _all_seen(status, arrived):
                return f"mend the answers that could not be taken, then: {command}"
            return f"take up what has arrived: {command}"
        return f"annotate, then: {command}"
    return f"go on: {command}"


def _all_seen(status: Status, arrived: int) -> bool:
    """True if the run has looked at all that has arrived, so that what is not among its answers could not be taken."""
    return status.waiting is not None and status.waiting.seen is not None and not is_newer(status.waiting, arrived)


def spell_seconds(seconds: float) -> str:
    """``300 s (5 min)``, ``7200 s (2 h 0 min)``."""
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{seconds:.0f} s"
    long = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
    return f"{seconds:.0f} s ({long})"
