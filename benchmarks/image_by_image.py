"""SEQUAL's query and refinement as a plain loop: each image is read from its file and goes through the networks alone.

This is how the released code works, less its mistakes: in evaluation mode, without gradients, and no network is asked
twice for the same image.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from alseg.data.dataset import IGNORE
from alseg.learners.sequal import Sequal


def read(path: Path, size: tuple[int, int], how: Image.Resampling) -> NDArray[np.uint8]:
    """``(H, W)`` uint8 of a grey file, resized where it must be."""
    with Image.open(path) as image:
        if (image.height, image.width) != size:
            return np.asarray(image.resize(size[::-1], how))
        return np.asarray(image)


@torch.no_grad()
def divergences(learner: Sequal, images: Sequence[Path]) -> NDArray[np.float32]:
    """The pseudo-label divergence of every image."""
    learner.eval()
    scores = []
    for path in images:
        image = _normalised(learner, path)
        log_s, log_t = (network(image)[0].log_softmax(dim=1) for network in (learner.student, learner.teacher))
        scores.append(float((log_t.exp() * (log_t - log_s)).sum(dim=1).mean()))
    return np.array(scores, dtype=np.float32)


@torch.no_grad()
def repaired(
    learner: Sequal,
    images: Sequence[Path],
    labels: Sequence[Path],
    *,
    confidence: float,
    keep_annotated: bool,
    collapse: float,
    contradiction: float,
) -> list[NDArray[np.uint8]]:
    """The label of every image after the teacher's repair; for the settings see :func:`alseg.learners.refinement.repair.fuse`."""
    learner.eval()
    results = []
    for image_path, label_path in zip(images, labels):
        probabilities: NDArray[Any] = (
            learner.teacher(_normalised(learner, image_path))[0].softmax(dim=1)[0].cpu().numpy()
        )
        label = read(label_path, learner.spec.size, Image.Resampling.NEAREST)
        known = label != IGNORE
        classes = probabilities.argmax(axis=0).astype(np.uint8)
        change = (probabilities.max(axis=0) > confidence) & (classes != label)
        if keep_annotated:
            change &= ~known
        result = np.where(change, classes, label)
        before, after = (np.count_nonzero((x > 0) & (x != IGNORE)) for x in (label, result))
        contradicted = np.count_nonzero(change & known) > contradiction * np.count_nonzero(known)
        results.append(label if after < collapse * before or contradicted else result)
    return results


def _normalised(learner: Sequal, path: Path) -> Tensor:
    image = read(path, learner.spec.size, Image.Resampling.BILINEAR)
    return learner.normalise(torch.tensor(image, device=learner.device)[None, None])
