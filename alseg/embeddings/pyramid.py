"""All feature maps of a frozen network, from fine to coarse, for heads that look at pixels."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from alseg.embeddings.embedding import Embedding
from alseg.errors import reason_of
from alseg.networks.frozen import frozen
from alseg.networks.weights import Source, input_statistics


class Pyramid(Embedding):
    """The maps of every stage of a timm network, one after another in a row of numbers; images keep their size.

    An image of 64 x 64 pixels takes 56 KB in the cache with EfficientNet-lite0, and four times that with each doubling.

    Args:
        model: a timm model name; it must have maps of several strides.
        weights, weights_path: see :class:`TimmModel`.
        size: height and width of the images.
        batch_size: images at a time.
        progress: show a progress bar if stderr is a terminal.

    Raises:
        ValueError: if model, weights and size do not exist or do not fit together.
    """

    def __init__(
        self,
        size: tuple[int, int],
        model: str = "tf_efficientnet_lite0",
        weights: Source = "packaged",
        weights_path: str | Path | None = None,
        batch_size: int = 32,
        progress: bool = True,
    ) -> None:
        self.model, self.size, self.batch_size, self.progress = model, size, batch_size, progress
        self.mean, self.std = input_statistics(model, 3, key="encoder")
        self._frozen = frozen(model, weights, weights_path, size, {"features_only": True}, "encoder")
        try:
            found = self._maps(np.zeros((1, 3, *size), dtype=np.uint8))
        except (RuntimeError, ValueError, AssertionError) as error:
            raise ValueError(
                f"encoder={model}: it does not suit images of {list(size)}: {reason_of(error, 200)}"
            ) from error
        self.shapes = [cast(tuple[int, int, int], tuple(one.shape[1:])) for one in found]
        """Channels, height and width of each map."""

    @property
    def identity(self) -> dict[str, Any]:
        return {
            "extractor": f"the maps of timm {self.model}",
            "weights": self._frozen.digest,
            "preprocessing": {"mean": self.mean.flatten().tolist(), "std": self.std.flatten().tolist()},
            "pooling": None,
        }

    @property
    def dimensions(self) -> int:
        return sum(map(prod, self.shapes))

    @property
    def channels(self) -> int:
        """Number of features of a pixel: those of all maps, and its place."""
        return sum(shape[0] for shape in self.shapes) + 2

    def extract(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        features = np.empty((len(images), self.dimensions), dtype=np.float32)
        for start in range(0, len(images), self.batch_size):
            rows = slice(start, start + self.batch_size)
            features[rows] = torch.cat([one.flatten(1) for one in self._maps(images[rows])], dim=1).numpy()
        return features

    def maps(self, features: Tensor) -> list[Tensor]:
        """Maps ``(B, C, h, w)`` of each stage out of features ``(B, D)``."""
        parts = torch.split(features, [prod(shape) for shape in self.shapes], dim=1)
        return [part.reshape(len(features), *shape) for part, shape in zip(parts, self.shapes)]

    def at(self, features: Tensor, pixels: Tensor) -> Tensor:
        """Features ``(B, n, channels)`` of pixels ``(B, n)`` that count row by row: maps interpolated bilinearly, and place."""
        place = self.place(features.device).flatten(1).T[pixels]
        grid = place.flip(2).unsqueeze(1)  # x before y
        found = [
            F.grid_sample(one, grid, mode="bilinear", padding_mode="border", align_corners=False).squeeze(2).mT
            for one in self.maps(features)
        ]
        return torch.cat([*found, place], dim=2)

    def place(self, device: torch.device) -> Tensor:
        """``(2, H, W)`` y and x of the middle of each pixel, from -1 to 1 across the image."""
        y, x = ((2 * torch.arange(side, device=device) + 1) / side - 1 for side in self.size)
        return torch.stack(torch.meshgrid(y, x, indexing="ij"))

    @property
    def network(self) -> nn.Module:
        """The frozen network."""
        return self._frozen.network

    def features(self, images: Tensor) -> Tensor:
        """``(B, D)`` float32 features of uint8 images ``(B, C, H, W)``, for whoever exports the network."""
        maps: Sequence[Tensor] = self.network((images.float() / 255 - self.mean) / self.std)
        return torch.cat([one.flatten(1) for one in maps], dim=1)

    @torch.inference_mode()
    def _maps(self, images: NDArray[np.uint8]) -> Sequence[Tensor]:
        batch = (torch.from_numpy(np.array(images)).float() / 255 - self.mean) / self.std
        maps: Sequence[Tensor] = self.network.cpu()(batch.contiguous(memory_format=torch.channels_last))
        return maps
