"""The line of a part that is under way, and the table at the end."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from benchmarks.campaign.part import Outcome


def progress(name: str, outcomes: Sequence[Outcome], trials: int, seconds: float) -> None:
    """Say how far a part is: on a terminal always, in a log at every tenth of it."""
    done, faults = len(outcomes), sum(outcome.fault is not None for outcome in outcomes)
    line = f"  {name}: {done} of {trials} trials, {faults} faults, {seconds:.0f} s"
    if sys.stdout.isatty():
        print(f"\r{line}", end="\n" if done == trials else "", flush=True)
    elif done == trials or done * 10 // trials > (done - 1) * 10 // trials:
        print(line, flush=True)


def closing_table(found: Mapping[str, Sequence[Outcome]]) -> str:
    """Part, kind, how much was tried, faults and notes, one line for each kind."""
    rows = [("part", "kind", "tried", "faults", "")]
    for part, outcomes in found.items():
        for kind in dict.fromkeys(outcome.kind for outcome in outcomes):
            these = [outcome for outcome in outcomes if outcome.kind == kind]
            tried = sum(outcome.tried for outcome in these if outcome.skipped is None)
            faults = sum(outcome.fault is not None for outcome in these)
            words = dict.fromkeys(
                text for one in these for text in (one.note, one.skipped and f"skipped: {one.skipped}") if text
            )
            rows.append((part, kind, str(tried), str(faults), "; ".join(words)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) + f"  {row[4]}" for row in rows]
    tried, faults = (sum(int(row[column]) for row in rows[1:]) for column in (2, 3))
    return "\n".join([*(line.rstrip() for line in lines), f"{tried} tried, {faults} faults"])
