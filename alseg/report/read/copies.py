"""Runs with the same settings and the same seed: one repetition counts once, and none of them silently."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alseg.report.read.damaged import Unread
from alseg.report.read.events import moment
from alseg.report.read.read_runs import Run


def by_seed(runs: Sequence[Run], unread: list[Unread]) -> dict[int, Run]:
    """The runs of one condition by rising seed, each seed once.

    Of several with one seed the original counts: of equal ledgers the one in the folder that it was begun in (or the first, for
    all say the same), of others the one that was begun first. Where that does not tell them apart, none counts.

    Args:
        runs: with equal settings.
        unread: is added to: the runs that do not count.
    """
    groups: dict[int, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.seed, []).append(run)
    found = {}
    for seed, same in sorted(groups.items()):
        original = same[0] if len(same) == 1 else _original(same)
        if original is not None:
            found[seed] = original
        unread += [Unread(run.path, _why(run, original, same)) for run in same if run is not original]
    return found


def _original(runs: Sequence[Run]) -> Run | None:
    begun = sorted(runs, key=_begun)
    at_once = [run for run in begun if _begun(run) == _begun(begun[0])]
    if len(at_once) == 1:
        return begun[0] if all(run.decisions.started for run in runs) else None
    at_home = [run for run in at_once if _at_home(run)]
    if len(at_home) == 1:
        return at_home[0]
    return min(at_home or at_once, key=lambda run: run.path) if _equal(at_once) else None


def _begun(run: Run) -> float:
    time = moment(run.decisions.started)
    return time.timestamp() if time else 0.0


def _at_home(run: Run) -> bool:
    """True for a run that lies where it was begun; a copy keeps the settings of its original."""
    place = run.config.get("run_dir")
    try:
        return isinstance(place, str) and Path(place).expanduser().resolve() == run.path.resolve()
    except (OSError, ValueError, RuntimeError):
        return False


def _equal(runs: Sequence[Run]) -> bool:
    """True where ledgers and values of all runs are the same, so that it does not matter which counts."""
    first = runs[0]
    return all(run.decisions.digest == first.decisions.digest and run.metrics.equals(first.metrics) for run in runs)


def _why(run: Run, original: Run | None, same: Sequence[Run]) -> str:
    alike = f"the same settings and the same seed {run.seed} as"
    if original is None:
        others = ", ".join(str(other.path) for other in same if other is not run)
        return f"{alike} {others}, and nothing tells which of them is the copy: they are one repetition, give only one of them"
    if run.decisions.digest and run.decisions.digest == original.decisions.digest:
        what = "a copy of" if _at_home(original) else "the same run as"
        return f"{what} {original.path}, which counts: {alike} it, and the same ledger"
    return f"{alike} {original.path}, which was begun first and counts"
