"""Changes of the colours of a batch of images: hue, saturation, and amounts of stain."""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor

YIQ = ((0.299, 0.587, 0.114), (0.596, -0.274, -0.322), (0.211, -0.523, 0.312))
"""Luma and the two chroma axes of NTSC television, of red, green and blue."""

STAINS = ((0.65, 0.70, 0.29), (0.07, 0.99, 0.11), (0.27, 0.57, 0.78))
"""Optical density of haematoxylin, eosin and diaminobenzidine in red, green and blue.

Source: Ruifrok and Johnston, "Quantification of histochemical staining by color deconvolution", Anal. Quant. Cytol.
Histol. 23, 2001. Sections stained with H&E alone have the third stain's share too: it takes up what is left.
"""


def shift_colours(images: Tensor, hue: Tensor, saturation: Tensor) -> Tensor:
    """Turn the hue and scale the saturation at equal luma.

    Args:
        images: ``(B, 3, H, W)`` in [0, 255].
        hue: ``(B,)`` turns of the colour circle: 0.5 makes the complement.
        saturation: ``(B,)`` factor; 0 makes grey.
    """
    to, back = _matrices(images.device)[:2]
    cos, sin = saturation * (2 * math.pi * hue).cos(), saturation * (2 * math.pi * hue).sin()
    turn = torch.zeros(len(images), 3, 3, device=images.device)
    turn[:, 0, 0] = 1
    turn[:, 1, 1], turn[:, 1, 2] = cos, -sin
    turn[:, 2, 1], turn[:, 2, 2] = sin, cos
    return torch.einsum("bij,bjhw->bihw", back @ turn @ to, images).clamp(0, 255)


def shift_stains(images: Tensor, factor: Tensor, offset: Tensor) -> Tensor:
    """Change how much of each stain there is.

    Source: Tellez et al., "Whole-slide mitosis detection in H&E breast histology using PHH3 as a reference", IEEE
    Trans. Med. Imaging 37, 2018.

    Args:
        images: ``(B, 3, H, W)`` in [0, 255].
        factor: ``(B, 3)`` of haematoxylin, eosin and the rest.
        offset: ``(B, 3)``, likewise; 1 is the amount at which the light falls to a tenth along the stain's direction.
    """
    unmix, mix = _matrices(images.device)[2:]
    density = -((images + 1) / 256).log10()
    stains = torch.einsum("ij,bjhw->bihw", unmix, density)
    stains = stains * factor[..., None, None] + offset[..., None, None]
    density = torch.einsum("ij,bjhw->bihw", mix, stains)
    return (256 * 10 ** (-density) - 1).clamp(0, 255)


@cache
def _matrices(device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Matrices from RGB to YIQ and back, from optical density to stains and back."""
    to = torch.tensor(YIQ, dtype=torch.float64)
    mix = torch.tensor(STAINS, dtype=torch.float64).T
    mix = mix / mix.norm(dim=0)
    pairs = (to, to.inverse(), mix.inverse(), mix)
    first, second, third, fourth = (matrix.float().to(device) for matrix in pairs)
    return first, second, third, fourth
