"""Oracles that change what another oracle answers, image by image."""

from __future__ import annotations

import hashlib
import inspect
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alseg import randomness
from alseg.data.dataset import Dataset
from alseg.errors import ConfigError, inside
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.request import Request
from alseg.oracles.simulated import Simulated

Map: TypeAlias = NDArray[np.uint8]
"""``(H, W)`` class ids of one image, 255 where nobody looked."""

MakeOracle: TypeAlias = Callable[..., Oracle]
"""Makes an oracle of ``dataset=...``: in a config, a node with ``_partial_: true``."""


class Wrapper(Oracle):
    """Changes the masks that an inner oracle answers with; what that one refuses or still works on stays so.

    All that is random is drawn from generators of seed, image id and purpose: neither the order of requests nor the
    other images have a part in it, so that every strategy meets the same annotations.

    Args:
        dataset: handed on to the inner oracle.
        of: makes the inner oracle; None is the simulated truth.
        seed: of the changes.

    Raises:
        ConfigError: if the data set has no masks.
        ValueError: if the inner oracle cannot be made.
    """

    def __init__(self, dataset: Dataset, of: MakeOracle | None, seed: int) -> None:
        check_masks(dataset, type(self).__name__)
        self.dataset = dataset
        self.inner = Simulated(dataset) if of is None else make(of, dataset, "of")
        self.simulated, self.enough = self.inner.simulated, self.inner.enough
        self.row = {id_: row for row, id_ in enumerate(dataset.ids)}
        self.seed = seed
        self.annotator: str = getattr(self.inner, "annotator", "truth")

    @abstractmethod
    def change(self, id_: str, target: Map) -> Map:
        """The mask of one image, changed; the one that comes in stays as it is."""

    def annotate(self, ids: Sequence[str]) -> Annotations:
        return self._changed(self.inner.annotate(ids))

    def ask(self, request: Request) -> Annotations:
        return self._changed(self.inner.ask(request))

    def where(self, round_: int) -> str:
        return self.inner.where(round_)

    @classmethod
    def arrived(cls, settings: Mapping[str, Any], run: Path, round_: int, ids: Sequence[str]) -> Sequence[str] | None:
        return arrived_at(settings.get("of"), run, round_, ids)

    def _changed(self, answer: Annotations) -> Annotations:
        changed = [self.change(id_, target) for id_, target in zip(answer.ids, answer.targets)]
        targets = np.stack(changed) if changed else answer.targets
        return self.finish(replace(answer, targets=targets), answer)

    def answers(self) -> Mapping[str, bytes]:
        return self.inner.answers()

    def finish(self, changed: Annotations, inner: Annotations) -> Annotations:
        """Change cost and annotator of the whole answer."""
        return changed

    def rng(self, id_: str, purpose: str) -> np.random.Generator:
        """The random stream of one image for one purpose."""
        return image_generator(self.seed, id_, purpose)


def image_generator(seed: int, id_: str, purpose: str) -> np.random.Generator:
    """The random stream of an image: a function of the arguments alone, the same on every machine."""
    number = int.from_bytes(hashlib.blake2b(id_.encode(), digest_size=8).digest(), "big")
    return randomness.generator(seed, 0, f"oracle: {purpose}", number)


def make(oracle: MakeOracle, dataset: Dataset, key: str) -> Oracle:
    """Make an inner oracle, which was given as the argument ``key``.

    Raises:
        ValueError: if it takes other arguments than those that it has, or one of them is not possible.
    """
    with inside(key):
        try:
            inspect.signature(oracle).bind(dataset=dataset)
        except TypeError as error:
            raise ValueError(str(error)) from error
        return oracle(dataset=dataset)


def arrived_at(settings: Mapping[str, Any] | None, run: Path, round_: int, ids: Sequence[str]) -> Sequence[str] | None:
    """Those of the ids for which something has arrived at an inner oracle; see `Oracle.arrived`.

    One that answers at once has answered all of them.

    Args:
        settings: its node of the config; None is the simulated truth.
        run: folder of the run.
        round_: of the query.
        ids: open ones.
    """
    if settings is None:
        return ids
    module, _, name = str(settings["_target_"]).rpartition(".")
    oracle: type[Oracle] = getattr(import_module(module), name)
    found = oracle.arrived(settings, run, round_, ids)
    return ids if found is None and "enough" not in settings else found


def check_masks(dataset: Dataset, oracle: str) -> None:
    """Refuse a data set without masks.

    Raises:
        ConfigError: for a classification data set.
    """
    if dataset.task != "segmentation":
        raise ConfigError(
            f"oracle {oracle}: it annotates masks, and data set {dataset.name} has class labels; choose "
            "oracle=simulated or oracle=confused"
        )


def check_share(key: str, value: Any, *, zero: bool = True) -> None:
    """Refuse what is no probability or share.

    Raises:
        ValueError: if it is not a number from 0 to 1.
    """
    if not isinstance(value, int | float) or not 0 <= value <= 1 or (value == 0 and not zero):
        raise ValueError(f"{key}={value}: it must be a number {'from' if zero else 'above'} 0 to 1")


def check_range(key: str, value: Any, least: float) -> tuple[float, float]:
    """``[low, high]`` as two numbers.

    Raises:
        ValueError: if it is not two numbers, in order, of at least ``least``.
    """
    numbers = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value, value]
    if len(numbers) != 2 or not all(isinstance(n, int | float) and n >= least for n in numbers):
        raise ValueError(f"{key}={value}: it must be two numbers [low, high] of at least {least:g}")
    if numbers[0] > numbers[1]:
        raise ValueError(f"{key}={value}: the first number must not be larger than the second")
    return float(numbers[0]), float(numbers[1])
