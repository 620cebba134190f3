"""By what the numbers of a report were made: versions, commands, dates and machines of its runs, and of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from alseg.identity.code import described, version
from alseg.report.grid import counted
from alseg.report.read.events import moment
from alseg.report.read.provenance import Start
from alseg.report.read.read_runs import Run
from alseg.report.statistics.panels import Report

MOST = 8
"""So many commands or machines are named."""


def provenance(report: Report) -> list[tuple[str, str]]:
    """Heading and text each; about the runs that are in the numbers."""
    runs = report.runs
    found = [
        ("Runs made with", _of_starts(runs, lambda start: f"alseg {described(start.alseg, start.commit)}")),
        ("Runs made by", _of_starts(runs, lambda start: start.command)),
        ("Runs made on", _of_starts(runs, lambda start: start.machine)),
        ("Dates of the runs", _dates(runs)),
        ("Report made with", f"alseg {version()}"),
    ]
    return [*found, ("Report made by", report.command)] if report.command else found


def of_run(run: Run) -> dict[str, str]:
    """The same of one run, as far as it is recorded."""
    found = {"Dates": _dates([run])}
    if run.starts:
        last = run.starts[-1]
        found |= {"Made with": f"alseg {described(last.alseg, last.commit)}", "Made on": last.machine}
    return found


def _of_starts(runs: Sequence[Run], text: Callable[[Start], str]) -> str:
    """Each text with the number of runs that it is true of; a run that went on may have several."""
    counts = Counter(one for run in runs for one in dict.fromkeys(map(text, run.starts)))
    parts = [one if n == len(runs) else f"{one} ({counted(n, 'run')})" for one, n in counts.most_common(MOST)]
    if len(counts) > MOST:
        parts.append(f"and {len(counts) - MOST} others")
    without = sum(not run.starts for run in runs)
    if without:
        parts.append("not recorded" if without == len(runs) else f"not recorded of {counted(without, 'run')}")
    return "; ".join(parts)


def _dates(runs: Sequence[Run]) -> str:
    times = [(moment(run.decisions.started), moment(run.decisions.ended)) for run in runs]
    known = [(start, end) for start, end in times if start and end]
    if not known:
        return "not recorded"
    first, last = min(start for start, _ in known), max(end for _, end in known)
    text = f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    return text if len(known) == len(runs) else f"{text}; not recorded of {counted(len(runs) - len(known), 'run')}"
