"""SEQUAL's co-trained segmenters: a student, and a teacher that is its moving average.

Source: Tang et al., "SEQUAL", Medical Image Analysis 111, 2026, 104048, and its released configuration. Where the
released code and the method part, this follows the method: the average covers batch-norm buffers too, both networks
are put back into training after every evaluation, and the consistency weight reaches its full size within a round.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any, Literal, cast, get_args

import torch
from pytorch_lightning import Callback
from torch import Tensor, nn

from alseg.data.dataset import IGNORE
from alseg.data.padding import padding
from alseg.errors import inside
from alseg.learners.query_state import QueryState
from alseg.learners.refinement.self_refinement import SelfRefinement
from alseg.learners.refinement.trust import trusted
from alseg.learners.segmentation_learner import SegmentationLearner
from alseg.prediction import Batch, Prediction

STUDENT, TEACHER = 0, 1
"""Indices of the members."""

Views = Literal["shared", "own"]


class Sequal(SegmentationLearner):
    """Student and teacher; M = 2.

    The loss is the segmentation loss of the student on labelled images, plus w(t) times the mean squared difference of
    the two softmax maps over labelled and unlabelled images, ``w(t) = consistency * exp(-5 (1 - t)^2)`` with t the
    share of the ramp-up that has passed. After each step, ``teacher = a * teacher + (1 - a) * student`` with
    ``a = min(1 - 1 / (step + 1), decay)``, over parameters and buffers. The teacher segments.

    The released code augments nothing, so that both networks see the same image. Here they see it at the same place, in tones
    that are ``shared``, or drawn for each on its ``own``, as in Tarvainen & Valpola, "Mean teachers are better role models",
    NeurIPS 2017.

    Args:
        consistency: full weight of the consistency term.
        rampup: share of the round's steps over which the weight grows.
        decay: largest share of the teacher that stays at a step.
        views: brightness, contrast, gamma and noise of the two: ``shared`` or ``own``.
        query_at: share of the round's steps after which the two are compared, for scores of their disagreement: where the
            learning rate ends at nothing, the average has caught up with the student, and nothing is left to compare. What
            follows changes the model, and not the query. None compares them as they end. It is ours.
        refine: repairs the labels in the middle of a fit; None leaves them as they are.
        kwargs: see :class:`SegmentationLearner`.

    Raises:
        ValueError: if one of these is out of its range.
    """

    members = 2
    uses_unlabelled = True
    averaged_steps: Tensor

    def __init__(
        self,
        *args: Any,
        consistency: float = 1.0,
        rampup: float = 0.5,
        decay: float = 0.9,
        views: Views = "shared",
        query_at: float | None = None,
        refine: SelfRefinement | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for key, value in (("consistency", consistency), ("rampup", rampup)):
            if value < 0:
                raise ValueError(f"{key}={value}: at least 0")
        if not 0 <= decay <= 1:
            raise ValueError(f"decay={decay}: between 0 and 1")
        if views not in get_args(Views):
            raise ValueError(f"views={views}: choose shared or own")
        if query_at is not None and not 0 < query_at <= 1:
            raise ValueError(f"query_at={query_at}: above 0 and at most 1, a share of the steps, or null for the end")
        self.student = self.make_network()
        # In evaluation from the first step on: Lightning trains in the modes that it finds.
        self.teacher = copy.deepcopy(self.student).requires_grad_(False).eval()
        self.consistency, self.rampup, self.decay, self.views = consistency, rampup, decay, views
        self.query_step = self.steps if query_at is None else math.ceil(query_at * self.steps)
        self.query_state = None if query_at is None else QueryState()
        self.refine = refine
        if refine:
            with inside("refine"):
                refine.check(len(self.spec.classes))
        # Kept in checkpoints: where weights go on from round to round, the average goes on too.
        self.register_buffer("averaged_steps", torch.zeros((), dtype=torch.int64))

    def networks(self) -> Sequence[nn.Module]:
        """Student and teacher."""
        return [self.student, self.teacher]

    def train(self, mode: bool = True) -> Sequal:
        """Set the mode of the student; the teacher stays in evaluation: its batch-norm statistics are averages."""
        super().train(mode)
        self.teacher.eval()
        return self

    def configure_callbacks(self) -> list[Callback]:
        """The refinement, if there is one."""
        return [self.refine] if self.refine else []

    def fit_report(self) -> dict[str, Any]:
        """Report of the refinement."""
        return self.refine.report() if self.refine else {}

    def predict_members(self, images: Tensor) -> Prediction:
        """Logits ``(2, B, K, H, W)`` of student and teacher, and the teacher's features ``(B, D)``."""
        student, _ = self.student(images)
        teacher, features = self.teacher(images)
        return Prediction(torch.stack([student, teacher]), features)

    def final(self, prediction: Prediction) -> Tensor:
        """The teacher's logits."""
        return prediction.logits[TEACHER]

    def for_query(self) -> Sequal:
        """Student and teacher as they were after the share ``query_at`` of the steps; if that was not reached, as they are."""
        if self.query_state is None or not self.query_state.states:
            return self
        earlier = copy.deepcopy(self, {id(self.query_state): self.query_state})
        self.query_state.restore(earlier.networks())
        return earlier

    def on_train_start(self) -> None:
        """Forget the state that belongs to the round before, where weights go on from it."""
        if self.query_state is not None and self.global_step < self.query_step:
            self.query_state.forget()

    def training_step(self, batch: dict[str, Batch], *_: Any) -> Tensor:
        """Supervised loss on the labelled half, consistency on both."""
        if self.query_state is not None and self.global_step == self.query_step:
            self.query_state.keep(self.networks())
        labelled, unlabelled = batch["labelled"], batch["unlabelled"]
        maps = torch.stack([labelled["target"], labelled["annotation"], _shown(labelled)], dim=1)
        images, maps = self.augmentation.move(labelled["image"], maps)
        seen = [self.augmentation.tone(images)]
        others, shown = self.augmentation.move(unlabelled["image"], _shown(unlabelled))
        seen.append(self.augmentation.tone(others))
        both = self.normalise(torch.cat(seen))
        student, _features = self.student(both)
        if self.views == "own":
            both = self.normalise(self.augmentation.tone(torch.cat([images, others])))
        with torch.no_grad():
            teacher, _features = self.teacher(both)
        supervised = self._supervised(student[: len(images)], teacher[: len(images)], *maps[:, :2].unbind(dim=1))
        differences = (student.float().softmax(dim=1) - teacher.float().softmax(dim=1)).square()
        if "frame" in unlabelled:  # padding is left out
            known = torch.cat([maps[:, 2], shown]) != IGNORE
            differences = differences.mean(dim=1)[known]
        consistency = differences.mean()
        weight = self.consistency_weight(self.global_step)
        self.log("train/consistency", consistency.detach())
        loss: Tensor = supervised + weight * consistency
        self.log("train/loss", loss.detach(), prog_bar=True)
        return loss

    def _supervised(self, student: Tensor, teacher: Tensor, targets: Tensor, annotation: Tensor) -> Tensor:
        refine, loss = self.refine, self.loss
        if refine is None or not (refine.soft or refine.weight != "one"):
            return cast(Tensor, loss(student, targets))
        q, weight = trusted(targets, annotation, student, teacher, soft=refine.soft, weight=refine.weight)
        return cast(Tensor, loss(student, q, weight))

    def consistency_weight(self, step: int) -> float:
        """Weight w(t) after ``step`` steps of the round."""
        share = min(step / max(1.0, self.rampup * self.steps), 1.0)
        return self.consistency * math.exp(-5 * (1 - share) ** 2)

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Step the student, then the teacher at once: a checkpoint after the step must hold both."""
        super().optimizer_step(*args, **kwargs)
        self.average()

    @torch.no_grad()
    def average(self) -> None:
        """One step of the moving average."""
        self.averaged_steps += 1
        keep = min(1 - 1 / (int(self.averaged_steps) + 1), self.decay)
        student = self.student.state_dict()
        for name, mine in self.teacher.state_dict().items():
            if mine.is_floating_point():
                mine.lerp_(student[name], 1 - keep)
            else:
                mine.copy_(student[name])


def _shown(batch: Batch) -> Tensor:
    """``(B, H, W)`` 0, and 255 where images are padded."""
    blank = torch.zeros_like(batch["image"][:, 0])
    return blank.masked_fill(padding(batch["frame"], blank.shape[1:]), IGNORE) if "frame" in batch else blank
