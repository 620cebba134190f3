"""Class probabilities of single images by a trained model, outside of any Trainer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from alseg.data.pool import PoolDataModule
from alseg.learners.final_logits import final_logits
from alseg.learners.learner import Learner


def class_probabilities(
    learner: Learner, pool: PoolDataModule, ids: Sequence[str], *, gpu: bool = False
) -> NDArray[np.float32]:
    """Predict images, by the learner's final decision.

    One process does it alone, whatever the others do, and leaves behind nothing that a training could notice: the learner's
    mode and device are as before, and the generators of random numbers too. In float32, so that it repeats to the digit.

    Args:
        learner: trained.
        pool: holds the images.
        ids: n of them.
        gpu: whether to use one, if there is one.

    Returns:
        ``(n, C, H, W)``, or ``(n, C)`` for classification.
    """
    spec, n = learner.spec, len(ids)
    shape = (n, len(spec.classes), *(spec.size if spec.task == "segmentation" else ()))
    found = np.empty(shape, dtype=np.float32)
    before = learner.device
    device = torch.device("cuda") if gpu and torch.cuda.is_available() else before
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        try:
            learner.to(device)
            done = 0
            for logits in final_logits(learner, pool, ids):
                found[done : done + len(logits)] = logits.float().softmax(dim=1).cpu().numpy()
                done += len(logits)
        finally:
            learner.to(before)
    return found
