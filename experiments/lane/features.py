"""Frozen features of the data sets, in few dimensions: the fast lane made faster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import Dataset
from alseg.data.folder import load_folder
from alseg.embeddings.cache import map_2d
from alseg.embeddings.dataset import embed_dataset
from alseg.embeddings.timm_model import TimmModel
from alseg.embeddings.tsne import TSNE
from alseg.simulation.frozen import Frozen
from experiments.controls.dense import dense

COMPONENTS = 128
"""Of the 1,280 features of an image."""
PIXEL_COMPONENTS = 64
"""Of the 176 features of a pixel."""
GRID = 32
"""Pixels along a side of what is segmented."""
SEEN = 128
"""Side of the images that the network looks at, in pixels."""


def tiles(data: Path, name: str, size: int, seen: int) -> Frozen:
    """A data set of classes by the principal components of its standardised features."""
    dataset = load_folder(data / name, size=size, progress=False)
    return Frozen(dataset, components(embedded(dataset, seen), COMPONENTS))


def places(data: Path, name: str, where: dict[str, Any] | None = None) -> tuple[Frozen, NDArray[np.float32]]:
    """A data set of masks by its pixels, and ``(N, 1280)`` features of its images."""
    large, small = (load_folder(data / name, size=size, where=where, progress=False) for size in (SEEN, GRID))
    return Frozen(small, pixels(large.images)), embedded(large, SEEN)


def embedded(dataset: Dataset, size: int) -> NDArray[np.float32]:
    """``(N, 1280)`` features of the packaged network; kept in the cache."""
    return np.asarray(embed_dataset(TimmModel(size=size, accelerator="cpu", progress=False), dataset))


def maps(features: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """``(N, 2)`` map of all images by t-SNE; kept in the cache."""
    return np.asarray(map_2d(features, TSNE(jobs=1), seed))


def components(features: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    """``(N, n)`` first principal components of the standardised features, on their scale: lengths shrink by what is cut off.

    Logistic regression with the penalty of ``learner=probe`` sees nothing but inner products, so that without the cut it
    would be the same.
    """
    spread = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1)
    axes = np.linalg.eigh(scaled.T @ scaled)[1][:, ::-1][:, :n]
    return np.ascontiguousarray(scaled @ axes, dtype=np.float32)


def pixels(images: NDArray[np.uint8]) -> NDArray[np.float16]:
    """``(N, GRID, GRID, 69)``: principal components of the network's maps at a pixel, its place, and products of that."""
    maps = dense(images, GRID)
    some = np.asarray(maps.reshape(-1, maps.shape[-1])[:: max(1, maps[..., 0].size // 50_000)], np.float32)
    axes = np.linalg.eigh(some.T @ some)[1][:, ::-1][:, :PIXEL_COMPONENTS]
    y, x = np.meshgrid(*[np.linspace(-1.7, 1.7, GRID, dtype=np.float32)] * 2, indexing="ij")
    place = np.stack([y, x, y * y - 1, x * x - 1, x * y], axis=-1)
    found = np.empty((*maps.shape[:3], PIXEL_COMPONENTS + place.shape[-1]), np.float16)
    for row, one in enumerate(maps):
        found[row, ..., :PIXEL_COMPONENTS] = np.asarray(one, np.float32) @ axes
        found[row, ..., PIXEL_COMPONENTS:] = place
    return found
