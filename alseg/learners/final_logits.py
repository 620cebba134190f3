"""Final decisions of a trained learner on images of a pool, outside of any Trainer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from alseg.data.pool import PoolDataModule
from alseg.learners.learner import Learner
from alseg.networks.evaluation_mode import evaluating


def final_logits(learner: Learner, pool: PoolDataModule, ids: Sequence[str]) -> Iterator[Tensor]:
    """Batches ``(b, C, H, W)`` or ``(b, C)`` of logits, in the order of the ids, in evaluation mode, where the learner lies."""
    with evaluating(learner):
        for start in range(0, len(ids), pool.eval_batch_size):
            some = ids[start : start + pool.eval_batch_size]
            rows = torch.tensor([pool.row(id_) for id_ in some], dtype=torch.int64, device=learner.device)
            yield learner.final(learner.predict_step({"image": pool.images(some).to(learner.device), "row": rows}))
