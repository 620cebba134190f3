"""Cache of embeddings and maps on disk, each computed once for all runs that use it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.cache import Arrays, Spec, default_folder, on_disk
from alseg.embeddings.embedding import Embedding

if TYPE_CHECKING:  # openTSNE and scikit-learn take a second to import
    from alseg.embeddings.tsne import TSNE

log = logging.getLogger(__name__)

FORMAT_VERSION = 1
"""Version of the cache; raise it whenever the same input would give other arrays, which invalidates old entries."""

BLOCK = 2**26
"""Bytes hashed at a time: images may be memory-mapped, and larger than memory."""


def embed(embedding: Embedding, images: NDArray[np.uint8], folder: Path | None = None) -> NDArray[np.float32]:
    """Return the features of the images, from the cache or computed into it.

    Args:
        embedding: the extractor.
        images: ``(N, C, H, W)`` uint8.
        folder: the cache; by default ``$ALSEG_CACHE`` or ``~/.cache/alseg``.

    Returns:
        ``(N, D)`` float32, memory-mapped; what is written to it stays in this process.

    Raises:
        DataError: if the cache cannot be written.
    """
    what = f"embedding of {len(images)} images by {embedding.identity['extractor']}"
    key = content_key(images, embedding.identity)
    return _cached(key, what, (len(images), embedding.dimensions), lambda: embedding.extract(images), folder)


def map_2d(features: NDArray[np.float32], tsne: TSNE, seed: int, folder: Path | None = None) -> NDArray[np.float32]:
    """Return the two-dimensional map of the features, from the cache or computed into it.

    Args:
        features: ``(N, D)`` float32.
        tsne: makes the map.
        seed: of the map; equal seeds give equal maps.
        folder: the cache, as for :func:`embed`.

    Returns:
        ``(N, 2)`` float32, memory-mapped.
    """
    what = f"2-D map of {len(features)} images"
    key = content_key(features, tsne.identity | {"seed": seed})
    return _cached(key, what, (len(features), 2), lambda: tsne(features, seed), folder)


def content_key(array: NDArray[Any], identity: dict[str, Any]) -> str:
    """Hash the array together with the description of what is computed from it."""
    parts = {"version": FORMAT_VERSION, "shape": array.shape, "type": str(array.dtype), "of": identity}
    total = blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16)
    rows = max(1, BLOCK // max(1, array[:1].nbytes))
    for start in range(0, len(array), rows):
        total.update(np.ascontiguousarray(array[start : start + rows]).data)
    return total.hexdigest()


def _cached(
    key: str, what: str, shape: tuple[int, int], compute: Callable[[], NDArray[np.float32]], folder: Path | None
) -> NDArray[np.float32]:
    computed = False

    def fill(arrays: Arrays) -> None:
        nonlocal computed
        start = time.perf_counter()
        arrays["array"][:] = compute()
        computed = True
        log.info("%s: computed in %.1f s", what, time.perf_counter() - start)

    where = folder or default_folder()
    advice = "set ALSEG_CACHE to a folder on a larger disk"
    specs = {"array": Spec(shape, np.float32)}
    array: NDArray[np.float32] = np.asarray(on_disk(specs, fill, where, key, f"the {what}", advice)["array"])
    if not computed:
        log.info("%s: found in the cache", what)
    return array
