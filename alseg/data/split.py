"""Split into pool, validation and test set, never through a group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alseg.data.dataset import Dataset
from alseg.errors import ConfigError, DataError


@dataclass(frozen=True)
class Split:
    """Ids of the pool (to be labelled bit by bit), of the validation set and of the test set."""

    pool: tuple[str, ...]
    val: tuple[str, ...]
    test: tuple[str, ...]


def split_by_group(
    dataset: Dataset, *, test: float, val: float, max_val: int | None, rng: np.random.Generator
) -> Split:
    """Split a data set by its ``split`` column or, where it has none, at random by groups.

    Where only some images have a target, validation and test set are of groups in which every image has one, and the shares are
    of those; everything else is pool. Of fewer such groups than parts none is taken: there is no validation and no test set.

    Args:
        dataset: the images and their groups.
        test: share of the images to test on; 0 for none.
        val: share of the images to validate on; 0 for none.
        max_val: at most so many validation images; a larger validation set is thinned out at random, and what is left
            over is not used, for its groups must not reach the pool. None: no limit.
        rng: decides.

    Raises:
        ConfigError: if a share is not in [0, 1) or nothing is left for the pool.
        DataError: if there are fewer groups than parts, though every image has a target, or the pool is empty.
    """
    if max_val is not None and max_val < 0:
        raise ConfigError("split.val_per_initial: at least 0")
    for key, share in (("test", test), ("val", val)):
        if not 0 <= share < 1:
            raise ConfigError(f"split.{key}={share}: it is a share of the images, at least 0 and below 1")
    if dataset.split is None:
        parts = _by_group(dataset, {"test": test, "val": val}, rng)
    else:
        parts = {
            name: [i for i, s in zip(dataset.ids, dataset.split) if s == name] for name in ("train", "val", "test")
        }
    if not parts["train"]:
        raise DataError(f"data set {dataset.name}: the pool is empty; give split.test and split.val other shares")
    if max_val is not None and len(parts["val"]) > max_val:
        parts["val"] = [parts["val"][i] for i in np.sort(rng.choice(len(parts["val"]), max_val, replace=False))]
    return Split(tuple(parts["train"]), tuple(parts["val"]), tuple(parts["test"]))


def _by_group(dataset: Dataset, shares: dict[str, float], rng: np.random.Generator) -> dict[str, list[str]]:
    members: dict[str, list[str]] = {}
    for id_, group in zip(dataset.ids, dataset.groups):
        members.setdefault(group, []).append(id_)
    usable = sorted(group for group, ids in members.items() if dataset.with_target.issuperset(ids))
    unused = sorted(id_ for group in members.keys() - usable for id_ in members[group])
    size = len(dataset) - len(unused)
    waiting = [str(group) for group in rng.permutation(usable)]
    if len(waiting) < 1 + sum(share > 0 for share in shares.values()):
        if dataset.has_target is not None:
            return {"train": sorted(dataset.ids), **{name: [] for name in shares}}
        raise DataError(
            f"data set {dataset.name}: {len(waiting)} groups cannot be split into pool, validation and test set; "
            "set split.val=0 or add a split column to the manifest"
        )
    parts: dict[str, list[str]] = {}
    for place, (name, share) in enumerate(shares.items()):
        needed = 1 + sum(later > 0 for later in [*shares.values()][place + 1 :])  # groups that the other parts need
        wanted = share * size
        taken: list[str] = []
        # In the order of the lot, each group that brings the part closer to its size; at least one if any is wanted.
        for group in list(waiting):
            gain = len(members[group])
            closer = not taken or abs(len(taken) + gain - wanted) < abs(len(taken) - wanted)
            if share and closer and len(waiting) > needed:
                taken += members[group]
                waiting.remove(group)
        parts[name] = sorted(taken)
    parts["train"] = sorted([*unused, *(id_ for group in waiting for id_ in members[group])])
    return parts
