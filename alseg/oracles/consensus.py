"""What several people agree on: the fusion of a panel, for masks and for classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from alseg.data.dataset import Task
from alseg.oracles import fusion as fusing
from alseg.oracles.wrapper import check_share


class Consensus:
    """Fuses the answers to one image, however many there are.

    Args:
        task: kind of the answers.
        fusion: ``majority``, weighted; or ``staple`` (masks alone; the extra of that name).
        threshold: for masks and ``majority``, the share of the weight above which a pixel is foreground.
        weights: by name; whoever is not named weighs 1.

    Raises:
        ValueError: if an argument is out of range or a package is missing.
    """

    def __init__(self, task: Task, fusion: str, threshold: float, weights: Mapping[str, float]) -> None:
        if fusion not in ("majority", "staple"):
            raise ValueError(f"fusion={fusion}: it must be majority or staple")
        if fusion == "staple" and task == "classification":
            raise ValueError("fusion=staple: it compares the pixels of masks; for classes choose fusion=majority")
        check_share("threshold", threshold)
        for name, weight in weights.items():
            if not weight > 0:
                raise ValueError(f"weights.{name}={weight}: a weight is above 0")
        if fusion == "staple":
            fusing.simple_itk()
        self.task, self.fusion, self.threshold, self.weights = task, fusion, threshold, weights

    def __call__(self, answers: Sequence[Any], names: Sequence[str]) -> Any:
        """The fused target of at least one answer: ``(H, W)`` uint8, or a class id."""
        if len(answers) == 1:
            return answers[0]
        weights = [float(self.weights.get(name, 1.0)) for name in names]
        if self.task == "classification":
            return fusing.vote_on_class(answers, weights)
        if self.fusion == "staple":
            return fusing.staple(np.stack(answers))
        return fusing.vote(np.stack(answers), weights, self.threshold)
