"""Panel of annotators, whose masks are fused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE, Dataset
from alseg.oracles import fusion as fusing
from alseg.oracles.folder import Folder
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.request import Request
from alseg.oracles.wrapper import MakeOracle, arrived_at, check_masks, check_share, make

FUSIONS = ("majority", "ahp", "staple")


class Panel(Oracle):
    """Asks every annotator for every image and fuses the masks; the cost is the sum of theirs.

    An image is answered once every annotator has annotated or refused it; who refused it has no vote. It is refused if
    all of them do.

    Args:
        dataset: handed on to the annotators.
        annotators: two or more, by name, each made of ``dataset=...``.
        fusion: ``majority``; ``ahp``, a vote weighted by the analytic hierarchy process; or ``staple`` (the extra of
            that name).
        comparisons: for ``ahp``, how much each annotator counts against each other (see `hierarchy_weights`).
        threshold: for ``majority`` and ``ahp``, the share of the weight above which a pixel is foreground.

    Raises:
        ValueError: if an argument is out of range or a package is missing.
    """

    def __init__(
        self,
        dataset: Dataset,
        annotators: Mapping[str, MakeOracle],
        fusion: str = "majority",
        comparisons: Sequence[Sequence[float]] | None = None,
        threshold: float = 0.5,
    ) -> None:
        check_masks(dataset, type(self).__name__)
        if len(annotators) < 2:
            raise ValueError(f"annotators: a panel has two annotators or more, not {len(annotators)}")
        if fusion not in FUSIONS:
            raise ValueError(f"fusion={fusion}: it must be one of {', '.join(FUSIONS)}")
        check_share("threshold", threshold)
        self.weights: NDArray[np.float64] = np.full(len(annotators), 1 / len(annotators))
        if fusion == "ahp":
            if comparisons is None:
                raise ValueError("comparisons=null: fusion=ahp needs this matrix")
            self.weights = fusing.hierarchy_weights(comparisons)
            if len(self.weights) != len(annotators):
                raise ValueError(
                    f"comparisons: it compares {len(self.weights)} annotators, and the panel has {len(annotators)}"
                )
        if fusion == "staple":
            fusing.simple_itk()
            self.fuse = fusing.staple
        else:
            self.fuse = partial(fusing.vote, weights=list(self.weights), threshold=threshold)
        self.size = dataset.size
        self.annotators = {name: make(of, dataset, f"annotators.{name}") for name, of in annotators.items()}
        self.annotator = f"{fusion} of {', '.join(annotators)}"
        self.simulated = all(one.simulated for one in self.annotators.values())
        self.enough = max(one.enough for one in self.annotators.values())
        self._check_different()

    def annotate(self, ids: Sequence[str]) -> Annotations:
        return self._fused(ids, [annotator.annotate(ids) for annotator in self.annotators.values()])

    def ask(self, request: Request) -> Annotations:
        return self._fused(request.open, [annotator.ask(request) for annotator in self.annotators.values()])

    def where(self, round_: int) -> str:
        return " and ".join(dict.fromkeys(filter(None, (one.where(round_) for one in self.annotators.values()))))

    @classmethod
    def arrived(cls, settings: Mapping[str, Any], run: Path, round_: int, ids: Sequence[str]) -> Sequence[str] | None:
        found = [arrived_at(one, run, round_, ids) for one in settings["annotators"].values()]
        there = [set(one) for one in found if one is not None]
        return [id_ for id_ in ids if all(id_ in one for one in there)] if len(there) == len(found) else None

    def _fused(self, ids: Sequence[str], answers: Sequence[Annotations]) -> Annotations:
        places = [{id_: row for row, id_ in enumerate(answer.ids)} for answer in answers]
        refused = [set(answer.refused) for answer in answers]
        done = [id_ for id_ in ids if all(id_ in place or id_ in no for place, no in zip(places, refused))]
        answered = [id_ for id_ in done if any(id_ in place for place in places)]

        nothing = np.full(self.size, IGNORE, dtype=np.uint8)
        targets = np.zeros((len(answered), *self.size), dtype=np.uint8)
        cost = np.zeros(len(answered))
        for row, id_ in enumerate(answered):
            asked = [(answer, place.get(id_)) for answer, place in zip(answers, places)]
            targets[row] = self.fuse(np.stack([nothing if i is None else a.targets[i] for a, i in asked]))
            cost[row] = sum(a.cost[i] for a, i in asked if i is not None)
        return Annotations(tuple(answered), targets, cost, self.annotator, tuple(sorted(set(done) - set(answered))))

    def answers(self) -> Mapping[str, bytes]:
        joined: dict[str, bytes] = {}
        for name, annotator in self.annotators.items():
            for id_, digest in annotator.answers().items():
                joined[id_] = joined.get(id_, b"") + f"{name}:".encode() + digest
        return joined

    def _check_different(self) -> None:
        """Two noisy annotators of one name would make the same errors, two people of one folder give the same answers."""
        folders: dict[object, str] = {}
        for name, oracle in self.annotators.items():
            if isinstance(oracle, Folder) and folders.setdefault(oracle.place, name) != name:
                raise ValueError(
                    f"annotators: {folders[oracle.place]} and {name} answer in the same folder; give each one of their own, "
                    f"annotators.{name}.answers=FOLDER"
                )
        first: dict[tuple[str, int | None], str] = {}
        for place, oracle in self.annotators.items():
            who = getattr(oracle, "annotator", place), getattr(oracle, "seed", None)
            if first.setdefault(who, place) != place:
                raise ValueError(
                    f"annotators: {first[who]} and {place} are both {who[0]!r} and would err alike; give one of "
                    f"them another name, such as annotators.{place}.annotator={place}, or another seed"
                )
