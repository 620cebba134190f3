"""What a run folder tells of one run besides its numbers: what was asked for and why, and where the model fails.

A picture or table that is damaged is named, and the rest is still shown: the numbers of the report do not hang on it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alseg.errors import DataError
from alseg.pictures.contact_sheet import ContactSheet, read_contact_sheet
from alseg.report.read.read_runs import Run

COLUMNS = ({"id", "group", "dice", "worst"}, {"id", "group", "true", "predicted", "confidence", "probability", "worst"})
"""What ``cases.csv`` must have, for segmentation and for classification."""


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
    worst: Worst | None = None
    map: bytes | None = None
    map_page: Path | None = None
    settings: str = ""
    problems: list[str] = field(default_factory=list)


def read_details(run: Run) -> Details:
    """Read what ``run.path`` holds."""
    problems: list[str] = []
    events = _events(run.path / "ledger.jsonl", problems)
    answers = {event.get("round"): event for event in events if event.get("event") == "annotated"}
    asked = [e for e in events if e.get("event") == "queried" and isinstance(e.get("round"), int) and e.get("ids")]
    queries = [_query(run.path, event, answers.get(event["round"], {}), problems) for event in asked]
    repairs = [_repair(event["round"], one) for event in events for one in event.get("refined") or ()]
    picture, page = run.path / "map.png", run.path / "map.html"
    with _noting(problems):
        settings = (run.path / "config.yaml").read_text(encoding="utf-8")
    return Details(
        tuple(queries),
        tuple(repairs),
        _worst(run, problems),
        picture.read_bytes() if picture.exists() else None,
        page if page.exists() else None,
        settings,
        problems,
    )


@contextmanager
def _noting(problems: list[str]) -> Iterator[None]:
    try:
        yield
    except (DataError, OSError, ValueError) as error:
        problems.append(" ".join(str(error).split()))


def _events(path: Path, problems: list[str]) -> list[dict[str, Any]]:
    """The events of a ledger; a last line that a kill cut short is none."""
    events: list[dict[str, Any]] = []
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    for line in text[: text.rfind("\n") + 1].splitlines():
        with _noting(problems):
            event = json.loads(line) if line.strip() else {}
            if isinstance(event, dict):
                events.append(event)
    return events


def _query(
    folder: Path,
    event: Mapping[str, Any],
    answer: Mapping[str, Any],
    problems: list[str],
) -> Query:
    ids = [str(id_) for id_ in event["ids"]]
    scores: Sequence[float | None] = event.get("scores") or [None] * len(ids)
    groups: Sequence[str] = event.get("groups") or [""] * len(ids)
    noted = (event.get("notes") or {}).get("picks") or ()
    why = {str(pick.get("id")): str(pick.get("why", "")) for pick in noted}
    costs, refused = answer.get("cost"), {str(id_) for id_ in answer.get("refused") or ()}
    cost = dict(zip(map(str, answer.get("ids") or ()), costs)) if isinstance(costs, list) else {}
    picks = tuple(
        Pick(id_, score, str(group), why.get(id_, ""), cost.get(id_), id_ in refused)
        for id_, score, group in zip(ids, scores, groups)
    )
    sheet, path = None, folder / "rounds" / f"{event['round']:02d}" / "query.jpg"
    if path.exists():
        with _noting(problems):
            sheet = read_contact_sheet(path)
    return Query(event["round"], str(event.get("strategy", "")), event.get("pool"), picks, sheet)


def _repair(round_: int, one: Mapping[str, Any]) -> Repair:
    images, rejected = (len(one.get(key) or ()) for key in ("ids", "rejected"))
    corrected, filled = (sum(one.get(key) or ()) for key in ("corrected", "filled"))
    return Repair(round_, one.get("step", 0), images, corrected, filled, rejected)


def _worst(run: Run, problems: list[str]) -> Worst | None:
    """Of the last round that was evaluated."""
    rounds = [int(round_) for round_ in run.metrics["round"].tolist()]
    if not rounds:
        return None
    folder = run.path / "rounds" / f"{rounds[-1]:02d}"
    if not (folder / "cases.csv").exists():
        return None
    cases: tuple[Mapping[str, str], ...] = ()
    sheet = None
    with _noting(problems):
        cases = _cases(folder / "cases.csv")
    if (folder / "worst.jpg").exists():
        with _noting(problems):
            sheet = read_contact_sheet(folder / "worst.jpg")
    return Worst(rounds[-1], cases, sheet)


def _cases(path: Path) -> tuple[Mapping[str, str], ...]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        names = set(reader.fieldnames or ())
        missing = COLUMNS[0] - names if "dice" in names else COLUMNS[1] - names
        if missing:
            raise DataError(f"{path}: column {min(missing)} is missing")
        cases = tuple(reader)
    numbers = [key for key in names if key.startswith("dice") or key in ("confidence", "probability", "worst")]
    for case in cases:
        for key in numbers:
            float(case[key] or 0)  # a ValueError tells what is no number
    return cases
