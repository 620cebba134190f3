"""What a query's scores have to do with how wrong the model is, and with what a repair would gain, image by image."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from omegaconf import OmegaConf
from scipy.stats import spearmanr

from alseg.acquisition.entropy import Entropy
from alseg.acquisition.pld import PseudoLabelDivergence
from alseg.callbacks.callback import Callback
from alseg.callbacks.events import EvaluationEnd, QueryEnd
from alseg.callbacks.run import Run
from alseg.composition.instantiate import instantiate
from alseg.learners.refinement.repair import fuse
from alseg.learners.sequal import TEACHER, Sequal
from alseg.prediction import Batch, Prediction

FILE = "signal.csv"
SCORES = ("pld", "entropy")
TRUTHS = ("error", "gain")


class Signal(Callback):
    """Writes ``signal.csv`` of each query that looks at the pool, and contributes its rank correlations to the next evaluation.

    A line per candidate: ``pld`` and ``entropy``, means over the image's pixels; ``error``, the share of pixels that the teacher
    predicts wrongly; ``gain``, how much the share of rightly labelled pixels would grow if the image were traced in part now
    and the teacher repaired it as the learner is set up to.
    ``signal/pld_error`` and so on are Spearman's correlations over candidates.

    The hidden truth is for this file alone: no query sees it.
    """

    def __init__(self) -> None:
        self.scores = {"pld": PseudoLabelDivergence(), "entropy": Entropy()}
        self.parts: list[pd.DataFrame] = []
        self.run: Run | None = None
        self.oracle: Any = None

    def on_run_start(self, run: Run) -> None:
        self.run = run
        self.oracle = instantiate(OmegaConf.create(dict(run.config["oracle"])), dataset=run.pool.dataset)

    def on_predict_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin a scan."""
        self.parts = []

    def on_predict_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Batch, *_: Any
    ) -> None:
        """Measure one batch of the pool."""
        prediction: Prediction = outputs
        learner = cast(Sequal, pl_module)
        assert self.run is not None
        assert learner.refine is not None
        dataset = self.run.pool.dataset
        rows = batch["row"].cpu().numpy()
        ids = [dataset.ids[row] for row in rows]
        truth = torch.from_numpy(np.stack([dataset.targets[row] for row in rows]))
        traced = torch.from_numpy(np.stack(list(self.oracle.annotate(ids).targets)))
        p = prediction.logits[TEACHER].float().softmax(dim=1).cpu()
        repaired = fuse(traced, p, **learner.refine.fusion).labels
        columns: dict[str, Any] = {"id": ids}
        columns |= {name: score(prediction).cpu().numpy() for name, score in self.scores.items()}
        columns["error"] = _wrong(p.argmax(dim=1), truth)
        columns["gain"] = _wrong(traced, truth) - _wrong(repaired, truth)
        self.parts.append(pd.DataFrame(columns))

    def on_query_end(self, run: Run, query: QueryEnd) -> None:
        if not self.parts:
            return
        table = pd.concat(self.parts, ignore_index=True)
        table = table[table["id"].isin(set(query.candidates.ids))]
        # Not by `Run.write_table`, whose six decimals would make ties of scores that are 1e-5 large.
        run.write_file(FILE, table.to_csv(index=False, float_format="%.9g").encode())
        self.parts = []

    def on_evaluation_end(self, run: Run, evaluation: EvaluationEnd) -> None:
        file = run.folder.round(run.round) / FILE
        if file.exists():
            run.log_metrics(correlations(pd.read_csv(file)))


def correlations(table: pd.DataFrame) -> dict[str, float]:
    """Spearman's correlation of each score with each truth; NaN where one of them is the same for all images."""
    return {
        f"signal/{score}_{truth}": float(spearmanr(table[score], table[truth]).statistic)
        if table[score].nunique() > 1 and table[truth].nunique() > 1
        else float("nan")
        for score in SCORES
        for truth in TRUTHS
    }


def _wrong(labels: torch.Tensor, truth: torch.Tensor) -> NDArray[np.float64]:
    return (labels.long() != truth.long()).flatten(1).double().mean(dim=1).numpy()
