"""Details of one run besides its numbers: picks and their reasons, repairs, worst cases.

A picture or table that is damaged is named, and the rest is still shown: the numbers of the report do not hang on it.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alseg.errors import DataError
from alseg.files import text_of_cell
from alseg.pictures.contact_sheet import ContactSheet, read_contact_sheet
from alseg.report.read.damaged import DAMAGE, DamagedError, file_bytes, file_text, one_line, short
from alseg.report.read.events import Event, events_of
from alseg.report.read.memorisation import FILE, Course, read_course
from alseg.report.read.read_runs import Run

PNG = b"\x89PNG\r\n\x1a\n"

COLUMNS = ({"id", "group", "dice", "worst"}, {"id", "group", "true", "predicted", "confidence", "probability", "worst"})
"""Columns that ``cases.csv`` must have, for segmentation and for classification."""


@dataclass(frozen=True)
class Pick:
    """One image that was asked for.

    Args:
        id: its name.
        score: by the acquisition; None where the strategy looks at none.
        group: its patient, recording or slide; empty where no file tells.
        reason: as the selector noted it, may be empty.
        cost: of its annotation in seconds; None where it has none, or not yet.
        refused: whether the oracle would not annotate it.
    """

    id: str
    score: float | None
    group: str
    reason: str
    cost: float | None
    refused: bool


@dataclass(frozen=True)
class Query:
    """One query, with the thumbnails of its first picks where the run kept them."""

    round: int
    strategy: str
    pool: int | None
    picks: tuple[Pick, ...]
    sheet: ContactSheet | None


@dataclass(frozen=True)
class Repair:
    """One repair of labels in a training, as the learner reported it: how many images and pixels."""

    round: int
    step: int
    images: int
    corrected: int
    filled: int
    rejected: int


@dataclass(frozen=True)
class Worst:
    """The test images of one round.

    Args:
        round: whose model it was.
        cases: all of them, a mapping of columns each, in the order of ``cases.csv``.
        sheet: pictures of those whose ``worst`` is 0, 1, ...
    """

    round: int
    cases: tuple[Mapping[str, str], ...]
    sheet: ContactSheet | None

    @property
    def shown(self) -> list[Mapping[str, str]]:
        """The worst, in the order of their pictures."""
        return sorted((case for case in self.cases if case.get("worst")), key=lambda case: int(case["worst"]))


@dataclass(frozen=True)
class Details:
    """All of it. ``problems`` names what could not be read."""

    queries: tuple[Query, ...] = ()
    repairs: tuple[Repair, ...] = ()
    courses: tuple[Course, ...] = ()
    worst: Worst | None = None
    map: bytes | None = None
    map_page: Path | None = None
    settings: str = ""
    problems: list[str] = field(default_factory=list)


def read_details(run: Run) -> Details:
    """Read what ``run.path`` holds. A picture or table that is a link is not read: it may lead anywhere."""
    problems: list[str] = []
    events: list[Event] = []
    ledger, page = run.path / "ledger.jsonl", run.path / "map.html"
    if os.path.lexists(ledger):
        with _noting(problems):
            events = events_of(ledger, file_bytes(ledger), whole=run.status == "finished")
    answers = [event for event in events if event["event"] == "annotated"]  # late ones are in a later round
    asked = [e for e in events if e["event"] == "queried" and e.get("round") is not None and e.get("ids")]
    queries = [_query(run.path, event, answers, problems) for event in asked]
    trained = [event for event in events if event["event"] == "trained" and event.get("round") is not None]
    repairs = [_repair(event["round"], one) for event in trained for one in event.get("refined") or ()]
    settings, picture = "", None
    with _noting(problems):
        settings = file_text(run.path / "config.yaml")
    with _noting(problems):
        picture = _map(run.path)
    return Details(
        tuple(queries),
        tuple(repairs),
        tuple(_courses(run.path, [event["round"] for event in trained], problems)),
        _worst(run, problems),
        picture,
        page if page.is_file() else None,
        settings,
        problems,
    )


@contextmanager
def _noting(problems: list[str]) -> Iterator[None]:
    try:
        yield
    except (*DAMAGE, DataError) as error:
        problems.append(one_line(error))


def _there(folder: Path, *names: str) -> Path | None:
    """A file of a run folder, where it is there.

    Raises:
        DamagedError: if it or a folder on the way to it is a link.
    """
    path = folder
    for name in names:
        path /= name
        if path.is_symlink():
            raise DamagedError(path, "a symbolic link, which is not shown")
    return path if path.exists() else None


def _map(folder: Path) -> bytes | None:
    path = _there(folder, "map.png")
    if path is None:
        return None
    content = file_bytes(path)
    if not content.startswith(PNG):
        raise DamagedError(path, "is no PNG")
    return content


def _sheet(problems: list[str], folder: Path, *names: str) -> ContactSheet | None:
    with _noting(problems):
        path = _there(folder, *names)
        return read_contact_sheet(path) if path is not None else None
    return None


def _query(
    folder: Path,
    event: Mapping[str, Any],
    answers: Sequence[Mapping[str, Any]],
    problems: list[str],
) -> Query:
    ids = [str(id_) for id_ in event["ids"]]
    scores: Sequence[float | None] = event.get("scores") or [None] * len(ids)
    groups: Sequence[str] = event.get("groups") or [""] * len(ids)
    noted = (event.get("notes") or {}).get("picks") or ()
    why = {str(pick.get("id")): str(pick.get("why", "")) for pick in noted}
    why |= dict(zip(ids, event.get("reasons") or ()))
    refused = {str(id_) for answer in answers for id_ in answer.get("refused") or ()}
    cost: dict[str, float] = {}
    for answer in answers:
        if isinstance(costs := answer.get("cost"), list):
            cost |= zip(map(str, answer.get("ids") or ()), costs)
    picks = tuple(
        Pick(id_, score, str(group), why.get(id_, ""), cost.get(id_), id_ in refused)
        for id_, score, group in zip(ids, scores, groups)
    )
    sheet = _sheet(problems, folder, "rounds", f"{event['round']:02d}", "query.jpg")
    return Query(event["round"], str(event.get("strategy", "")), event.get("pool"), picks, sheet)


def _courses(folder: Path, rounds: Sequence[int], problems: list[str]) -> Iterator[Course]:
    for round_ in rounds:
        with _noting(problems):
            path = _there(folder, "rounds", f"{round_:02d}", FILE)
            if path is not None:
                yield read_course(path, round_)


def _repair(round_: int, one: Mapping[str, Any]) -> Repair:
    images, rejected = (len(one.get(key) or ()) for key in ("ids", "rejected"))
    corrected, filled = (sum(one.get(key) or ()) for key in ("corrected", "filled"))
    return Repair(round_, one.get("step", 0), images, corrected, filled, rejected)


def _worst(run: Run, problems: list[str]) -> Worst | None:
    """Of the last round that was evaluated."""
    rounds = [int(round_) for round_ in run.metrics["round"].tolist()]
    if not rounds:
        return None
    names = ("rounds", f"{rounds[-1]:02d}")
    cases: tuple[Mapping[str, str], ...] = ()
    with _noting(problems):
        path = _there(run.path, *names, "cases.csv")
        if path is None:
            return None
        cases = _cases(path)
    return Worst(rounds[-1], cases, _sheet(problems, run.path, *names, "worst.jpg"))


def _text(cell: Any) -> Any:
    return text_of_cell(cell) if isinstance(cell, str) else cell


def _cases(path: Path) -> tuple[Mapping[str, str], ...]:
    reader = csv.DictReader(file_text(path).splitlines())
    names = set(reader.fieldnames or ())
    missing = COLUMNS[0] - names if "dice" in names else COLUMNS[1] - names
    if missing:
        raise DamagedError(path, f"column {min(missing)} is missing")
    cases = tuple({name: _text(cell) for name, cell in case.items()} for case in reader)
    numbers = [key for key in names if key.startswith("dice") or key in ("confidence", "probability")]
    for case in cases:
        if None in case or None in case.values():
            raise DamagedError(path, "a line has not as many cells as the header")
        for key, kind in (*((key, float) for key in numbers), ("worst", int)):
            try:
                kind(case[key] or 0)
            except ValueError as error:
                raise DamagedError(path, f"column {key} should hold numbers, not {short(case[key])}") from error
    return cases
