"""An annotator who errs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alseg.data.dataset import IGNORE, Dataset
from alseg.oracles import noise, pieces
from alseg.oracles.oracle import Annotations
from alseg.oracles.wrapper import MakeOracle, Map, Wrapper, check_range, check_share

UNITS = ("percent", "mm", "px")
ITERATIONS_AT = 128
"""Shorter side of the patches for which the released simulator of SEQUAL erodes and dilates 5 to 9 times."""


class Noisy(Wrapper):
    """Masks as a person would draw them: off by a little everywhere, and by a lot now and then.

    The kinds of error, each with its own strength (0 switches it off) and its own random stream, so that a change of
    one strength leaves the others' draws as they are:

    - a wobbly hand: a smooth displacement of the whole map;
    - boundaries drawn too far out or in: per image and class a shift from N(``bias``, ``shift``). The bias is this
      annotator's habit, the same in every image;
    - erosion or dilation by a 3x3 square, as in the noise simulator released with SEQUAL (Tang et al., Medical Image
      Analysis 111, 2026), with iterations scaled to the size of the image;
    - pieces missed (they go to what surrounds them), and pieces invented in the background.

    Pixels of value 255 stay 255. The same seed, annotator and image
    give the same answer.

    Args:
        dataset: the images; its spacing turns lengths into pixels.
        of: makes the oracle whose answers are disturbed; None is the simulated truth.
        seed: of the errors.
        annotator: name; annotators of different names err independently of each other.
        unit: of the lengths. ``percent`` of the shorter side of the image suits every data set; ``mm`` and ``px``
            (pixels of the image files) need data of that unit.
        bias: mean boundary shift, above 0 outwards.
        shift: standard deviation of the boundary shift.
        wobble: standard deviation of the displacement in each direction.
        wobble_length: over which the displacement changes.
        morphology: probability that a class is eroded or dilated (either is as likely).
        iterations: ``[low, high]`` of erosion or dilation in an image of 128 pixels, more in a larger one; at least 1.
        missed: probability that a piece is missed in an image.
        invented: probability that a piece is invented in an image.
        piece: ``[low, high]`` radius of a piece, relative to that of a disc as large as the class in that image.
        keep: by how much the first three together may change the area of a class: with 0.5 it is half as large at
            least and twice as large at most. Too strong an error is weakened.

    Raises:
        ValueError: if an argument is out of range, or the unit is not that of the data.
    """

    def __init__(
        self,
        dataset: Dataset,
        of: MakeOracle | None = None,
        seed: int = 0,
        annotator: str = "noisy",
        unit: str = "percent",
        bias: float = 0.0,
        shift: float = 1.0,
        wobble: float = 1.0,
        wobble_length: float = 10.0,
        morphology: float = 0.0,
        iterations: Sequence[int] = (5, 9),
        missed: float = 0.1,
        invented: float = 0.05,
        piece: Sequence[float] = (0.3, 0.7),
        keep: float = 0.5,
    ) -> None:
        super().__init__(dataset, of, seed)
        self.annotator = annotator
        self.pixel = _pixel(dataset, unit)
        _check_length("bias", bias, unit, above=-np.inf)
        _check_length("shift", shift, unit)
        _check_length("wobble", wobble, unit)
        _check_length("wobble_length", wobble_length, unit, above=0.0)
        for key, share in (("morphology", morphology), ("missed", missed), ("invented", invented), ("keep", keep)):
            check_share(key, share)
        self.bias, self.sd = bias, shift
        self.wobble, self.wobble_length = wobble, wobble_length
        self.morphology, self.missed, self.invented, self.keep = morphology, missed, invented, keep
        self.iterations = check_range("iterations", iterations, least=1)
        self.piece = check_range("piece", piece, least=0.01)

    def finish(self, changed: Annotations, inner: Annotations) -> Annotations:
        return replace(changed, annotator=self.annotator)

    def change(self, id_: str, target: Map) -> Map:
        known = target != IGNORE
        if not known.any():
            return target
        # Errors know nothing of the ignore value: unknown pixels take part as what is nearest to them.
        nearest = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
        drawn = target[nearest[0], nearest[1]]
        pixel = self.pixel[self.row[id_]]

        def rng(purpose: str) -> np.random.Generator:
            return self.rng(id_, f"{purpose} of {self.annotator}")

        original = drawn
        drawn = self._wobbled(drawn, original, pixel, rng("wobble"))
        drawn = self._shifted(drawn, original, pixel, rng("shift"))
        drawn = self._morphed(drawn, original, rng("morphology"))
        drawn = self._with_pieces(drawn, pixel, rng("missed"), rng("invented"))
        return np.where(known, drawn, target)

    def _wobbled(self, drawn: Map, original: Map, pixel: noise.Field, rng: np.random.Generator) -> Map:
        height, width = drawn.shape
        length = self.wobble_length / pixel
        field = np.stack([noise.smooth_field((height, width), length, rng) * self.wobble / side for side in pixel])
        return noise.gently(original, lambda strength: noise.warp(drawn, strength * field), self.keep)

    def _shifted(self, drawn: Map, original: Map, pixel: noise.Field, rng: np.random.Generator) -> Map:
        # One draw for each class that there could be: a class keeps its draw whatever else is in the image.
        by = rng.normal(self.bias, self.sd, len(self.dataset.classes))
        for c in np.unique(drawn[drawn > 0]):

            def change(strength: float, c: int = int(c), before: Map = drawn) -> Map:
                return noise.shift(before, c, strength * by[c], pixel)

            drawn = noise.gently(original, change, self.keep)
        return drawn

    def _morphed(self, drawn: Map, original: Map, rng: np.random.Generator) -> Map:
        classes = len(self.dataset.classes)
        happens, sign = rng.random(classes) < self.morphology, rng.choice([-1, 1], classes)
        scale = min(drawn.shape) / ITERATIONS_AT
        low, high = (int(i) for i in self.iterations)
        steps = np.maximum(np.rint(rng.integers(low, high, classes, endpoint=True) * scale), 1)
        for c in np.unique(drawn[drawn > 0]):
            if happens[c]:
                drawn = noise.morph(drawn, int(c), int(sign[c] * steps[c]), original, self.keep)
        return drawn

    def _with_pieces(
        self, drawn: Map, pixel: noise.Field, missed: np.random.Generator, invented: np.random.Generator
    ) -> Map:
        if missed.random() < self.missed:
            drawn = pieces.miss(drawn, missed.uniform(*self.piece), pixel, missed)
        if invented.random() < self.invented:
            classes = len(self.dataset.classes)
            drawn = pieces.invent(drawn, invented.uniform(*self.piece), classes, pixel, invented)
        return drawn


def _check_length(key: str, value: Any, unit: str, above: float | None = None) -> None:
    """Refuse what is no finite number of at least 0, or larger than ``above``."""
    number = isinstance(value, int | float) and np.isfinite(value)
    if not number or (value < 0 if above is None else value <= above):
        least = ", 0 or more" if above is None else ", above 0" if above == 0 else ""
        raise ValueError(f"{key}={value}: it must be a number ({unit}){least}")


def _pixel(dataset: Dataset, unit: str) -> NDArray[np.float64]:
    """``(N, 2)`` height and width of a pixel in the unit of the strengths."""
    if unit not in UNITS:
        raise ValueError(f"unit={unit}: it must be one of {', '.join(UNITS)}")
    if unit == "percent":
        side = (dataset.spacing * dataset.size).min(axis=1, keepdims=True)
        relative: NDArray[np.float64] = 100 * dataset.spacing / side
        return relative
    if unit != dataset.unit:
        more = "; state data.spacing, or spacing_y,spacing_x in the manifest" if unit == "mm" else ""
        raise ValueError(f"unit={unit}: distances in {dataset.name} are in {dataset.unit}, or use percent{more}")
    return dataset.spacing
