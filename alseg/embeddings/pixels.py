"""Embedding by the pixels of a very small copy of the image."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from alseg.embeddings.embedding import Embedding

BATCH = 256


class Pixels(Embedding):
    """Grey levels in [0, 1] of the image resized to a small square, row by row; colours are averaged.

    Args:
        size: side of the square, in pixels; D is its square.
        volumes: compare images by the mean over all slices of their volume (``data.unit=volume``) or group.
    """

    def __init__(self, size: int = 16, volumes: bool = False) -> None:
        if size < 1:
            raise ValueError(f"size={size}: 1 pixel is the least")
        self.size = size
        self.volumes = volumes

    @property
    def identity(self) -> dict[str, Any]:
        return {"extractor": "pixels", "weights": None, "preprocessing": {"size": self.size}, "pooling": None}

    @property
    def dimensions(self) -> int:
        return self.size**2

    def extract(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        features = np.empty((len(images), self.dimensions), dtype=np.float32)
        for start in range(0, len(images), BATCH):
            grey = torch.from_numpy(np.array(images[start : start + BATCH])).float().mean(dim=1, keepdim=True) / 255
            small = F.interpolate(grey, (self.size, self.size), mode="bilinear", antialias=True, align_corners=False)
            features[start : start + BATCH] = small.flatten(1).numpy()
        return features
