"""What the audit and the forecast say of one run, in sentences for the terminal."""

from __future__ import annotations

import math
from pathlib import Path

from alseg.report.columns import decimals, title
from alseg.report.read.damaged import DamagedError
from alseg.report.read.read_runs import Run, read_run
from alseg.report.statistics.audits import audit_of, estimate_text
from alseg.report.statistics.outlook import outlook_of_run


def run_notes(folder: Path) -> list[str]:
    """Sentences about a run, finished or not; none where there is nothing to say, or what it takes cannot be read."""
    try:
        run = read_run(folder)
        return [*_audit(run), *_forecast(run)]
    except DamagedError:  # the report names it
        return []


def _audit(run: Run) -> list[str]:
    found = audit_of(run)
    if found is None:
        return []
    last, digits = found.points[-1], decimals(f"test/{found.primary}")
    running = last.estimates[found.primary, "running"]
    labels = "" if math.isnan(last.labels) else f", {last.labels:.0f} labels"
    text = f"Audit: {title(f'test/{found.primary}')} {estimate_text(running, digits)} on what was left of the pool "
    text += f"({running.drawn} drawn); "
    text += f"the last model asked was that of round {last.model}{labels}."
    apart = found.difference
    if math.isfinite(apart.low) and not apart.low <= 0 <= apart.high:
        text += f" The picks are {'harder' if apart.value < 0 else 'easier'} than the rest ({apart.value:+.{digits}f})."
    return [text]


def _forecast(run: Run) -> list[str]:
    found = outlook_of_run(run)
    if found is None or (found.target is None and isinstance(found.found, str)):
        return []
    return [found.sentence()]
