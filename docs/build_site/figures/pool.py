"""A small pool in the plane: clusters of three classes, few of them labelled, and members that learnt from those."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from alseg.acquisition.acquisition import Acquisition
from alseg.prediction import Prediction
from alseg.selection.candidates import Candidates
from alseg.strategy import Strategy

CENTRES = np.array([(-2.2, 1.2), (-1.2, -1.6), (0.6, 1.9), (1.0, -0.3), (2.6, -1.8), (2.7, 1.4)])
CLASSES = np.array([0, 0, 1, 1, 2, 2])
SIZES = np.array([90, 40, 60, 50, 40, 20])


@dataclass(frozen=True)
class ToyPool:
    """N points, of which L are labelled.

    Args:
        points: ``(N, 2)`` float32.
        classes: ``(N,)`` true classes.
        groups: ``(N,)`` the cluster of each.
        labelled: rows of those that are labelled.
    """

    points: NDArray[np.float32]
    classes: NDArray[np.intp]
    groups: NDArray[np.intp]
    labelled: NDArray[np.intp]

    @property
    def open(self) -> NDArray[np.intp]:
        """Rows that are not labelled."""
        return np.setdiff1d(np.arange(len(self.points)), self.labelled)


def toy_pool(labelled: int = 9, seed: int = 5) -> ToyPool:
    """A pool of 300 points; as many of each class are labelled."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(SIZES)), SIZES)
    points = (CENTRES[groups] + rng.normal(0, 0.55, (len(groups), 2))).astype(np.float32)
    classes = CLASSES[groups]
    rows = [rng.choice(np.flatnonzero(classes == c), labelled // 3, replace=False) for c in range(3)]
    return ToyPool(points, classes, groups, np.sort(np.concatenate(rows)).astype(np.intp))


def predicted(pool: ToyPool, members: int, seed: int = 0) -> Prediction:
    """Logistic regressions of the labelled points, each with weights of its own; features are the points.

    The whole network, where members are parts of it, is their mean; the loss that is expected, the largest where it is unsure.
    """
    rng = np.random.default_rng(seed)
    curved = np.column_stack([pool.points, pool.points**2, pool.points.prod(axis=1)])
    logits = []
    for _ in range(members):
        weights = rng.exponential(size=len(pool.labelled))
        head = LogisticRegression(C=3.0, max_iter=1000)
        head.fit(curved[pool.labelled], pool.classes[pool.labelled], sample_weight=weights)
        logits.append(np.log(head.predict_proba(curved).clip(1e-6)))
    stack = torch.tensor(np.stack(logits), dtype=torch.float32)
    confidence = stack.softmax(dim=2).mean(dim=0).amax(dim=1)
    return Prediction(stack, torch.tensor(pool.points), loss=-confidence.log(), plain=stack.mean(dim=0))


def candidates(pool: ToyPool, strategy: Strategy) -> Candidates:
    """What a strategy is shown of the pool: scores where it has an acquisition, and no model's where nothing is labelled."""
    rows, ids = pool.open, tuple(f"{row:03d}" for row in range(len(pool.points)))
    acquisition = strategy.acquisition
    shown = Candidates(
        tuple(ids[row] for row in rows),
        features=pool.points[rows],
        labelled_ids=tuple(ids[row] for row in pool.labelled),
        labelled_features=pool.points[pool.labelled],
        groups=tuple(f"group {group}" for group in pool.groups[rows]),
        labelled_groups=tuple(f"group {group}" for group in pool.groups[pool.labelled]),
        truth=dict(zip(ids, pool.classes.tolist())) if strategy.needs_truth else None,
        round=1,
        on_map=True,
    )
    if not len(pool.labelled):
        return shown
    prediction = predicted(pool, 8 if acquisition is not None and acquisition.needs_plain else 2)
    return replace(
        shown,
        probabilities=prediction.mean.numpy()[rows],
        scores=None if acquisition is None else _scores(acquisition, prediction)[rows],
        class_scores=None if acquisition is None else acquisition.by_class(prediction).numpy()[rows],
    )


def _scores(acquisition: Acquisition, prediction: Prediction) -> NDArray[np.floating]:
    if acquisition.tasks == {"segmentation"}:  # a point is an image of one pixel
        prediction = Prediction(prediction.logits[..., None, None], prediction.features)
    return acquisition(prediction).numpy()
