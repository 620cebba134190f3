"""Augmentation of a whole batch on its device, a different draw for every image."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from alseg.data.dataset import IGNORE


class View(nn.Module):
    """Random parameters of a view of an image: flips, rotation, scale, shift; brightness, contrast, gamma, noise.

    All draws come from PyTorch's global generator. Images keep their range; what a rotation or shift brings in from
    outside repeats the border.

    Args:
        flip_horizontal, flip_vertical: probability of each flip.
        rotate: largest rotation to either side, degrees.
        scale: largest relative change of size.
        shift: largest shift to either side, as a share of the image side.
        brightness: largest change of brightness, as a share of the full range.
        contrast: largest relative change of contrast.
        gamma: largest relative change of the exponent.
        noise: largest standard deviation of Gaussian noise, as a share of the full range.
    """

    def __init__(
        self,
        flip_horizontal: float = 0.5,
        flip_vertical: float = 0.0,
        rotate: float = 10.0,
        scale: float = 0.1,
        shift: float = 0.05,
        brightness: float = 0.1,
        contrast: float = 0.2,
        gamma: float = 0.2,
        noise: float = 0.02,
    ) -> None:
        super().__init__()
        self.flip_horizontal, self.flip_vertical = flip_horizontal, flip_vertical
        self.rotate, self.scale, self.shift = rotate, scale, shift
        self.brightness, self.contrast, self.gamma, self.noise = brightness, contrast, gamma, noise

    @property
    def moves(self) -> bool:
        """True if the view has any flip, rotation, scale or shift."""
        return bool(self.rotate or self.scale or self.shift or self.flip_horizontal or self.flip_vertical)

    def draw_matrices(self, images: Tensor) -> Tensor:
        """Draw ``(B, 2, 3)`` matrices from places in the view to places in the image, from -1 to 1 on both axes."""
        height, width = images.shape[2:]
        draw = torch.rand(len(images), 6, device=images.device)
        angle = spread(draw[:, 0], math.radians(self.rotate))
        zoom = 1 / (1 + spread(draw[:, 1], self.scale))
        flip_x = 1 - 2 * (draw[:, 2] < self.flip_horizontal).float()
        flip_y = 1 - 2 * (draw[:, 3] < self.flip_vertical).float()
        # The aspect ratio keeps a rotation rigid on oblong images.
        aspect = width / height
        cos, sin = angle.cos() * zoom, angle.sin() * zoom
        rows = [cos * flip_x, -sin / aspect * flip_y, spread(draw[:, 4], 2 * self.shift)]
        columns = [sin * aspect * flip_x, cos * flip_y, spread(draw[:, 5], 2 * self.shift)]
        return torch.stack([torch.stack(rows, dim=1), torch.stack(columns, dim=1)], dim=1)

    def tone(self, images: Tensor) -> Tensor:
        """Change brightness, contrast and gamma of float images in [0, 255], and add noise."""
        draw = torch.rand(4, len(images), 1, 1, 1, device=images.device)
        centre = images.mean(dim=(1, 2, 3), keepdim=True)
        images = centre + (images - centre) * (1 + spread(draw[0], self.contrast))
        images = (images / 255 + spread(draw[1], self.brightness)).clamp(0, 1)
        if self.gamma:
            images = images.clamp(min=1e-6) ** (1 + self.gamma) ** spread(draw[2], 1.0)
        if self.noise:
            images = images + torch.randn_like(images) * self.noise * draw[3]
        return images.clamp(0, 1) * 255


class Augmentation(View):
    """Views of images together with their class maps.

    Pixels that a rotation or shift brings in from outside are 255 (ignored) in the target.
    """

    def forward(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """``(B, C, H, W)`` uint8 images and their targets give float32 images in [0, 255] and targets.

        Targets are ``(B, H, W)``, or ``(B, T, H, W)`` for several maps of each image.
        """
        images, targets = self.move(images, targets)
        return self.tone(images), targets

    def move(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Flips, rotations, scales and shifts alone, of the same shapes; `tone` changes the rest, and moves no pixel."""
        images = images.float()
        if not self.moves:
            return images, targets
        n, _, height, width = images.shape
        grid = F.affine_grid(self.draw_matrices(images), [n, 1, height, width], align_corners=False)
        moved = F.grid_sample(images, grid, padding_mode="border", align_corners=False)
        # Zeros come in from outside: shifted by one, they become the ignore value.
        labels = (targets.to(torch.int16) + 1).float().view(n, -1, height, width)
        labels = F.grid_sample(labels, grid, mode="nearest", padding_mode="zeros", align_corners=False)
        return moved, torch.where(labels == 0, IGNORE, labels.long() - 1).view(targets.shape)


def spread(uniform: Tensor, width: float) -> Tensor:
    """Uniform draws of [0, 1) spread over [-width, width)."""
    return (2 * uniform - 1) * width
