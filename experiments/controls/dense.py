"""Frozen features of every place in an image: the packaged network's maps, from fine to coarse, one on another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from alseg.data.cache import Arrays, Spec, default_folder, on_disk
from alseg.embeddings.cache import content_key
from alseg.networks.weights import input_statistics, timm_options

MODEL = "tf_efficientnet_lite0"
LEVELS = (1, 2, 3)
"""Of the network's maps: strides of 4, 8 and 16 pixels."""
BATCH = 32


def dense(images: NDArray[np.uint8], grid: int, folder: Path | None = None) -> NDArray[np.float16]:
    """``(N, grid, grid, D)``, each of the D features with mean 0 and deviation 1 over all places; kept in the cache.

    Args:
        images: ``(N, C, H, W)``, of 1 or 3 channels.
        grid: places along a side; finer maps are averaged, coarser ones interpolated.
        folder: the cache; by default ``$ALSEG_CACHE`` or ``~/.cache/alseg``.
    """
    options = timm_options(MODEL, "packaged", None, key="model")
    network = timm.create_model(MODEL, features_only=True, out_indices=LEVELS, **options).eval().requires_grad_(False)
    mean, std = input_statistics(MODEL, 3, key="model")
    channels = sum(network.feature_info.channels())

    def fill(arrays: Arrays) -> None:
        for start in range(0, len(images), BATCH):
            batch = (torch.from_numpy(images[start : start + BATCH]).float() / 255 - mean) / std
            with torch.inference_mode():
                maps = [_on_grid(one, grid) for one in network(batch)]
            arrays["dense"][start : start + BATCH] = torch.cat(maps, dim=1).movedim(1, -1).half().numpy()
        every = arrays["dense"].reshape(-1, channels)
        centre = every.mean(axis=0, dtype=np.float64).astype(np.float32)
        spread = np.maximum(every.std(axis=0, dtype=np.float64).astype(np.float32), 1e-6)
        for start in range(0, len(images), BATCH):
            block = arrays["dense"][start : start + BATCH]
            block[:] = (block.astype(np.float32) - centre) / spread

    key = content_key(images, {"dense": MODEL, "levels": LEVELS, "grid": grid})
    spec = Spec((len(images), grid, grid, channels), np.float16)
    found: NDArray[np.float16] = on_disk({"dense": spec}, fill, folder or default_folder(), key)["dense"]
    return found


def _on_grid(maps: torch.Tensor, grid: int) -> torch.Tensor:
    if maps.shape[-1] > grid:
        return F.adaptive_avg_pool2d(maps, grid)
    return F.interpolate(maps, (grid, grid), mode="bilinear", align_corners=False)
