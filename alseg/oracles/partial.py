"""An annotator who traces a part of each structure; the rest of the mask is background, as clinical tracings are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE, Dataset
from alseg.oracles.oracle import Annotations
from alseg.oracles.wrapper import MakeOracle, Map, Wrapper, check_share

Along = Literal["columns", "rows", "structure"]


class Partial(Wrapper):
    """Keeps contiguous parts of the structures that another oracle annotates, and makes the rest of them background.

    All structures of an image are cut at the same places along one axis: the columns (a vessel lies across the image, and its
    wall is traced over a part of its length), the rows, or the structures' own longest axis. The parts have equal lengths; where
    they lie is random. Unlike what `Sparse` leaves open, the missing part looks like any other background to who trains with it.

    Args:
        dataset: the images.
        share: of the structures' extent along the axis that is traced, above 0 to 1.
        parts: number of contiguous parts that it is traced in.
        spread: standard deviation of the share from image to image; shares stay between 0.05 and 1.
        along: ``columns``, ``rows`` or ``structure``.
        of: makes the oracle whose masks are traced; None is the simulated truth.
        seed: of shares and places.

    It costs what the inner oracle costs, times the share.

    Raises:
        ValueError: if an argument is out of range.
    """

    def __init__(
        self,
        dataset: Dataset,
        share: float = 0.6,
        parts: int = 1,
        spread: float = 0.0,
        along: Along = "columns",
        of: MakeOracle | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(dataset, of, seed)
        check_share("share", share, zero=False)
        check_share("spread", spread)
        if parts < 1:
            raise ValueError(f"parts={parts}: at least 1")
        if along not in get_args(Along):
            raise ValueError(f"along={along}: it must be one of {', '.join(get_args(Along))}")
        self.share, self.parts, self.spread, self.along = share, parts, spread, along
        self.annotator = f"{self.annotator} (partial)"

    def change(self, id_: str, target: Map) -> Map:
        rng = self.rng(id_, "partial")
        share = self._share_of(rng)
        drawn = (target > 0) & (target != IGNORE)
        if not drawn.any():
            return target
        places = _places(drawn, self.along)
        kept = np.zeros(target.shape, dtype=bool)
        kept[drawn] = _within(places, _starts(share, self.parts, rng), share / self.parts)
        return np.where(drawn & ~kept, 0, target).astype(np.uint8)

    def finish(self, changed: Annotations, inner: Annotations) -> Annotations:
        shares = np.array([self._share_of(self.rng(id_, "partial")) for id_ in inner.ids])
        return replace(changed, cost=inner.cost * shares, annotator=self.annotator)

    def _share_of(self, rng: np.random.Generator) -> float:
        return float(np.clip(self.share + self.spread * rng.standard_normal(), 0.05, 1))


def _places(drawn: NDArray[np.bool_], along: Along) -> NDArray[np.float64]:
    """Place of each drawn pixel's centre along the axis, as a share of the structures' extent: in (0, 1)."""
    points = np.argwhere(drawn).astype(float)
    if along == "structure":
        centred = points - points.mean(axis=0)
        line = centred @ np.linalg.eigh(centred.T @ centred)[1][:, -1]
    else:
        line = points[:, 1 if along == "columns" else 0]
    return np.asarray((line - line.min() + 0.5) / (np.ptp(line) + 1))


def _starts(share: float, parts: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Begin of each part: what is not traced lies before, between and after them, at random."""
    gaps = rng.dirichlet(np.ones(parts + 1)) * (1 - share)
    return np.cumsum(gaps[:-1]) + np.arange(parts) * share / parts


def _within(places: NDArray[np.float64], starts: NDArray[np.float64], length: float) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (places[:, None] >= starts) & (places[:, None] < starts + length + 1e-12)
    return np.asarray(inside.any(axis=1))
