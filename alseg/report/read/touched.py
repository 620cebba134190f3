"""Data sets whose files have been written to since the runs on them began."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from alseg.identity.settings import flat, is_path
from alseg.identity.sources import CONTENT, recorded_stamp, stamp
from alseg.report.read.damaged import DAMAGE
from alseg.report.read.read_runs import Run


def touched_notes(runs: Sequence[Run]) -> tuple[str, ...]:
    """Notes on data sets that lie where finished runs read them, with files of other sizes or times.

    Files alone are looked at, once for each place; whether the content is another one is said by ``alseg run`` of such a run.
    A data set that is not there says nothing.
    """
    now: dict[str, str] = {}
    touched: dict[str, list[Run]] = {}
    for run in runs:
        then = recorded_stamp(run.path / CONTENT) if run.status == "finished" else ""
        if not then:
            continue
        places = json.dumps(sorted((key, str(value)) for key, value in flat(run.config) if is_path(key)))
        if places not in now:
            now[places] = _stamp(run)
        if now[places] not in ("", then):
            touched.setdefault(places, []).append(run)
    return tuple(
        f"{_name(found[0])}: its files have been written to since "
        f"{len(found)} of these runs began, {found[0].path} the first; the numbers are those of the data as they were, and the "
        "command of a run says what has changed"
        for found in touched.values()
    )


def _stamp(run: Run) -> str:
    try:
        return stamp(run.config)
    except DAMAGE:  # a path that is none
        return ""


def _name(run: Run) -> str:
    data = run.config.get("data")
    return str(data.get("root") or data.get("name")) if isinstance(data, Mapping) else str(data)
