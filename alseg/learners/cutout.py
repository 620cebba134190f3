"""A square hole in every image, after another augmentation."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from alseg.errors import inside
from alseg.learners.image_augmentation import ImageAugmentation

GREY = 127.5


class Cutout(nn.Module):
    """Greys out one square in each view that another augmentation makes.

    Its centre lies anywhere in the image, so that a part of it may lie outside, and its side is drawn between 0 and
    ``size``.

    Args:
        of: the augmentation before it, of uint8 images.
        size: largest side of the square, as a share of the shorter image side.

    Raises:
        ValueError: if the size is not between 0 and 1.

    Source: DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", arXiv
    1708.04552, 2017; the drawn side is FixMatch's (Sohn et al., NeurIPS 2020).
    """

    def __init__(self, of: ImageAugmentation, size: float = 0.5) -> None:
        super().__init__()
        if not 0 <= size <= 1:
            raise ValueError(f"size={size}: between 0 and 1, a share of the image side")
        self.of = of
        self.size = size

    def check(self, size: Sequence[int]) -> None:
        """Check that images of this height and width are large enough.

        Raises:
            ValueError: if not.
        """
        with inside("of"):
            self.of.check(size)

    def forward(self, images: Tensor) -> Tensor:
        """``(B, C, H, W)`` uint8 images give float32 images in [0, 255]."""
        views: Tensor = self.of(images)
        n, _, height, width = views.shape
        down, right, side = torch.rand(3, n, 1, device=views.device)
        reach = side * self.size * min(height, width) / 2
        rows = (torch.arange(height, device=views.device) + 0.5 - down * height).abs() < reach
        columns = (torch.arange(width, device=views.device) + 0.5 - right * width).abs() < reach
        hole = rows[:, None, :, None] & columns[:, None, None, :]
        return views.masked_fill(hole, GREY)
