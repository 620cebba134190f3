"""Overlap and surface distance of segmentations, image by image."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import torch
from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance
from torch import Tensor
from torch.nn import functional as F
from torchmetrics import Metric
from torchmetrics.functional.segmentation import dice_score
from torchmetrics.utilities import dim_zero_cat

from alseg.data.dataset import IGNORE, Unit


class SegmentationMetrics(Metric):
    """Dice, IoU, HD95 and average surface distance of the foreground classes.

    Every value is taken per image and class, averaged over images, then over classes. A class that neither the
    prediction nor the reference shows in an image counts in nothing for that image. A class that only one of the two
    shows has Dice and IoU 0 and, as its distance, the diagonal of the image: an empty prediction is the worst there
    is, not 0 mm. ``empty`` counts these cases. Pixels whose reference is 255 are left out.

    Args:
        classes: names of all classes; class 0 is the background.
        unit: ``mm`` or ``px``, the unit of distances and part of their names.
        distances: whether to compute HD95 and ASD, which take far longer than the overlap.
    """

    full_state_update = False
    dice: list[Tensor]
    hd95: list[Tensor]
    asd: list[Tensor]
    one_sided: list[Tensor]

    def __init__(self, classes: Sequence[str], unit: Unit, *, distances: bool) -> None:
        super().__init__()
        self.classes = tuple(classes)
        self.unit = unit
        self.distances = distances
        for state in ("dice", "hd95", "asd", "one_sided"):
            self.add_state(state, default=[], dist_reduce_fx="cat")

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
            diagonal = (spacing * torch.tensor(predicted.shape[1:], device=spacing.device)).norm(dim=1, keepdim=True)
            hd95, asd = _surface_distances(p, r, spacing)
            self.hd95.append(torch.where(one_sided, diagonal, hd95.to(diagonal)))
            self.asd.append(torch.where(one_sided, diagonal, asd.to(diagonal)))

    def compute(self) -> dict[str, float]:
        """``dice``, ``dice_<class>``, ``iou``, ``empty`` and, if asked for, ``hd95_<unit>`` and ``asd_<unit>``."""
        dice = dim_zero_cat(self.dice).cpu().double()
        per_class = dice.nanmean(dim=0)
        values = {"dice": _mean(per_class)}
        values |= {f"dice_{name}": float(value) for name, value in zip(self.classes[1:], per_class)}
        values["iou"] = _mean((dice / (2 - dice)).nanmean(dim=0))
        if self.distances:
            values[f"hd95_{self.unit}"] = _mean(dim_zero_cat(self.hd95).cpu().double().nanmean(dim=0))
            values[f"asd_{self.unit}"] = _mean(dim_zero_cat(self.asd).cpu().double().nanmean(dim=0))
        values["empty"] = float(dim_zero_cat(self.one_sided).sum())
        return values


def _mean(per_class: Tensor) -> float:
    """The mean over the classes that occur; NaN where none does."""
    return float(per_class.nanmean()) if per_class.numel() else math.nan


def _surface_distances(predicted: Tensor, reference: Tensor, spacing: Tensor) -> tuple[Tensor, Tensor]:
    """``(B, K - 1)`` HD95 and symmetric ASD of one-hot ``(B, K, H, W)``; what an empty side makes of them is undefined."""
    predicted, reference = predicted.cpu(), reference.cpu()
    pixels: list[list[float]] = spacing.cpu().tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MONAI warns of every empty class; the caller deals with them
        hd95 = compute_hausdorff_distance(predicted, reference, percentile=95, spacing=pixels)
        asd = compute_average_surface_distance(predicted, reference, symmetric=True, spacing=pixels)
    return hd95, asd
