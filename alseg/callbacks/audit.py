"""Audit of the model on a share of every query that was drawn at random: how well does it do on the pool?"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from alseg import randomness
from alseg.callbacks.callback import Callback
from alseg.callbacks.events import AnnotationEnd, EvaluationEnd, QueryEnd
from alseg.callbacks.run import Run
from alseg.files import arrays_in, csv_text
from alseg.learners.final_logits import final_logits
from alseg.metrics.audit_rounds import as_it_was, window
from alseg.metrics.audit_table import FILE, audited_pools, joined, metrics_of, read_answers, scores
from alseg.metrics.pool_estimate import AuditedPool, PoolEstimate, pool_estimate
from alseg.runs.run_folder import RunFolder
from alseg.selection.audited import NOTE

PREDICTIONS = "audit.npz"


class Audit(Callback):
    """Keeps what the last model predicts for a query before it is asked, and scores it when the answers arrive.

    ``audit.npz`` holds the predictions, made when the query is, so that they cannot know the answers, early or late;
    ``audit.csv`` the score of every answer of a round. To every evaluation from the second on it adds ``audit/*``, about the
    model of the round before, ``audit/model``, that was trained with ``audit/labels``: see docs/audit.md.

    Args:
        share: of every query that is drawn at random; with 0 nothing is done.
        least: drawn images, or volumes, that the running estimate goes back for.

    Raises:
        ValueError: if ``least`` is below 2.
    """

    def __init__(self, share: float = 0.0, least: int = 20) -> None:
        if least < 2:
            raise ValueError(f"least={least}: 2 or more, since an interval takes two")
        self.share, self.least = share, least

    def on_query_end(self, run: Run, query: QueryEnd) -> None:
        if not self.share or query.round == 0:
            return
        note = query.candidates.notes.get(NOTE, {"ids": [], "rest": 0})
        if not note["ids"] and len(query.ids) < len(query.candidates):  # none was due: the rest is not known
            note = {"ids": [], "rest": _units_left(run, query)}
        known = {*query.candidates.labelled_groups}
        file = io.BytesIO()
        np.savez_compressed(
            file,
            ids=np.array(query.ids, dtype=str),
            predicted=_predicted(run, query.ids),
            drawn=np.isin(np.array(query.ids, dtype=str), np.array(note["ids"], dtype=str)),
            rest=np.array(note["rest"]),
            new_group=np.array([group not in known for group in query.groups]),
        )
        run.write_file(PREDICTIONS, file.getvalue())

    def on_annotation_end(self, run: Run, annotation: AnnotationEnd) -> None:
        if not self.share or annotation.round == 0:
            return
        answers = annotation.annotations
        place, parts = {id_: i for i, id_ in enumerate(answers.ids)}, []
        for asked in range(1, annotation.round + 1):
            path = run.folder.round(asked) / PREDICTIONS
            if path.exists() and (some := _answered(path, place, answers.targets, asked, run)) is not None:
                parts.append(some)
        run.write_table(FILE, joined(parts))

    def on_evaluation_end(self, run: Run, evaluation: EvaluationEnd) -> None:
        if self.share and run.decides:
            run.log_metrics(self._metrics(run, evaluation.round))

    def _metrics(self, run: Run, round_: int) -> dict[str, float]:
        table = audit_table(run.folder, round_)
        now = table[table["asked"] == round_]
        drawn = int(now[now["drawn"] == 1]["unit"].nunique())
        if not len(now) or (not drawn and now["rest"].iloc[0]):
            return {}
        evaluated = run.ledger.find("evaluated", round_ - 1) or {}
        found = {"model": round_ - 1, "labels": float(evaluated.get("n_labelled", math.nan)), "drawn": drawn}
        for name in metrics_of(table):
            pools = list(audited_pools(table, name).values())
            for kind, value in estimates(pools, self.least).items():
                column = f"{kind}{name}"
                found |= {column: value.value, f"{column}_low": value.low, f"{column}_high": value.high}
        return {f"audit/{name}": float(value) for name, value in found.items()}


def estimates(pools: Sequence[AuditedPool], least: int) -> dict[str, PoolEstimate]:
    """Estimates after the last query: of its model alone, over the last queries, and of the pool as it was."""
    return {
        "": pool_estimate(pools[-1:]),
        "running/": pool_estimate(window(pools, least)),
        "as_it_was/": pool_estimate(as_it_was(pools)[-1:]),
    }


def audit_table(folder: RunFolder, last: int) -> pd.DataFrame:
    """Scores of all answers up to a round."""
    paths = [folder.round(round_) / FILE for round_ in range(1, last + 1)]
    return joined([read_answers(path) for path in paths if path.exists()])


def _answered(path: Path, place: Mapping[str, int], targets: NDArray[Any], asked: int, run: Run) -> pd.DataFrame | None:
    """Scores of the answers to one query."""
    with arrays_in(path) as kept:
        ids = [str(id_) for id_ in kept["ids"]]
        rows = [i for i, id_ in enumerate(ids) if id_ in place]
        if not rows:
            return None
        some, volume_of = [ids[i] for i in rows], run.pool.dataset.volume_of
        columns: dict[str, Any] = {
            "id": [csv_text(id_) for id_ in some],
            "unit": [csv_text(id_ if volume_of is None else volume_of[id_]) for id_ in some],
            "group": [csv_text(group) for group in run.pool.groups(some)],
            "asked": asked,
            "drawn": kept["drawn"][rows].astype(int),
            "rest": int(kept["rest"]),
            "new_group": kept["new_group"][rows].astype(int),
        }
        answers = np.asarray(targets)[[place[id_] for id_ in some]]
        return pd.DataFrame({**columns, **scores(kept["predicted"][rows], answers, run.pool.dataset)})


def _units_left(run: Run, query: QueryEnd) -> int:
    asked, volume_of = {*query.ids}, run.pool.dataset.volume_of
    left = [id_ for id_ in query.candidates.ids if id_ not in asked]
    return len(left) if volume_of is None else len({volume_of[id_] for id_ in left})


def _predicted(run: Run, ids: Sequence[str]) -> NDArray[Any]:
    """``(n, H, W)`` uint8 or ``(n,)`` int64 class ids, by the model that was trained last."""
    learner = run.trained()
    dtype = torch.uint8 if run.pool.dataset.task == "segmentation" else torch.int64
    with randomness.seeded_torch(run.seed, run.round, "audit"):
        found = [logits.argmax(dim=1).to(dtype).cpu() for logits in final_logits(learner, run.pool, ids)]
    return torch.cat(found).numpy()
