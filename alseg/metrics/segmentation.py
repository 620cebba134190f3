"""Overlap and surface distance of segmentations, image by image."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion
from scipy.spatial import KDTree
from torch import Tensor
from torch.nn import functional as F
from torchmetrics import Metric
from torchmetrics.functional.segmentation import dice_score
from torchmetrics.utilities import dim_zero_cat

from alseg.data.dataset import IGNORE, Unit

DISTANCES = ("hd", "hd95", "asd")


class SegmentationMetrics(Metric):
    """Dice, IoU, Hausdorff distance (HD), its 95th percentile (HD95) and average surface distance (ASD) of the foreground.

    Every value is taken per image and class, averaged over images, then over classes. A class that neither the
    prediction nor the reference shows in an image counts in nothing for that image. A class that only one of the two
    shows has Dice and IoU 0 and, as its distance, the diagonal of the image: an empty prediction is the worst there
    is, not 0 mm. ``empty`` counts these cases. Pixels whose reference is 255 are left out; where whole rows or columns at an
    edge are, as in padding, the diagonal is that of the rest.

    Args:
        classes: names of all classes; class 0 is the background.
        unit: ``mm`` or ``px``, the unit of distances and part of their names.
        distances: whether to compute HD, HD95 and ASD, which take far longer than the overlap.
    """

    full_state_update = False
    dice: list[Tensor]
    hd: list[Tensor]
    hd95: list[Tensor]
    asd: list[Tensor]
    one_sided: list[Tensor]

    def __init__(self, classes: Sequence[str], unit: Unit, *, distances: bool) -> None:
        super().__init__()
        self.classes = tuple(classes)
        self.unit = unit
        self.distances = distances
        for state in ("dice", *DISTANCES, "one_sided"):
            self.add_state(state, default=[], dist_reduce_fx="cat")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the values of :meth:`compute`."""
        distances = [f"{state}_{self.unit}" for state in DISTANCES] if self.distances else []
        return ("dice", *(f"dice_{name}" for name in self.classes[1:]), "iou", *distances, "empty")

    def update(self, predicted: Tensor, reference: Tensor, spacing: Tensor) -> None:
        """``(B, H, W)`` class ids of both; ``(B, 2)`` height and width of a pixel in ``unit``."""
        known = reference != IGNORE
        predicted, reference = (x.long().masked_fill(~known, 0) for x in (predicted, reference))
        k = len(self.classes)
        self.dice.append(
            dice_score(predicted, reference, k, include_background=False, average="none", input_format="index")
        )
        p, r = (F.one_hot(x, k).movedim(-1, 1) for x in (predicted, reference))
        one_sided = p.flatten(2).any(dim=2)[:, 1:] != r.flatten(2).any(dim=2)[:, 1:]
        self.one_sided.append(one_sided)
        if self.distances:
            diagonal = (spacing * _extent(known).to(spacing)).norm(dim=1, keepdim=True)
            for state, found in zip(DISTANCES, _surface_distances(p, r, spacing)):
                getattr(self, state).append(torch.where(one_sided, diagonal, found.to(diagonal)))

    def compute(self) -> dict[str, float]:
        """``dice``, ``dice_<class>``, ``iou``, ``empty`` and, if asked for, ``hd_<unit>``, ``hd95_<unit>``, ``asd_<unit>``."""
        dice = dim_zero_cat(self.dice).cpu().double()
        per_class = dice.nanmean(dim=0)
        values = {"dice": _mean(per_class)}
        values |= {f"dice_{name}": float(value) for name, value in zip(self.classes[1:], per_class)}
        values["iou"] = _mean((dice / (2 - dice)).nanmean(dim=0))
        if self.distances:
            for state in DISTANCES:
                values[f"{state}_{self.unit}"] = _mean(dim_zero_cat(getattr(self, state)).cpu().double().nanmean(dim=0))
        values["empty"] = float(dim_zero_cat(self.one_sided).sum())
        return values


def _extent(known: Tensor) -> Tensor:
    """``(B, 2)`` rows and columns from the first to the last that hold a known pixel, of ``(B, H, W)``."""
    sides = []
    for axis in (2, 1):
        there = known.any(dim=axis).int()
        last = there.shape[1] - there.flip(1).argmax(dim=1)
        sides.append((last - there.argmax(dim=1)) * there.any(dim=1))
    return torch.stack(sides, dim=1)


def _mean(per_class: Tensor) -> float:
    """The mean over the classes that occur; NaN where none does."""
    return float(per_class.nanmean()) if per_class.numel() else math.nan


def _surface_distances(predicted: Tensor, reference: Tensor, spacing: Tensor) -> Tensor:
    """``(3, B, K - 1)`` HD, HD95 and symmetric ASD of one-hot ``(B, K, H, W)``; NaN where a side is empty."""
    predicted, reference = predicted.cpu(), reference.cpu()
    found = torch.full((3, len(predicted), predicted.shape[1] - 1), math.nan, dtype=torch.float64)
    for image, pixel in enumerate(spacing.cpu().double().numpy()):
        for kind in range(1, predicted.shape[1]):
            one, other = (_surface(x[image, kind].numpy(), pixel) for x in (predicted, reference))
            if not (len(one) and len(other)):
                continue
            there, back = _nearest(one, other), _nearest(other, one)
            found[0, image, kind - 1] = max(there.max(), back.max())
            found[1, image, kind - 1] = max(there.quantile(0.95), back.quantile(0.95))
            found[2, image, kind - 1] = torch.cat([there, back]).mean()
    return found


def _surface(mask: NDArray[np.int64], pixel: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(n, 2)`` places of the pixels of ``(H, W)`` that touch the outside by an edge; what lies beyond the image is outside."""
    there = mask.astype(bool)
    return np.argwhere(there & ~binary_erosion(there)) * pixel


def _nearest(of: NDArray[np.float64], to: NDArray[np.float64]) -> Tensor:
    """``(n,)`` float32 distances of places from the nearest of others; a tree is faster than a map, for surfaces are thin."""
    return torch.from_numpy(np.asarray(KDTree(to).query(of)[0], dtype=np.float32))
