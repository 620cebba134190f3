"""Labelled, unlabelled, validation and test views of one data set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from pytorch_lightning.utilities.combined_loader import CombinedLoader
from torch import Tensor
from torch.utils.data import DataLoader, Sampler
from torch.utils.data import Dataset as TorchDataset

from alseg import distributed, randomness
from alseg.data.dataset import Dataset
from alseg.data.padding import padding
from alseg.data.split import Split
from alseg.prediction import Batch


class PoolDataModule(pl.LightningDataModule):
    """Serves one data set to the phases of a run.

    The oracle's answers come in through :meth:`label`; the true targets of pool images are never served to a
    training step. Batches are read from memory by index, without worker processes.

    Args:
        dataset: all images.
        split: which of them are pool, validation and test.
        seed: of the batch order.
        steps: batches that :meth:`train_dataloader` serves.
        batch_size: labelled images per training batch (and rank).
        unlabelled_batch_size: unlabelled images per training batch, for learners that use them.
        eval_batch_size: images per batch of validation, test and scan.
    """

    def __init__(
        self,
        dataset: Dataset,
        split: Split,
        *,
        seed: int,
        steps: int,
        batch_size: int,
        unlabelled_batch_size: int,
        eval_batch_size: int,
    ) -> None:
        super().__init__()
        self.dataset = dataset
        self.split = split
        self.seed = seed
        self.steps = steps
        self.batch_size = batch_size
        self.unlabelled_batch_size = unlabelled_batch_size
        self.eval_batch_size = eval_batch_size
        self.round = 0
        self.uses_unlabelled = False
        self._row = {id_: row for row, id_ in enumerate(dataset.ids)}
        self._images = torch.from_numpy(dataset.images)
        self._targets = torch.from_numpy(dataset.targets)
        self._spacing = torch.from_numpy(dataset.spacing.astype(np.float32))
        frames = None if dataset.frames is None or dataset.task != "segmentation" else torch.tensor(dataset.frames)
        self._frames: Tensor | None = frames  # (N, 4)
        self._labels: dict[str, NDArray[Any]] = {}
        self._working: dict[str, NDArray[Any]] = {}
        self._live: tuple[dict[str, int], Tensor] = {}, torch.empty(0)
        self._refused: set[str] = set()
        self._open: frozenset[str] = frozenset()

    def fingerprint(self) -> str:
        """Hash of ids, groups, volumes and splits, as earlier versions recorded it.

        A run now records the content of its data set (see `alseg.identity`); this serves to resume older ones.
        """
        parts = [[*zip(ids, self.groups(ids))] for ids in (self.split.pool, self.split.val, self.split.test)]
        volume_of = self.dataset.volume_of
        volumes = [] if volume_of is None else [[volume_of[id_] for id_ in self.split.pool]]
        content = json.dumps([parts, self.dataset.size, self.dataset.classes, *volumes])
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()

    @property
    def labelled(self) -> tuple[str, ...]:
        """Ids with a label, in the order in which they were labelled."""
        return tuple(self._labels)

    @property
    def unlabelled(self) -> tuple[str, ...]:
        """Ids of the pool that can still be asked for."""
        gone = self._labels.keys() | self._refused | self._open
        return tuple(id_ for id_ in self.split.pool if id_ not in gone)

    @property
    def open(self) -> tuple[str, ...]:
        """Ids that were asked for, and are still to be answered after their round has gone on."""
        return tuple(id_ for id_ in self.split.pool if id_ in self._open)

    @cached_property
    def given(self) -> tuple[str, ...]:
        """Ids of the pool whose targets are labels that the data set brings along; empty where its targets are a hidden truth.

        They are a hidden truth where every image has one, as in a simulation.
        """
        if self.dataset.has_target is None:
            return ()
        return tuple(id_ for id_ in self.split.pool if id_ in self.dataset.with_target)

    def row(self, id_: str) -> int:
        """The row of an image in the data set's arrays."""
        return self._row[id_]

    def groups(self, ids: Sequence[str]) -> tuple[str, ...]:
        """The group of each image."""
        return tuple(self.dataset.groups[self._row[id_]] for id_ in ids)

    @property
    def working(self) -> dict[str, NDArray[Any]]:
        """Working labels that replace annotations in training, by id."""
        return dict(self._working)

    def label(self, ids: Sequence[str], targets: NDArray[Any]) -> None:
        """Add the annotations of images."""
        self._labels |= dict(zip(ids, targets))

    def relabel(self, ids: Sequence[str], targets: NDArray[Any]) -> None:
        """Train with these working labels from now on, also in a running fit; the annotations stay as they are."""
        self._working |= dict(zip(ids, targets))
        place, live = self._live
        for id_, target in zip(ids, targets):
            if id_ in place:
                live[place[id_]] = torch.from_numpy(target)

    def forget_working(self) -> None:
        """Train with the annotations again, also in a running fit."""
        place, live = self._live
        for id_ in self._working.keys() & place.keys():
            live[place[id_]] = torch.from_numpy(self._labels[id_])
        self._working.clear()

    def annotations(self, ids: Sequence[str]) -> NDArray[Any]:
        """Annotations of images, as the oracle gave them."""
        return np.stack([self._labels[id_] for id_ in ids])

    def labels(self, ids: Sequence[str]) -> NDArray[Any]:
        """Labels that images are trained with: their working label, or else their annotation."""
        return np.stack([self._working.get(id_, self._labels[id_]) for id_ in ids])

    def images(self, ids: Sequence[str]) -> Tensor:
        """``(n, C, H, W)`` uint8."""
        return self._images[self._rows(ids)]

    def padding(self, ids: Sequence[str]) -> Tensor | None:
        """``(n, H, W)`` bool, True where images are padded; None if none of the data set is, or it is for classification."""
        return None if self._frames is None else padding(self._frames[self._rows(ids)], self.dataset.size)

    def refuse(self, ids: Sequence[str]) -> None:
        """Remove images from the pool for good."""
        self._refused |= set(ids)

    def leave_open(self, asked: Iterable[str]) -> None:
        """Ask no more for those of these that are neither labelled nor refused: their answers may come later."""
        self._open = frozenset(asked) - self._labels.keys() - self._refused

    def begin_round(self, round_: int, *, uses_unlabelled: bool) -> None:
        """Choose the round of the next batches, and whether they contain unlabelled images."""
        self.round = round_
        self.uses_unlabelled = uses_unlabelled

    def train_dataloader(self) -> Any:
        """``steps`` batches of labelled images, or of pairs ``{"labelled", "unlabelled"}``."""
        ids = self.labelled
        labels = torch.from_numpy(self.labels(ids))
        self._live = {id_: place for place, id_ in enumerate(ids)}, labels
        annotations = torch.from_numpy(self.annotations(ids))
        view = _View(
            self._images, self._rows(ids), target=labels, annotation=annotations, **self._framed(self._rows(ids))
        )
        labelled = self._endless(view, self.batch_size, "batch order")
        if not self.uses_unlabelled:
            return labelled
        # With the whole pool labelled, its images still serve the unlabelled stream.
        rows = self._rows(self.unlabelled or ids)
        unlabelled = self._endless(
            _View(self._images, rows, **self._framed(rows)), self.unlabelled_batch_size, "unlabelled batch order"
        )
        return CombinedLoader({"labelled": labelled, "unlabelled": unlabelled}, mode="min_size")

    def val_dataloader(self) -> DataLoader[Batch]:
        """The validation set with its true targets."""
        return self._once(self.split.val)

    def test_dataloader(self) -> DataLoader[Batch]:
        """The test set with its true targets."""
        return self._once(self.split.test)

    def scan_dataloader(self, ids: Sequence[str]) -> DataLoader[Batch]:
        """Images of the pool, without targets."""
        rows = self._rows(ids)
        # A rank without a part of its own scans an image that another rank has: Lightning takes no empty loader.
        part = distributed.share(rows) if len(rows) > distributed.rank() else rows[:1]
        return self._loader(_View(self._images, part), batch_size=self.eval_batch_size)

    def _once(self, ids: Sequence[str]) -> DataLoader[Batch]:
        rows = distributed.share(self._rows(ids))
        view = _View(self._images, rows, target=self._targets[rows], spacing=self._spacing[rows])
        return self._loader(view, batch_size=self.eval_batch_size)

    def _endless(self, view: _View, batch_size: int, purpose: str) -> DataLoader[Batch]:
        sampler = _EndlessBatches(len(view), batch_size, self.steps, self.seed, self.round, purpose, self._first_step)
        return self._loader(view, batch_sampler=sampler)

    def _first_step(self) -> int:
        return self.trainer.global_step if self.trainer is not None else 0

    def _framed(self, rows: Tensor) -> dict[str, Tensor]:
        """Add frames to batches without a target, for losses that must leave padding out: see `padding`."""
        return {} if self._frames is None else {"frame": self._frames[rows]}

    def _rows(self, ids: Sequence[str]) -> Tensor:
        return torch.tensor([self._row[id_] for id_ in ids], dtype=torch.int64)

    def _loader(self, view: _View, **batching: Any) -> DataLoader[Batch]:
        return DataLoader(view, collate_fn=_as_is, pin_memory=torch.cuda.is_available(), **batching)


class _View(TorchDataset[Batch]):
    """Rows of the images with further parts, such as targets; a batch is read by one index."""

    def __init__(self, images: Tensor, rows: Tensor, **parts: Tensor) -> None:
        self.images, self.rows, self.parts = images, rows, parts

    def __len__(self) -> int:
        return len(self.rows)

    def __getitems__(self, places: list[int]) -> Batch:
        rows = self.rows[places]
        return {"image": self.images[rows], "row": rows} | {name: part[places] for name, part in self.parts.items()}


class _EndlessBatches(Sampler[list[int]]):
    """Batches out of one permutation after another; the batch of a step depends on seed, round and step alone.

    So a fit that goes on from a checkpoint gets the batches that it would have got.
    """

    def __init__(
        self, length: int, batch_size: int, steps: int, seed: int, round_: int, purpose: str, first_step: Any
    ) -> None:
        self.length, self.batch_size, self.steps = length, batch_size, steps
        self.stream = (seed, round_, purpose)
        self.first_step = first_step

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[list[int]]:
        permutation, drawn = np.empty(0, dtype=np.int64), -1
        ranks, rank = distributed.world_size(), distributed.rank()
        for step in range(self.first_step(), self.steps):
            first = (step * ranks + rank) * self.batch_size
            batch = []
            for place in range(first, first + self.batch_size):
                if place // self.length != drawn:
                    drawn = place // self.length
                    permutation = randomness.generator(*self.stream, drawn).permutation(self.length)
                batch.append(int(permutation[place % self.length]))
            yield batch


def _as_is(batch: Any) -> Any:
    return batch
