"""Coverage of classes and groups by the annotated images.

A run folder holds the annotations of every round, and so the classes; the ledger names the patient, recording or slide of
every image that was asked for, and says how many of them the pool has. The data set itself is not looked at.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.files import labels_in
from alseg.report.read.damaged import DAMAGE, DamagedError, Unread, file_bytes, one_line
from alseg.report.read.read_runs import Run

IGNORED = 255
LAST, END = b"PK\x05\x06", 22
"""Begin and length of the last record of a zip archive without a comment."""


@dataclass(frozen=True)
class Coverage:
    """The labelled set of one run at some budget.

    Args:
        images: how many there are.
        classes: class to the share of the images that show it (segmentation) or are of it (classification), as they
            were annotated; None where the annotations are not all there.
        foreground: mean share of the annotated pixels that show any class but 0; None for classification.
        groups: distinct groups among the images; None where the ledger does not tell.
        groups_in_pool: distinct groups in the whole pool; likewise.
    """

    images: int
    classes: Mapping[int, float] | None
    foreground: float | None
    groups: int | None
    groups_in_pool: int | None


@dataclass(frozen=True)
class Shown:
    """Contents of one annotation: its classes, and the share of foreground, NaN for a whole-image class."""

    classes: frozenset[int]
    foreground: float


class Annotated:
    """Reads annotations of many runs, each answer once: the same annotator tells every run the same of an image."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], dict[str, Shown]] = {}
        self.unread: dict[Path, Unread] = {}
        """Files that were to be read and are broken."""

    def shown(self, run: Run, round_: int) -> dict[str, Shown] | None:
        """Id to what its annotation shows, up to and including a round; None where a file is missing or broken."""
        found: dict[str, Shown] = {}
        for r, ids in run.decisions.annotated.items():
            if r > round_:
                continue
            known = self._known.setdefault(_answers(run, run.decisions.annotators.get(r, "")), {})
            path = run.path / "rounds" / f"{r:02d}" / "annotations.npz"
            if known.keys() >= set(ids):
                if not ends_whole(path):
                    self.unread[path] = Unread(
                        path, "is no whole archive; nothing is lost, for other runs had the same answers"
                    )
            else:
                if path in self.unread or not os.path.lexists(path):
                    return None
                try:
                    known |= read_shown(path)
                except DamagedError as error:
                    self.unread[path] = Unread(path, f"{error.unread.reason}; the classes of its run are not known")
                    return None
            if not known.keys() >= set(ids):
                return None
            found |= {id_: known[id_] for id_ in ids}
        return found


def ends_whole(path: Path) -> bool:
    """True for a file that ends as an archive does, or is not there; it is not read, which for thousands of runs takes long."""
    try:
        if not path.is_file():
            return not os.path.lexists(path)
        with path.open("rb") as file:
            file.seek(-END, os.SEEK_END)
            return file.read(len(LAST)) == LAST
    except OSError:
        return False


def read_shown(path: Path) -> dict[str, Shown]:
    """Read ``annotations.npz``: ``ids (N,)`` and ``targets``, ``(N,)`` classes or ``(N, H, W)`` maps of them.

    Raises:
        DamagedError: if it cannot be read.
    """
    content = file_bytes(path)
    try:
        ids, targets = labels_in(BytesIO(content))
        if targets.dtype.kind not in "iu" or targets.ndim not in (1, 3):
            raise ValueError(f"{len(ids)} ids, and targets of shape {targets.shape} and type {targets.dtype}")
        return {id_: _shown(target) for id_, target in zip(ids, targets)}
    except DAMAGE as error:
        raise DamagedError(path, f"cannot be read as annotations ({one_line(error)})") from error


def coverage(run: Run, budget: int, annotated: Annotated) -> Coverage | None:
    """Coverage of what the run had annotated when it was evaluated with ``budget`` images; None where its ledger does not tell."""
    round_ = round_of(run, budget)
    if round_ is None:
        return None
    ids = run.decisions.labelled(round_)
    if not ids:
        return None
    shown = annotated.shown(run, round_)
    groups = run.decisions.groups
    known = groups.keys() >= ids
    return Coverage(
        len(ids),
        shares(shown.values()) if shown else None,
        foreground(shown.values()) if shown else None,
        len({groups[id_] for id_ in ids}) if known else None,
        run.decisions.groups_in_pool,
    )


def round_of(run: Run, budget: int) -> int | None:
    """The round that ended with ``budget`` images; of several the last."""
    table = run.metrics
    rounds = [r for r, b in zip(table["round"].tolist(), table["n_labelled"].tolist()) if b == budget]
    return int(rounds[-1]) if rounds else None


def shares(shown: Iterable[Shown]) -> dict[int, float]:
    """Class to the share of annotations that show it."""
    each = [one.classes for one in shown]
    return {c: sum(c in classes for classes in each) / len(each) for c in sorted(frozenset().union(*each))}


def foreground(shown: Iterable[Shown]) -> float | None:
    """Mean share of foreground; None for whole-image classes."""
    each = [one.foreground for one in shown if not np.isnan(one.foreground)]
    return float(np.mean(each)) if each else None


def _shown(target: NDArray[np.integer]) -> Shown:
    if target.ndim == 0:
        return Shown(frozenset({int(target)}), float("nan"))
    classes, counts = np.unique(target[target != IGNORED], return_counts=True)
    share = counts[classes > 0].sum() / max(counts.sum(), 1)
    return Shown(frozenset(int(c) for c in classes), float(share))


def _answers(run: Run, annotator: str) -> tuple[str, ...]:
    """Runs with an equal key got equal answers: same data, same annotator and, where that may err, same seed."""
    # The hash of an earlier version tells images by their names; two phantoms, or a relabelled folder, share these.
    data = "" if run.decisions.parts else json.dumps(run.config.get("data"), sort_keys=True, default=str)
    if annotator == "truth" and run.decisions.data:
        return (run.decisions.data, data, annotator)
    people = "enough" in (run.config.get("oracle") or {})  # the setting of oracles that wait for them
    if not run.decisions.data or not annotator or people:
        return (str(run.path),)  # nothing says that another run was answered alike
    oracle = json.dumps(run.config.get("oracle"), sort_keys=True, default=str)
    return (run.decisions.data, data, annotator, oracle, str(run.seed))
