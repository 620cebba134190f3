"""Queries of whole volumes: a volume is the mean of its slices, and a picked one is annotated slice by slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.grouping import means_by_group
from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector


def select(
    selector: Selector,
    candidates: Candidates,
    n: int,
    rng: np.random.Generator,
    volume_of: Mapping[str, str] | None = None,
) -> list[str]:
    """Pick n images or, with ``volume_of``, all candidates of n volumes.

    Args:
        selector: picks images, or volumes as if they were images.
        candidates: images.
        n: how many of them, or of their volumes.
        rng: decides.
        volume_of: id of each image, labelled ones too, to the name of its volume; None asks for images.

    Returns:
        Ids of images, those of a volume together and sorted. Where the selector speaks of volumes in ``picks``, ``audit``
        and ``clusters`` of its notes, their images take their places; numbers in its notes count volumes.
    """
    if volume_of is None:
        return selector.select(candidates, n, rng)
    picked = selector.select(by_volume(candidates, volume_of), n, rng)
    slices: dict[str, list[str]] = {}
    for id_ in sorted(candidates.ids):
        slices.setdefault(volume_of[id_], []).append(id_)
    _speak_of_images(candidates.notes, slices, [*candidates.ids, *candidates.labelled_ids], volume_of)
    return [id_ for volume in picked for id_ in slices[volume]]


def by_volume(candidates: Candidates, volume_of: Mapping[str, str]) -> Candidates:
    """Volumes in the place of images, each with the mean of its slices' scores, features and probabilities."""
    volumes, labelled = ([volume_of[id_] for id_ in ids] for ids in (candidates.ids, candidates.labelled_ids))
    known = candidates.labelled_features
    return replace(
        candidates,
        ids=_once(volumes),
        scores=_means(candidates.scores, volumes),
        class_scores=_means(candidates.class_scores, volumes),
        features=_means(candidates.features, volumes),
        probabilities=_means(candidates.probabilities, volumes),
        groups=_of_volumes(candidates.groups, volumes),
        labelled_ids=_once(labelled),
        labelled_features=known if len(known) != len(labelled) else means_by_group(known, labelled)[1],
        labelled_groups=_of_volumes(candidates.labelled_groups, labelled) or (),
    )


def _once(volumes: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(volumes)))


def _means(values: NDArray[Any] | None, volumes: Sequence[str]) -> NDArray[np.float32] | None:
    return None if values is None else means_by_group(values, volumes)[1]


def _of_volumes(groups: Sequence[str] | None, volumes: Sequence[str]) -> tuple[str, ...] | None:
    """The group of each volume; a volume lies in one."""
    if groups is None:
        return None
    group_of = dict(zip(volumes, groups))
    return tuple(group_of[volume] for volume in _once(volumes) if volume in group_of)


def _speak_of_images(
    notes: dict[str, Any], slices: Mapping[str, Sequence[str]], ids: Sequence[str], volume_of: Mapping[str, str]
) -> None:
    if "picks" in notes:
        notes["picks"] = [pick | {"id": id_} for pick in notes["picks"] for id_ in slices[pick["id"]]]
    if "audit" in notes:  # the number that they were drawn from still counts volumes
        notes["audit"] = notes["audit"] | {"ids": [id_ for volume in notes["audit"]["ids"] for id_ in slices[volume]]}
    if "clusters" in notes:  # of a selector inside another one, which saw only some
        clusters = notes["clusters"]
        notes["clusters"] = {id_: clusters[volume_of[id_]] for id_ in ids if volume_of[id_] in clusters}
