"""Greedy selection by someone who knows all labels: a ceiling of what querying can gain with a linear head."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from alseg.networks.heads import statistics
from alseg.networks.logistic import fit_logistic
from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from alseg.simulation.setting import Setting


class OracleByParts(Selector):
    """Builds the query in parts, each the best of some drawn ones by the loss that the head then has on the pool.

    Half of the parts are drawn uniformly, half with equal numbers of each class. Each is tried: a head is fitted on what is
    labelled, what is picked, and the part; the part with the smallest loss on all candidates, by their true labels and with
    equal weight for each class, is taken.

    Args:
        setting: the images with their true labels, and how heads are fitted; for classification.
        parts: of a query.
        tried: drawn for each part.
    """

    needs = frozenset({"features"})

    def __init__(self, setting: Setting, parts: int = 5, tried: int = 16) -> None:
        self.setting, self.parts, self.tried = setting, parts, tried
        dataset = setting.frozen.dataset
        self.classes = len(dataset.classes)
        self.answers = dict(zip(dataset.ids, dataset.targets.tolist()))

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.features is not None
        known = len(candidates.labelled_ids)
        ids = (*candidates.labelled_ids, *candidates.ids)
        features = torch.from_numpy(np.concatenate([candidates.labelled_features, candidates.features]))
        targets = torch.tensor([self.answers[id_] for id_ in ids])
        standard = statistics(features) if self.setting.standardised else None
        taken = np.arange(known)
        for part in np.array_split(np.arange(n), self.parts):
            free = np.setdiff1d(np.arange(known, len(ids)), taken)
            drawn = np.stack(
                [self._drawn(free, targets.numpy(), len(part), bool(i % 2), rng) for i in range(self.tried)]
            )
            rows = torch.from_numpy(np.concatenate([np.tile(taken, (self.tried, 1)), drawn], axis=1))
            heads = fit_logistic(
                features,
                rows,
                targets[rows],
                self.classes,
                inverse_penalty=self.setting.inverse_penalty,
                standard=standard,
                tolerance=1e-2,
            )
            losses = self._losses(heads(features[known:]), targets[known:])
            taken = np.concatenate([taken, drawn[int(losses.argmin())]])
        return taken[known:] - known

    def _losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """``(tried,)`` cross-entropies, each class counting alike."""
        weight = 1 / torch.bincount(targets, minlength=self.classes).clamp(min=1)
        every = F.cross_entropy(logits.flatten(0, 1), targets.repeat(len(logits)), weight, reduction="none")
        return every.view(len(logits), -1).sum(dim=1)

    def _drawn(
        self, free: NDArray[np.intp], targets: NDArray[np.int64], n: int, balanced: bool, rng: np.random.Generator
    ) -> NDArray[np.intp]:
        """``(n,)`` of the rows ``free``."""
        if not balanced:
            return rng.choice(free, n, replace=False)
        of = targets[free]
        chance = 1 / np.bincount(of, minlength=self.classes)[of]
        return rng.choice(free, n, replace=False, p=chance / chance.sum())
