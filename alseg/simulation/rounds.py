"""Active learning of many seeds at once, on frozen features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.errors import ConfigError
from alseg.networks.heads import statistics
from alseg.prediction import Prediction
from alseg.selection.candidates import Candidates
from alseg.simulation.fitting import fitted, over
from alseg.simulation.setting import Setting
from alseg.simulation.tested import Tested
from alseg.simulation.world import World
from alseg.strategy import Strategy


@dataclass(frozen=True)
class Evaluated:
    """A round of a seed.

    Args:
        seed: which.
        round: 0 is the first training.
        labelled: ids that the heads were fitted on, in the order in which they were labelled.
        metrics: names as ``test/accuracy``, and their values.
    """

    seed: int
    round: int
    labelled: tuple[str, ...]
    metrics: dict[str, float]


def simulate(setting: Setting, strategy: Strategy, seeds: Sequence[int]) -> Iterator[Evaluated]:
    """Run every seed of a strategy as the loop does with ``learner=probe``: linear heads on frozen features.

    All heads of all seeds are fitted together, and predict all images in one product; each seed's picks are made by the
    strategy's own acquisition and selector, with the random stream that a run has. A seed's rounds do not depend on
    which other seeds there are.

    Args:
        setting: data and budget.
        strategy: of ``conf/strategy``; images are compared by the setting's features of its ``space``, or where there are none by
            those that heads are fitted on.
        seeds: one world each.

    Returns:
        Rounds, all seeds of one after another.

    Raises:
        ConfigError: if the strategy asks for what heads do not have.
    """
    check(setting, strategy)
    standard = statistics(setting.frozen.matrix) if setting.standardised else None
    worlds = [World(setting, seed) for seed in seeds]
    for world in worlds:
        world.start()
    for round_ in range(setting.rounds):
        heads = fitted(setting, worlds, round_, standard)
        scans = [Scan(world, strategy) for world in worlds]
        for images, logits in over(setting, heads):
            for scan, mine in zip(scans, logits):
                scan.see(images, mine)
        for world, scan in zip(worlds, scans):
            yield Evaluated(world.seed, round_, tuple(world.labelled), scan.metrics())
        if round_ + 1 < setting.rounds:
            for world, scan in zip(worlds, scans):
                world.ask(strategy, round_ + 1, scan.candidates(round_ + 1))


def check(setting: Setting, strategy: Strategy) -> None:
    """Check that heads have what a strategy asks for.

    Raises:
        ConfigError: if they do not.
    """
    acquisition, task = strategy.acquisition, setting.frozen.dataset.task
    reason = ""
    if any(one.space == "map" for one in (strategy, setting.first) if one) and "map" not in setting.spaces:
        reason = "there is no map to compare images on; give one in spaces, or choose strategy.space=learner"
    elif setting.first is not None and setting.first.needs_model:
        reason = f"first={setting.first.name}: it needs a model, and there is none before the first labels"
    elif strategy.needs_probabilities and task != "classification":
        reason = "it needs the class probabilities of whole images, and this is segmentation"
    elif strategy.needs_truth and task != "classification":
        reason = "it sees the classes of whole images, and this is segmentation"
    elif acquisition is not None and task not in acquisition.tasks:
        reason = f"{type(acquisition).__name__} is not for {task}"
    elif acquisition is not None and acquisition.min_members > setting.members:
        reason = (
            f"{type(acquisition).__name__} needs {acquisition.min_members} members, and there are {setting.members}"
        )
    elif acquisition is not None and (acquisition.compares_rounds or acquisition.needs_loss or acquisition.needs_plain):
        reason = f"{type(acquisition).__name__} needs more than the members' predictions of this round"
    if reason:
        raise ConfigError(f"{setting.name}: strategy {strategy.name}: {reason}")


class Scan:
    """What one world's heads say, reduced block by block to what its strategy and its test need."""

    def __init__(self, world: World, strategy: Strategy) -> None:
        self.world, self.strategy, self.frozen = world, strategy, world.setting.frozen
        self.tested = Tested(self.frozen.dataset, world.setting.distances)
        self.kinds = np.array(world.setting.counted or ())
        self.tested_of = {
            kind: Tested(self.frozen.dataset) for kind in np.unique(self.kinds[world.test] if len(self.kinds) else ())
        }
        n = len(self.frozen.features)
        self.in_test = np.zeros(n, dtype=bool)
        self.in_test[world.test] = True
        self.unlabelled = world.unlabelled
        self.in_pool = np.zeros(n, dtype=bool)
        self.in_pool[world.rows(self.unlabelled)] = True
        self.scores = None if strategy.acquisition is None else np.empty(n, np.float32)
        by_class = (n, len(self.frozen.dataset.classes))
        self.probabilities = np.empty(by_class, np.float32) if strategy.needs_probabilities else None
        self.class_scores = np.empty(by_class, np.float32) if strategy.needs_class_scores else None

    def see(self, images: NDArray[np.intp], logits: Tensor) -> None:
        """Take a block: rows ``(B,)`` and logits ``(M, B, K, *spatial)``."""
        here = self.in_test[images]
        if here.any():
            self._test(self.tested, images, logits, here)
        for kind, tested in self.tested_of.items():
            if (one := here & (self.kinds[images] == kind)).any():
                self._test(tested, images, logits, one)
        here = self.in_pool[images]
        if not here.any():
            return
        rows = images[here]
        prediction = Prediction(logits[:, here], torch.empty(len(rows), 0))
        acquisition: Acquisition | None = self.strategy.acquisition
        if self.scores is not None and acquisition is not None:
            self.scores[rows] = acquisition(prediction).numpy()
        if self.class_scores is not None and acquisition is not None:
            self.class_scores[rows] = acquisition.by_class(prediction).numpy()
        if self.probabilities is not None:
            self.probabilities[rows] = prediction.mean.numpy()

    def _test(self, tested: Tested, images: NDArray[np.intp], logits: Tensor, here: NDArray[np.bool_]) -> None:
        rows = images[here]
        tested.update(logits[:, here], self.world.targets[rows], rows)

    def metrics(self) -> dict[str, float]:
        """``test/NAME``, and ``test/NAME/KIND`` of the test images of a kind."""
        found = self.tested.compute()
        for kind, tested in self.tested_of.items():
            found |= {f"{name}/{kind}": value for name, value in tested.compute().items()}
        return found

    def candidates(self, round_: int) -> Candidates:
        """The unlabelled pool, as the loop gives it to a selector."""
        world, dataset, needs = self.world, self.frozen.dataset, self.strategy.selector.needs
        rows, known = world.rows(self.unlabelled), world.rows(world.labelled)
        found = Candidates(
            self.unlabelled,
            scores=None if self.scores is None else self.scores[rows],
            labelled_ids=tuple(world.labelled),
            round=round_,
            probabilities=None if self.probabilities is None else self.probabilities[rows],
            class_scores=None if self.class_scores is None else self.class_scores[rows],
            truth=self._truth([*rows, *known]) if self.strategy.needs_truth else None,
            groups=tuple(dataset.groups[row] for row in rows),
            labelled_groups=tuple(dataset.groups[row] for row in known),
        )
        if "features" not in needs:
            return found
        space = self.strategy.space
        features, labelled = (world.compared(space, some) for some in (rows, known))
        return replace(found, features=features, labelled_features=labelled, on_map=space == "map")

    def _truth(self, rows: Sequence[int]) -> dict[str, int]:
        return {self.frozen.dataset.ids[row]: int(self.world.targets[row]) for row in rows}
