"""Notes on runs of versions that recorded less."""

from __future__ import annotations

from collections.abc import Sequence

from alseg.report.read.read_runs import Run


def copied_notes(runs: Sequence[Run]) -> tuple[str, ...]:
    """A note on runs whose values can be checked against no ledger."""
    copied = [run for run in runs if run.copied and run.status == "finished"]
    if not copied:
        return ()
    many = "1 run has" if len(copied) == 1 else f"{len(copied)} runs have"
    return (
        f"{many} no values in the ledger, {copied[0].path} the first: those of metrics.csv are taken, which nothing confirms",
    )
