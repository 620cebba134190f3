"""Augmentation for classification: of a whole batch on its device, with a different draw for every image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from alseg.learners.augmentation import View, spread
from alseg.learners.stain import shift_colours, shift_stains


class ImageAugmentation(View):
    """Views of images whose class does not depend on place or orientation, nor on how strongly they are stained.

    All draws come from PyTorch's global generator: called twice, it gives two independent views. What a rotation or
    shift brings in from outside mirrors what is inside.

    Args:
        quarter_turns: turn images by a random multiple of 90 degrees (oblong ones of 180), besides ``rotate``.
        crop: side in pixels of the random window that is cut out; None is the whole image.
        hue: largest turn of the hue to either side, as a share of the colour circle. Colour images alone.
        saturation: largest relative change of the saturation. Colour images alone.
        stain: largest relative change of how much of each H&E stain there is, each on its own; its offset is drawn
            from half that width. Colour images alone.
        kwargs: flips, ``rotate``, ``scale``, ``shift``, ``brightness``, ``contrast``, ``gamma``, ``noise``: see
            :class:`View`.

    Raises:
        ValueError: if one of these is out of its range.
    """

    def __init__(
        self,
        quarter_turns: bool = True,
        crop: int | None = None,
        hue: float = 0.02,
        saturation: float = 0.1,
        stain: float = 0.05,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if crop is not None and (round(crop) != crop or crop < 1):
            raise ValueError(f"crop={crop}: a whole number of pixels, 1 at least, or null")
        for key, value, most in (("hue", hue, 0.5), ("saturation", saturation, 1.0), ("stain", stain, 1.0)):
            if not 0 <= value <= most:
                raise ValueError(f"{key}={value}: between 0 and {most:g}")
        self.quarter_turns = quarter_turns
        self.crop = crop
        self.hue, self.saturation, self.stain = hue, saturation, stain

    def check(self, size: Sequence[int]) -> None:
        """Check that images of this height and width are large enough.

        Raises:
            ValueError: if not.
        """
        if self.crop is not None and self.crop > min(size):
            raise ValueError(f"crop={self.crop}: images have {size[0]} x {size[1]} pixels; lower it or raise data.size")

    def forward(self, images: Tensor) -> Tensor:
        """``(B, C, H, W)`` uint8 images give float32 images in [0, 255], ``(B, C, crop, crop)`` where they are cut.

        Raises:
            ValueError: if an image is smaller than the window.
        """
        # Matrices of places and colours need more digits than autocast's 16 bits have.
        with torch.autocast(images.device.type, enabled=False):
            images = images.float()
            if self.moves or self.quarter_turns or self.crop:
                images = self._move(images)
            if images.shape[1] == 3:
                images = self._colour(images)
            return self.tone(images)

    def _move(self, images: Tensor) -> Tensor:
        n, _, height, width = images.shape
        self.check((height, width))
        crop = (height, width) if self.crop is None else (self.crop, self.crop)
        matrices = self.draw_matrices(images)
        if self.quarter_turns:
            quarters = torch.randint(0, 4 if height == width else 2, (n,), device=images.device)
            angle = quarters * (math.pi / 2 if height == width else math.pi)
            # Rounded, for a turn by 90 degrees to put pixels on pixels.
            cos, sin = angle.cos().round(), angle.sin().round()
            turn = torch.stack([torch.stack([cos, -sin], dim=1), torch.stack([sin, cos], dim=1)], dim=1)
            matrices = torch.cat([turn @ matrices[:, :, :2], matrices[:, :, 2:]], dim=2)
        if self.crop:
            matrices = self._cut(matrices, (height, width))
        grid = F.affine_grid(matrices, [n, 1, *crop], align_corners=False)
        return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)

    def _cut(self, matrices: Tensor, size: tuple[int, int]) -> Tensor:
        """The matrices of a random window of whole pixels in the view."""
        assert self.crop is not None
        sides = torch.tensor([size[1], size[0]], device=matrices.device)  # x comes first
        room = sides - self.crop + 1
        corner = (torch.rand(len(matrices), 2, device=matrices.device) * room).long().clamp(max=room - 1)
        centre = (2 * corner + self.crop) / sides - 1
        linear, offset = matrices[:, :, :2], matrices[:, :, 2:]
        return torch.cat([linear * (self.crop / sides), linear @ centre.unsqueeze(2) + offset], dim=2)

    def _colour(self, images: Tensor) -> Tensor:
        n, device = len(images), images.device
        if self.stain:
            draw = torch.rand(2, n, 3, device=device)
            images = shift_stains(images, 1 + spread(draw[0], self.stain), spread(draw[1], self.stain / 2))
        if self.hue or self.saturation:
            draw = torch.rand(2, n, device=device)
            images = shift_colours(images, spread(draw[0], self.hue), 1 + spread(draw[1], self.saturation))
        return images
