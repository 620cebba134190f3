"""An annotator who marks only a part of each image."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE, Dataset
from alseg.oracles.oracle import Annotations
from alseg.oracles.sparsity import Pattern
from alseg.oracles.wrapper import MakeOracle, Map, Wrapper


class Sparse(Wrapper):
    """Keeps what another oracle answers on some pixels of each image, and makes the rest 255, or background.

    It costs what the inner oracle costs, times the pattern's ``cost``: a number, or the share of the pixels of the
    inner answer that are kept.

    Args:
        dataset: the images.
        kind: ``columns``, ``scribbles``, ``points`` or ``box``: which of the patterns is used.
        columns: the pattern of that name, as are the others.
        unannotated: what the rest becomes: ``ignore`` (255, which trains nothing) or ``background`` (0, as masks are kept in
            which only a part was drawn).
        of: makes the oracle that looks at these pixels; None is the simulated truth.
        seed: of the choice of pixels.

    Raises:
        ValueError: if there is no such kind, or no pattern for it.
    """

    def __init__(
        self,
        dataset: Dataset,
        kind: str,
        columns: Pattern | None = None,
        scribbles: Pattern | None = None,
        points: Pattern | None = None,
        box: Pattern | None = None,
        unannotated: Literal["ignore", "background"] = "ignore",
        of: MakeOracle | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(dataset, of, seed)
        patterns = {"columns": columns, "scribbles": scribbles, "points": points, "box": box}
        if kind not in patterns:
            raise ValueError(f"kind={kind}: it must be one of {', '.join(patterns)}")
        pattern = patterns[kind]
        if pattern is None:
            raise ValueError(f"{kind}=null: kind={kind} needs this pattern")
        if unannotated not in ("ignore", "background"):
            raise ValueError(f"unannotated={unannotated}: it must be one of ignore, background")
        self.kind, self.pattern = kind, pattern
        self.rest = IGNORE if unannotated == "ignore" else 0
        self.annotator = f"{self.annotator} ({kind})"

    def change(self, id_: str, target: Map) -> Map:
        looked = self._pixels(id_, target)
        return np.where(looked | (target == IGNORE), target, self.rest).astype(np.uint8)

    def finish(self, changed: Annotations, inner: Annotations) -> Annotations:
        share = self.pattern.cost if self.pattern.cost is not None else self._looked(inner)
        return replace(changed, cost=inner.cost * share, annotator=self.annotator)

    def _looked(self, inner: Annotations) -> NDArray[np.float64]:
        """Share of the pixels of each inner answer that are looked at."""
        shares = []
        for id_, target in zip(inner.ids, inner.targets):
            asked = target != IGNORE
            shares.append((self._pixels(id_, target) & asked).sum() / max(asked.sum(), 1))
        return np.array(shares)

    def _pixels(self, id_: str, target: Map) -> NDArray[np.bool_]:
        return self.pattern(target, self.rng(id_, f"sparse {self.kind}"))
