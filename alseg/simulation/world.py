"""World of one seed: its split, its labels, and what is labelled so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alseg import randomness
from alseg.data.dataset import IGNORE
from alseg.data.split import split_by_group
from alseg.errors import ConfigError
from alseg.selection.candidates import Candidates
from alseg.selection.random import Random
from alseg.simulation.setting import Setting
from alseg.strategy import Space, Strategy


class World:
    """Pool and test set of a seed, as `alseg run` splits them; the same for every strategy.

    Args:
        setting: the data and the budget.
        seed: decides, with a random stream of its own for every purpose.

    Raises:
        ConfigError: if the pool is smaller than the budget.
    """

    def __init__(self, setting: Setting, seed: int) -> None:
        self.setting, self.seed = setting, seed
        dataset = setting.frozen.dataset
        self.row = {id_: row for row, id_ in enumerate(dataset.ids)}
        rng = randomness.generator(seed, 0, "split")
        split = split_by_group(dataset, test=setting.test, val=0, max_val=None, rng=rng)
        if not split.test:
            raise ConfigError(
                f"{setting.name}: test={setting.test:g}, and a simulation is scored on a test set; above 0"
            )
        self.targets = dataset.targets
        if setting.relabel is not None:
            self.targets = setting.relabel(dataset.targets, randomness.generator(seed, 0, "labels"))
        self.test = self.rows(split.test)
        self.pool = self._thinned(split.pool)
        self.labelled: list[str] = []
        needed = setting.initial + (setting.rounds - 1) * setting.query
        if needed > len(self.pool):
            raise ConfigError(
                f"{setting.name}: {needed} labels are asked for, and the pool has {len(self.pool)}; lower initial, query or "
                "rounds"
            )

    def rows(self, ids: Sequence[str]) -> NDArray[np.intp]:
        """Rows of images in the data set."""
        return np.array([self.row[id_] for id_ in ids], dtype=np.intp)

    def start(self) -> None:
        """Label the images of the cold start."""
        rng, first = randomness.generator(self.seed, 0, "query"), self.setting.first
        rows = self.rows(self.pool)
        groups = tuple(self.setting.frozen.dataset.groups[row] for row in rows)
        candidates = Candidates(self.pool, groups=groups)
        if first is not None and "features" in first.selector.needs:
            features = self.compared(first.space, rows)
            candidates = replace(candidates, features=features, on_map=first.space == "map")
        selector = Random() if first is None else first.selector
        self.labelled = selector.select(candidates, self.setting.initial, rng)

    def compared(self, space: Space, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """``(n, D)`` features by which images are compared: those of the space, or where there are none of the heads; of a
        segmentation then the mean over an image's pixels.
        """
        frozen = self.setting.frozen
        if space in self.setting.spaces:
            return np.asarray(self.setting.spaces[space][rows], np.float32)
        some = np.asarray(frozen.features[rows], np.float32)
        return some.reshape(len(rows), -1, some.shape[-1]).mean(axis=1) if frozen.spatial else some

    def ask(self, strategy: Strategy, round_: int, candidates: Candidates) -> None:
        """Label the images that a strategy picks."""
        rng = randomness.generator(self.seed, round_, "query")
        self.labelled += strategy.selector.select(candidates, self.setting.query, rng)

    @property
    def unlabelled(self) -> tuple[str, ...]:
        """Ids that can still be asked for."""
        known = {*self.labelled}
        return tuple(id_ for id_ in self.pool if id_ not in known)

    def training(self) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Rows of `Frozen.matrix` to fit heads on, ``(n, sampled)``, and their targets; those of an image never change."""
        rows, frozen = self.rows(self.labelled), self.setting.frozen
        if frozen.pixels == 1:
            return rows[:, None], self.targets[rows, None]
        places = np.stack([self._sample(row) for row in rows])
        return rows[:, None] * frozen.pixels + places, np.stack(
            [self.targets[r].ravel()[p] for r, p in zip(rows, places)]
        )

    def weights(self, round_: int) -> NDArray[np.float32]:
        """``(members, n)`` weights of the labelled images, 1 in the mean: by `Setting.weights`, or 1 for a head that is alone and
        heads that differ by dropout.
        """
        n, members = len(self.labelled), self.setting.members
        if members == 1 or self.setting.dropout:
            return np.ones((members, n), np.float32)
        rng = randomness.generator(self.seed, round_, "bootstrap")
        if self.setting.weights == "exponential":
            drawn: NDArray[np.float32] = rng.exponential(size=(members, n)).astype(np.float32)
            scaled: NDArray[np.float32] = drawn / drawn.mean(axis=1, keepdims=True)
            return scaled
        return rng.multinomial(n, np.full(n, 1 / n), size=members).astype(np.float32)

    def seen_features(self, round_: int) -> NDArray[np.float32]:
        """``(members, D)`` factors of the features: 0 for those that a member does not see."""
        drawn = randomness.generator(self.seed, round_, "dropout").random(
            (self.setting.members, self.setting.frozen.features.shape[-1])
        )
        kept: NDArray[np.float32] = (drawn >= self.setting.dropout).astype(np.float32)
        return kept / np.float32(1 - self.setting.dropout)

    def unlabelled_sample(self, n: int, round_: int) -> NDArray[np.intp]:
        """Rows of n unlabelled images, or of all there are, drawn at random."""
        rows = self.rows(self.unlabelled)
        return randomness.generator(self.seed, round_, "unlabelled").permutation(rows)[:n]

    def _sample(self, row: int) -> NDArray[np.intp]:
        known = np.flatnonzero(self.targets[row].ravel() != IGNORE)
        return randomness.generator(self.seed, 0, "pixels", row).choice(known, self.setting.sampled)

    def _thinned(self, ids: Sequence[str]) -> tuple[str, ...]:
        rows, dataset = self.rows(ids), self.setting.frozen.dataset
        rng, kept = randomness.generator(self.seed, 0, "imbalance"), np.ones(len(rows), dtype=bool)
        for name, share in self.setting.kept.items():
            of = np.flatnonzero(dataset.targets[rows] == dataset.classes.index(name))
            kept[rng.permutation(of)[round(share * len(of)) :]] = False
        return tuple(id_ for id_, stays in zip(ids, kept) if stays)
