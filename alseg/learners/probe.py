"""Probe: linear or small heads on the frozen features of an embedding, for classification in the fast lane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from alseg.data.pool import PoolDataModule
from alseg.embeddings.embedding import Embedding
from alseg.learners.learner import DataSpec
from alseg.learners.solved_learner import SolvedLearner, extractor
from alseg.networks.heads import Heads, statistics, taken
from alseg.networks.logistic import fit_logistic
from alseg.networks.perceptrons import fit_perceptrons
from alseg.prediction import Batch, Prediction

LOOKED_AT = 2_000
"""Images of the pool, evenly spread, whose mean and deviation features are scaled by."""


class Probe(SolvedLearner):
    """Heads that are fitted to all labels at once: logistic regressions, or perceptrons where there are hidden layers.

    Features are standardised by the pool. With several members each has labels or features of its own. Bootstrap: the
    labelled images weigh differently for each, by exponential draws (Rubin, "The Bayesian bootstrap", Ann. Statist. 9,
    1981), so that no class is lost where labels are few. Dropout: each sees a random part of the features, the same
    for all images. Two members can teach each other, by the rule of :class:`CoTrained` for all images at once: an
    unlabelled image of whose class one is sure joins the labels of the other, with ``mutual`` times the weight of all
    labels over all such images; they are fitted anew ``times`` times.

    Args:
        spec, steps, embedding: see :class:`SolvedLearner`.
        hidden: widths of hidden layers; none is logistic regression.
        inverse_penalty: C of logistic regression, as scikit-learn's.
        epochs: steps of a perceptron's optimiser.
        rate: its learning rate.
        decay: of a perceptron's weights.
        members: M.
        vary: how members differ: ``bootstrap`` or ``dropout``.
        dropout: share of the features that a member does not see, for ``vary=dropout``.
        mutual: weight of what two members teach each other; 0: nothing.
        confidence: a pseudo-label's probability must be above it.
        unlabelled: images that are looked at for pseudo-labels, at most, drawn anew in every round.
        times: fits with pseudo-labels.

    Raises:
        ValueError: if one of these is out of its range, or they do not fit together.
    """

    tasks = frozenset({"classification"})

    def __init__(
        self,
        spec: DataSpec,
        steps: int,
        *,
        embedding: Embedding,
        hidden: Sequence[int] = (),
        inverse_penalty: float = 0.01,
        epochs: int = 100,
        rate: float = 1e-2,
        decay: float = 1e-2,
        members: int = 1,
        vary: Literal["bootstrap", "dropout"] = "bootstrap",
        dropout: float = 0.5,
        mutual: float = 0.0,
        confidence: float = 0.7,
        unlabelled: int = 500,
        times: int = 3,
    ) -> None:
        for key, value in (("inverse_penalty", inverse_penalty), ("rate", rate)):
            if value <= 0:
                raise ValueError(f"{key}={value}: above 0")
        for key, number in (("members", members), ("epochs", epochs), ("unlabelled", unlabelled), ("times", times)):
            if number < 1:
                raise ValueError(f"{key}={number}: at least 1")
        if any(width < 1 for width in hidden):
            raise ValueError(f"hidden={list(hidden)}: widths of at least 1, or none")
        if vary not in ("bootstrap", "dropout"):
            raise ValueError(f"vary={vary}: choose bootstrap or dropout")
        if not 0 < dropout < 1:
            raise ValueError(f"dropout={dropout}: above 0 and below 1")
        if mutual < 0 or decay < 0:
            raise ValueError(f"mutual={mutual}, decay={decay}: at least 0")
        if not 0 <= confidence < 1:
            raise ValueError(f"confidence={confidence}: at least 0 and below 1")
        if mutual and members != 2:
            raise ValueError(f"mutual={mutual}: it is for members=2, which teach each other; there are {members}")
        embedding = extractor(embedding)
        widths = (*hidden, len(spec.classes))
        super().__init__(spec, steps, embedding=embedding, members=members, inputs=embedding.dimensions, widths=widths)
        self.hidden, self.inverse_penalty = hidden, inverse_penalty
        self.fitting: dict[str, Any] = {"hidden": hidden, "steps": epochs, "rate": rate, "decay": decay}
        self.vary, self.dropout = vary, dropout
        self.mutual, self.confidence, self.unlabelled, self.times = mutual, confidence, unlabelled, times

    def predict_features(self, features: Tensor) -> Prediction:
        """Logits ``(M, B, K)``, and the frozen features ``(B, D)`` themselves."""
        return Prediction(self.heads(features), features)

    def loss_of(self, batch: Batch) -> Tensor:
        """Cross-entropy of the mean prediction."""
        return F.nll_loss(self.final(self.predict_step(batch)).log_softmax(dim=1), batch["target"].long())

    def solve(self, pool: PoolDataModule, generator: torch.Generator) -> Heads:
        """Fit the members, and again with what two of them teach each other."""
        ids, m = pool.labelled, self.members
        rows = torch.tensor([pool.row(id_) for id_ in ids]).expand(m, -1)
        targets = torch.from_numpy(pool.labels(ids)).long().expand(m, -1)
        weights, masks = torch.ones(rows.shape), None
        if m > 1 and self.vary == "bootstrap":
            drawn = torch.empty(rows.shape).exponential_(generator=generator)
            weights = drawn * (len(ids) / drawn.sum(dim=1, keepdim=True))
        elif m > 1:
            kept = torch.rand(m, self.embedding.dimensions, generator=generator) >= self.dropout
            masks = kept / (1 - self.dropout)
        standard = self._standard(pool)
        seeds = torch.randint(2**62, (m,), generator=generator).tolist()
        heads = self._fit(rows, targets, weights, masks, standard, seeds)
        others = pool.unlabelled
        if not self.mutual or not others:
            return heads
        looked = torch.randperm(len(others), generator=generator)[: self.unlabelled].tolist()
        extra = torch.tensor([pool.row(others[place]) for place in looked])
        for _ in range(self.times):
            sure, classes = heads(taken(self.features, extra)).softmax(dim=2).max(dim=2)
            weight = (sure > self.confidence).flip(0) * (self.mutual * len(ids) / len(extra))
            heads = self._fit(
                torch.cat([rows, extra.expand(m, -1)], dim=1),
                torch.cat([targets, classes.flip(0)], dim=1),
                torch.cat([weights, weight], dim=1),
                masks,
                standard,
                seeds,
            )
        return heads

    def _fit(
        self, rows: Tensor, targets: Tensor, weights: Tensor, masks: Tensor | None, standard: Any, seeds: Sequence[int]
    ) -> Heads:
        common: dict[str, Any] = {"weights": weights, "masks": masks, "standard": standard}
        classes = len(self.spec.classes)
        if not self.hidden:
            return fit_logistic(self.features, rows, targets, classes, inverse_penalty=self.inverse_penalty, **common)
        return fit_perceptrons(self.features, rows, targets, classes, seeds, **self.fitting, **common)

    def _standard(self, pool: PoolDataModule) -> tuple[Tensor, Tensor]:
        ids = pool.split.pool
        rows = torch.tensor([pool.row(id_) for id_ in ids[:: -(-len(ids) // LOOKED_AT)]])
        return statistics(taken(self.features, rows))
