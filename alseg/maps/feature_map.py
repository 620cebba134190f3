"""Data of a map, made from a run or from a data set alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from alseg.errors import ConfigError, DataError
from alseg.terminal import shortened


@dataclass(frozen=True)
class Round:
    """One query.

    Args:
        number: of the round that the images were chosen for; 0 is the cold start.
        strategy: name of the strategy that picked.
        picks: n ids in the order of the picks.
        reasons: why each was picked, such as ``medoid of cluster 3``; empty strings where the strategy does not tell.
        scores: of each candidate by id, where the strategy has any; candidates that are not in the map are left out.
        refused: those of the picks that the oracle will never annotate.
    """

    number: int
    strategy: str
    picks: tuple[str, ...]
    reasons: tuple[str, ...]
    scores: Mapping[str, float] | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class FeatureMap:
    """The images of a pool as points.

    Args:
        name: of the data set.
        ids: N unique ids.
        groups: N names of patients, recordings or slides.
        xy: ``(N, 2)`` places in the map.
        thumbnails: ``(N, h, w)`` grey or ``(N, h, w, 3)`` RGB uint8.
        classes: N class names, where images differ by them; see `alseg.maps.shown_classes`.
        shares: ``(N,)`` share of the pixels that show foreground, for segmentation; NaN where there is no mask.
        labelled: N truth values, which images the data set brings a label for, or people have labelled in the run; None where
            the data set has all of them.
        clusters: ``(N,)`` int, below 0 for an image without one; None where nothing was clustered.
        rounds: in their order.
        metadata: column of the manifest to N texts.
        colour: the column that colours the points at first; None for clusters, classes, groups or foreground.

    Raises:
        DataError: if lengths differ, ids repeat, a place is not finite, or a pick is not in the map.
        ConfigError: if there is no column ``colour``.
    """

    name: str
    ids: tuple[str, ...]
    groups: tuple[str, ...]
    xy: NDArray[np.floating]
    thumbnails: NDArray[np.uint8]
    classes: tuple[str, ...] | None = None
    shares: NDArray[np.floating] | None = None
    labelled: tuple[bool, ...] | None = None
    clusters: NDArray[np.integer] | None = None
    rounds: tuple[Round, ...] = ()
    metadata: Mapping[str, Sequence[str]] = field(default_factory=dict)
    colour: str | None = None

    def __post_init__(self) -> None:
        n, known = len(self.ids), set(self.ids)
        if not n or len(known) < n:
            raise DataError(f"map of {self.name}: ids must be unique, and there must be one")
        for what in ("groups", "xy", "thumbnails", "classes", "shares", "labelled", "clusters"):
            value = getattr(self, what)
            if value is not None and len(value) != n:
                raise DataError(f"map of {self.name}: {len(value)} {what} for {n} ids")
        for column, cells in self.metadata.items():
            if len(cells) != n:
                raise DataError(f"map of {self.name}: {len(cells)} values of {shortened(column, 40)} for {n} ids")
        check_colour("colour", self.colour, list(self.metadata))
        if self.xy.shape != (n, 2) or not np.isfinite(self.xy).all():
            raise DataError(f"map of {self.name}: places must be finite and two-dimensional")
        for round_ in self.rounds:
            strange = [id_ for id_ in (*round_.picks, *round_.refused) if id_ not in known]
            if strange:
                raise DataError(
                    f"map of {self.name}: {strange[0]!r} was picked in round {round_.number}, and is not in it"
                )
            if len(round_.reasons) != len(round_.picks):
                raise DataError(f"map of {self.name}: {len(round_.reasons)} reasons for {len(round_.picks)} picks")

    def __len__(self) -> int:
        return len(self.ids)


def check_colour(where: str, colour: str | None, columns: Sequence[str]) -> None:
    """Check that there is a column to colour a map by.

    Raises:
        ConfigError: naming those that there are; ``where`` is what the user set.
    """
    if colour is not None and colour not in columns:
        there = ", ".join(shortened(name, 40) for name in columns) or "none"
        raise ConfigError(f"{where}={colour}: the manifest has no such column of metadata; there are {there}")
