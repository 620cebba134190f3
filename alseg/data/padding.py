"""Padding of images, which takes no part in training and queries."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from alseg.data.region import Region
from alseg.prediction import Prediction


def padding(frames: Tensor, size: Sequence[int]) -> Tensor:
    """``(B, H, W)`` bool, True outside of the frames.

    Args:
        frames: ``(B, 4)`` integers, x, y, width and height of the part of each image that shows a file; see `Region`.
        size: height and width of the images.
    """
    x, y, width, height = (side[:, None, None] for side in frames.unbind(dim=1))
    rows = torch.arange(size[0], device=frames.device)[None, :, None]
    columns = torch.arange(size[1], device=frames.device)[None, None, :]
    return (rows < y) | (rows >= y + height) | (columns < x) | (columns >= x + width)


def unpadded(prediction: Prediction, image: int, frame: Region) -> Prediction:
    """Prediction of one image of a segmentation batch without its padding, as a batch of one."""
    one = slice(image, image + 1)
    x, y, width, height = frame
    logits = prediction.logits[:, one, :, y : y + height, x : x + width]
    loss = None if prediction.loss is None else prediction.loss[one]
    return Prediction(logits, prediction.features[one], loss)
