"""Pixel probe: small heads on the feature maps of a frozen network, for segmentation in the fast lane."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from alseg.data.dataset import IGNORE
from alseg.data.pool import PoolDataModule
from alseg.embeddings.pyramid import Pyramid
from alseg.learners.learner import DataSpec
from alseg.learners.refinement.repair import fuse
from alseg.learners.sequal import TEACHER
from alseg.learners.solved_learner import SolvedLearner
from alseg.networks.heads import Heads, statistics, taken
from alseg.networks.perceptrons import fit_perceptrons
from alseg.networks.weights import Source
from alseg.prediction import Batch, Prediction

CACHED = 2**20
"""Numbers of a hidden layer that are held at a time: few enough for a processor's cache."""


class PixelProbe(SolvedLearner):
    """Perceptrons that look at one pixel: the maps of all stages there, interpolated, and its place in the image.

    They are trained on pixels of the labelled images, half of them drawn among all, half among the foreground, and weighted
    by the square root of how rarely an even draw would have met them. The first layer is applied to the maps before they
    are enlarged, which is the same and takes a part of the time. There is no augmentation: the maps are computed once.

    Members differ by the weight of each labelled image (``bootstrap``), or are student and teacher: the trained weights and
    their moving average, as SEQUAL's, of which the teacher segments. A teacher can repair the labels: where it is
    confident, its class replaces the annotation (see :func:`fuse`), and both are fitted anew.

    Args:
        spec, steps: see :class:`SolvedLearner`.
        encoder, weights, weights_path: of the frozen network; see :class:`Pyramid`.
        hidden: widths of hidden layers.
        pixels: drawn from each labelled image.
        epochs: steps of the optimiser.
        batch: pixels of a step.
        rate: of learning.
        decay: of the weights.
        members: M.
        vary: how members differ: ``bootstrap`` or ``teacher`` (two of them).
        average: share of the teacher that stays at a step.
        repairs: how often labels are repaired, for ``vary=teacher``.
        confidence: of the teacher, per pixel.

    Raises:
        ValueError: if one of these is out of its range, or they do not fit together.
    """

    tasks = frozenset({"segmentation"})
    embedding: Pyramid

    def __init__(
        self,
        spec: DataSpec,
        steps: int,
        *,
        encoder: str = "tf_efficientnet_lite0",
        weights: Source = "packaged",
        weights_path: str | Path | None = None,
        hidden: Sequence[int] = (64,),
        pixels: int = 256,
        epochs: int = 200,
        batch: int = 1024,
        rate: float = 5e-3,
        decay: float = 1e-2,
        members: int = 1,
        vary: Literal["bootstrap", "teacher"] = "bootstrap",
        average: float = 0.95,
        repairs: int = 0,
        confidence: float = 0.8,
    ) -> None:
        numbers = (("pixels", pixels), ("epochs", epochs), ("batch", batch), ("members", members))
        for key, number in (*numbers, *(("hidden", width) for width in hidden)):
            if number < 1:
                raise ValueError(f"{key}={number}: at least 1")
        if rate <= 0 or decay < 0 or repairs < 0:
            raise ValueError(f"rate={rate}, decay={decay}, repairs={repairs}: above 0, and at least 0")
        for key, share in (("average", average), ("confidence", confidence)):
            if not 0 <= share < 1:
                raise ValueError(f"{key}={share}: at least 0 and below 1")
        if vary not in ("bootstrap", "teacher"):
            raise ValueError(f"vary={vary}: choose bootstrap or teacher")
        if vary == "teacher" and members != 2:
            raise ValueError(f"members={members}: with vary=teacher there are 2, student and teacher")
        if repairs and vary != "teacher":
            raise ValueError(f"repairs={repairs}: a teacher repairs; set vary=teacher and members=2")
        pyramid = Pyramid(spec.size, encoder, weights, weights_path)
        widths = (*hidden, len(spec.classes))
        super().__init__(spec, steps, embedding=pyramid, members=members, inputs=pyramid.channels, widths=widths)
        self.pixels, self.vary, self.repairs, self.confidence = pixels, vary, repairs, confidence
        self.fitting: dict[str, Any] = {"hidden": hidden, "steps": epochs, "rate": rate, "decay": decay, "batch": batch}
        if vary == "teacher":
            self.fitting["average"] = average
        self.refined: list[dict[str, Any]] = []

    def fit_report(self) -> dict[str, Any]:
        """Report of the repairs, as SEQUAL's."""
        return {"refined": self.refined} if self.repairs else {}

    def final(self, prediction: Prediction) -> Tensor:
        """The teacher's logits, or those of the members' mean probabilities."""
        return prediction.logits[TEACHER] if self.vary == "teacher" else super().final(prediction)

    def predict_features(self, features: Tensor) -> Prediction:
        """Logits ``(M, B, K, H, W)``, and the mean ``(B, C)`` of the deepest maps."""
        logits = self.segmented(self.heads, features)
        return Prediction(logits, self.embedding.maps(features)[-1].mean(dim=(2, 3)))

    def segmented(self, heads: Heads, features: Tensor) -> Tensor:
        """Logits ``(M, B, K, H, W)`` of some heads."""
        (weight, bias), *others = heads.layers
        if torch.compiler.is_exporting():  # the number of images is not known then
            return self._segmented(weight, bias, others, features)
        held = len(heads) * weight.shape[2] * self.spec.size[0] * self.spec.size[1]
        return torch.cat(
            [self._segmented(weight, bias, others, part) for part in torch.split(features, max(1, CACHED // held))],
            dim=1,
        )

    def _segmented(
        self, weight: Tensor, bias: Tensor, others: Sequence[tuple[Tensor, Tensor]], features: Tensor
    ) -> Tensor:
        size, m = self.spec.size, len(weight)
        *levels, place = torch.split(weight, [*(shape[0] for shape in self.embedding.shapes), 2], dim=1)
        where = self.embedding.place(features.device).movedim(0, 2)
        first = where @ place.movedim(1, 0).flatten(1) + bias.flatten()
        values = first.repeat(len(features), 1, 1, 1)
        for one, matrix in zip(self.embedding.maps(features), levels):
            # Channels last: PyTorch enlarges such maps five times as fast on a CPU.
            mixed = (one.movedim(1, 3) @ matrix.movedim(1, 0).flatten(1)).movedim(3, 1)
            values += F.interpolate(mixed, size, mode="bilinear", align_corners=False).movedim(1, 3)
        for matrix, shift in others:
            apart = F.relu_(values).view(*values.shape[:3], m, -1).movedim(3, 0)
            values = (apart @ matrix[:, None, None] + shift[:, None, None, None]).movedim(0, 3).flatten(3)
        return values.view(*values.shape[:3], m, -1).permute(3, 0, 4, 1, 2)

    def loss_of(self, batch: Batch) -> Tensor:
        """Cross-entropy of the final prediction over the annotated pixels."""
        targets = batch["target"].long()
        logits = self.final(self.predict_step(batch))
        total = F.cross_entropy(logits, targets, ignore_index=IGNORE, reduction="sum")
        return total / (targets != IGNORE).sum().clamp(min=1)

    def solve(self, pool: PoolDataModule, generator: torch.Generator) -> Heads:
        """Fit the members, repair the labels if that is asked for, and fit them again."""
        pool.forget_working()  # a fit that was killed begins with the annotations again
        ids = pool.labelled
        features = self.features
        rows = torch.tensor([pool.row(id_) for id_ in ids])
        count = self.members if self.vary == "bootstrap" else 1
        seeds = torch.randint(2**62, (count,), generator=generator).tolist()
        weights = torch.ones(count, len(ids))
        if count > 1:
            weights = weights.exponential_(generator=generator)
        annotations = torch.from_numpy(pool.annotations(ids))
        heads = self._fit(rows, annotations, weights, seeds, generator)
        self.refined = []
        for _ in range(self.repairs):
            parts = []
            for some in torch.split(torch.arange(len(ids)), pool.eval_batch_size):
                p = self.segmented(heads, taken(features, rows[some]))[TEACHER].softmax(dim=1)
                parts.append(fuse(annotations[some], p, confidence=self.confidence))
            labels = torch.cat([part.labels for part in parts])
            pool.relabel(ids, labels.numpy())
            counts = {
                name: torch.cat([getattr(part, name) for part in parts]).tolist() for name in ("corrected", "filled")
            }
            refused = torch.cat([part.rejected for part in parts]).tolist()
            rejected = [id_ for id_, no in zip(ids, refused) if no]
            self.refined.append({"step": 1, "miou": [], "ids": list(ids), **counts, "rejected": rejected})
            heads = self._fit(rows, labels, weights, seeds, generator)
        return heads

    def _fit(
        self, rows: Tensor, labels: Tensor, weights: Tensor, seeds: Sequence[int], generator: torch.Generator
    ) -> Heads:
        drawn, weight = drawn_pixels(labels, self.pixels, generator)
        features = self.features
        x = torch.cat([self.embedding.at(taken(features, row[None]), some[None])[0] for row, some in zip(rows, drawn)])
        y = labels.flatten(1).gather(1, drawn)
        # Halfway between the pixels as they are and one half of them foreground: a small head on few pixels overlooks less.
        each = (weights.unsqueeze(2) * weight.sqrt()).flatten(1)
        count = len(seeds)
        places = torch.arange(len(x)).expand(count, -1)
        return fit_perceptrons(
            x,
            places,
            y.clamp(max=len(self.spec.classes) - 1).flatten().expand(count, -1),
            len(self.spec.classes),
            seeds,
            weights=each,
            standard=statistics(x),
            **self.fitting,
        )


def drawn_pixels(labels: Tensor, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Pixels ``(B, n)`` of labels ``(B, H, W)``, with replacement, and their weights, 0 for images that nobody annotated.

    One half is drawn among the annotated pixels, the other among the foreground, if there is one; weights are the inverse
    of how probable a pixel was, so that their sum estimates one over all annotated pixels.
    """
    flat = labels.flatten(1)
    known, foreground = (flat != IGNORE).float(), ((flat != IGNORE) & (flat > 0)).float()
    evenly = known / known.sum(dim=1, keepdim=True).clamp(min=1)
    there = foreground.sum(dim=1, keepdim=True)
    chance = torch.where(there > 0, (evenly + foreground / there.clamp(min=1)) / 2, evenly)
    nothing = known.sum(dim=1, keepdim=True) == 0
    drawn = torch.multinomial(chance + nothing, n, replacement=True, generator=generator)
    share = evenly.gather(1, drawn) / chance.gather(1, drawn).clamp(min=1e-30)
    return drawn, torch.where(nothing, 0.0, share)
