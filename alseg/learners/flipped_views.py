"""Test-time augmentation: each image is predicted as it is and flipped, and the flips are undone on the masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from alseg.learners.learner import Learner
from alseg.learners.segmenter import Segmenter
from alseg.prediction import Prediction

FLIPS: dict[str, tuple[int, ...]] = {"none": (), "horizontal": (-1,), "vertical": (-2,), "both": (-2, -1)}
"""The axes of images and masks that each view turns round."""


class FlippedViews(Learner):
    """A base that precedes any learner for segmentation: each of its members becomes one per view of the image.

    Nothing is trained otherwise. A view that training never shows is a strange image, and its member is noise.

    Args:
        views: at least two of ``none``, ``horizontal``, ``vertical`` and ``both``, each once.
        args, kwargs: of the learner.

    Raises:
        ValueError: if the views are not such.

    Source: Wang et al., "Aleatoric uncertainty estimation with test-time augmentation for medical image segmentation with
    convolutional neural networks", Neurocomputing 338, 2019 (flips alone, and all of them, are ours).
    """

    def __init__(self, *args: Any, views: Sequence[str] = ("none", "horizontal"), **kwargs: Any) -> None:
        if len(views) < 2 or len(set(views)) < len(views) or not set(views) <= set(FLIPS):
            raise ValueError(f"views={list(views)}: two or more of {', '.join(FLIPS)}, each once")
        super().__init__(*args, **kwargs)
        self.views = tuple(views)
        self.members *= len(self.views)

    def predict_members(self, images: Tensor) -> Prediction:
        """Logits ``(V * M, B, K, H, W)``, view by view, each turned back; features ``(B, D)``, the mean over the views."""
        logits, features = [], []
        for view in self.views:
            seen = super().predict_members(images.flip(FLIPS[view]))  # type: ignore[safe-super]  # the learner behind it
            logits.append(seen.logits.flip(FLIPS[view]))
            features.append(seen.features)
        return Prediction(torch.cat(logits), torch.stack(features).mean(dim=0))


class FlippingSegmenter(FlippedViews, Segmenter):
    """The plain segmenter with one member per view. Arguments: see :class:`FlippedViews` and :class:`Segmenter`."""
