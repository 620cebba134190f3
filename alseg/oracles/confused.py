"""An annotator who takes one class for another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from alseg.data.dataset import Dataset
from alseg.errors import ConfigError
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.simulated import Simulated
from alseg.oracles.wrapper import MakeOracle, check_share, image_generator, make


class Confused(Oracle):
    """Changes a share of another oracle's class labels; what that one refuses or still works on stays so.

    Whether an image gets a wrong label, and which, depends on seed, annotator and image alone, so that every strategy
    meets the same labels; with a larger share the images that were wrong before are still wrong, in the same way.

    Args:
        dataset: the images; validation and test keep their true classes.
        of: makes the oracle whose answers are changed; None is the simulated truth.
        seed: of the errors.
        annotator: name; annotators of different names err independently of each other.
        wrong: probability that a label is wrong.
        between: names of classes that are taken for one another; labels of the others are right. None is all classes.

    Raises:
        ConfigError: if the data set has masks, or an argument is out of range.
    """

    def __init__(
        self,
        dataset: Dataset,
        of: MakeOracle | None = None,
        seed: int = 0,
        annotator: str = "confused",
        wrong: float = 0.1,
        between: Sequence[str] | None = None,
    ) -> None:
        if dataset.task != "classification":
            raise ConfigError(
                f"oracle Confused: it takes one class for another, and data set {dataset.name} has masks; choose oracle=noisy"
            )
        check_share("wrong", wrong)
        names = dataset.classes if between is None else tuple(between)
        unknown = [name for name in names if name not in dataset.classes]
        if unknown or len(set(names)) < 2 or len(set(names)) < len(names):
            raise ValueError(
                f"between=[{', '.join(names)}]: two or more different ones of {', '.join(dataset.classes)}, or null"
            )
        self.inner = Simulated(dataset) if of is None else make(of, dataset, "of")
        self.simulated = self.inner.simulated
        self.seed, self.annotator, self.wrong = seed, annotator, wrong
        self.classes = np.array([dataset.classes.index(name) for name in names])

    def annotate(self, ids: Sequence[str]) -> Annotations:
        answer = self.inner.annotate(ids)
        targets = [self._seen_as(id_, int(target)) for id_, target in zip(answer.ids, answer.targets)]
        return replace(answer, targets=np.array(targets, dtype=np.int64), annotator=self.annotator)

    def answers(self) -> Mapping[str, bytes]:
        return self.inner.answers()

    def _seen_as(self, id_: str, target: int) -> int:
        rng = image_generator(self.seed, id_, f"class of {self.annotator}")
        others = self.classes[self.classes != target]
        if rng.random() >= self.wrong or len(others) == len(self.classes):
            return target
        return int(others[rng.integers(len(others))])
