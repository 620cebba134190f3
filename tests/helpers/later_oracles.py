"""Oracles that answer later, each with the person who answers: the cases of ``tests/oracles/test_later.py``.

A new oracle that waits for people gets a `Case` here, and must pass that test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from alseg.data.dataset import Dataset
from alseg.oracles.folder import Folder, request_folder
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.people.request_tables import read_request_table
from alseg.oracles.request import Request
from alseg.oracles.simulated import Simulated


@dataclass(frozen=True)
class Case:
    """An oracle and its people.

    Args:
        make: the oracle, from the data set and ``enough``.
        answer: people answer these ids of a round with the truth; arguments are data set, run folder, round, ids.
        refuse: people refuse them.
        shown: round and id of everything that was presented to people, as often as it was.
    """

    make: Callable[[Dataset, float], Oracle]
    answer: Callable[[Dataset, Path, int, Sequence[str]], None]
    refuse: Callable[[Path, int, Sequence[str]], None]
    shown: Callable[[Path], list[tuple[int, str]]]


class Letterbox(Oracle):
    """Requests go into one file as lines, answers come as files: the least that an oracle of people can be."""

    def __init__(self, dataset: Dataset, enough: float = 1.0) -> None:
        self.truth, self.enough = Simulated(dataset), enough

    def annotate(self, ids: Sequence[str]) -> Annotations:
        raise AssertionError("people are asked by request")

    def ask(self, request: Request) -> Annotations:
        box = request.run / "letterbox"
        self.box = box
        box.mkdir(exist_ok=True)
        if not (box / f"asked-{request.round}").exists():
            if request.predictions is not None:
                assert np.isfinite(request.predictions(request.ids)).all()
            lines = [json.dumps([request.round, id_, request.pick(id_)]) + "\n" for id_ in request.ids]
            (box / "asked.tmp").write_text("".join(lines))
            (box / "asked.tmp").replace(box / f"asked-{request.round}")
        names = {path.name for path in box.iterdir()}
        ids = [id_ for id_ in request.open if f"{id_}.answer" in names]
        refused = tuple(id_ for id_ in request.open if f"{id_}.refused" in names)
        answer = self.truth.annotate(ids)
        people = tuple((box / f"{id_}.answer").read_text() for id_ in ids)
        return Annotations(answer.ids, answer.targets, answer.cost, "people", refused, people)

    def where(self, round_: int) -> str:
        return str(self.box)

    @classmethod
    def arrived(cls, settings, run, round_, ids):
        return [id_ for id_ in ids if (run / "letterbox" / f"{id_}.answer").exists()]


def _answer(dataset: Dataset, run: Path, round_: int, ids: Sequence[str]) -> None:
    for i, id_ in enumerate(ids):
        (run / "letterbox" / f"{id_}.answer").write_text("ab"[i % 2])


def _refuse(run: Path, round_: int, ids: Sequence[str]) -> None:
    for id_ in ids:
        (run / "letterbox" / f"{id_}.refused").touch()


def _shown(run: Path) -> list[tuple[int, str]]:
    files = sorted((run / "letterbox").glob("asked-*"))
    return [tuple(json.loads(line)[:2]) for path in files for line in path.read_text().splitlines()]


def _masks(dataset: Dataset, run: Path, round_: int, ids: Sequence[str]) -> None:
    folder = request_folder(run, round_)
    names = read_request_table(folder)
    for id_ in ids:
        mask = Image.fromarray(dataset.targets[dataset.ids.index(id_)])
        mask.save(folder / "answers" / f"{names[id_]}.png")


def _table(run: Path, round_: int, ids: Sequence[str]) -> None:
    lines = ["id,label,seconds,annotator,refused", *(f"{id_},,,,unreadable" for id_ in ids)]
    (request_folder(run, round_) / "answers" / "answers.csv").write_text("\n".join(lines) + "\n")


def _listed(run: Path) -> list[tuple[int, str]]:
    tables = sorted((run / "requests").glob("round-*/request.csv"))
    return [(int(path.parent.name[-2:]), id_) for path in tables for id_ in read_request_table(path.parent)]


CASES = {
    "letterbox": Case(Letterbox, _answer, _refuse, _shown),
    "folder": Case(lambda dataset, enough: Folder(dataset, enough=enough), _masks, _table, _listed),
}
