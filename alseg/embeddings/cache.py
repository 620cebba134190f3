"""Cache of embeddings and maps on disk, each computed once for all runs that use it."""

from __future__ import annotations

import json
import logging
import mmap
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.cache import Arrays, Spec, default_folder, on_disk
from alseg.embeddings.embedding import Embedding
from alseg.errors import DataError
from alseg.terminal import duration, shown

if TYPE_CHECKING:  # openTSNE and scikit-learn take a second to import
    from alseg.embeddings.tsne import TSNE

log = logging.getLogger(__name__)

FORMAT_VERSION = 2
"""Version of the cache; raise it whenever the same input would give other arrays, which invalidates old entries."""

BLOCK = 2**26
"""Bytes hashed at a time: images may be memory-mapped, and larger than memory."""

ROWS = 256
"""Images whose features are held at a time, and lost where a process is killed."""

LONG = 30.0
"""Seconds of an embedding from which on they are said beforehand: a bar is for terminals alone."""

Half = NDArray[np.float16]


def embed(embedding: Embedding, images: NDArray[np.uint8], folder: Path | None = None) -> Half:
    """Return the features of the images, from the cache or computed into it, block by block.

    A process that is killed leaves the blocks that it has finished to the next one.

    Args:
        embedding: the extractor.
        images: ``(N, C, H, W)`` uint8.
        folder: the cache; by default ``$ALSEG_CACHE`` or ``~/.cache/alseg``.

    Returns:
        ``(N, D)`` float16, memory-mapped; what is written to it stays in this process.

    Raises:
        DataError: if the cache cannot be written, or a feature is beyond the range of float16.
    """
    n, name = len(images), embedding.identity["extractor"]
    starts = range(0, n, ROWS)
    specs = {"array": Spec((n, embedding.dimensions), np.float16), "finished": Spec((len(starts),), np.bool_)}

    def fill(arrays: Arrays) -> None:
        array, finished = arrays["array"], arrays["finished"]
        start, missing, done = time.perf_counter(), int((~finished).sum()), 0
        for block, first in shown([*enumerate(starts)], len(starts), f"Embedding {n} images", embedding.progress):
            if finished[block]:
                continue
            rows = slice(first, first + ROWS)
            with np.errstate(over="ignore"):
                array[rows] = embedding.extract(images[rows])
            if not np.isfinite(array[rows]).all():
                row = first + int(np.flatnonzero(~np.isfinite(array[rows]).all(axis=1))[0])
                raise DataError(f"the features of image {row} by {name} are not finite, or beyond 65,504")
            _written(array)
            finished[block] = True
            _written(finished)
            done += 1
            left = (missing - done) * (time.perf_counter() - start)
            if done == 1 and left > LONG:
                log.info("%s: about %s to go", what, duration(left))

    what = f"embedding of {n} images by {name}"
    return _cached(content_key(images, embedding.identity), what, specs, fill, folder, resumable=True)


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
    specs = {"array": Spec((len(features), 2), np.float32)}

    def fill(arrays: Arrays) -> None:
        arrays["array"][:] = tsne(features, seed)

    key = content_key(features, tsne.identity | {"seed": seed})
    return _cached(key, f"2-D map of {len(features)} images", specs, fill, folder)


def content_key(array: NDArray[Any], identity: dict[str, Any]) -> str:
    """Hash the array together with the description of what is computed from it."""
    parts = {"version": FORMAT_VERSION, "shape": array.shape, "type": str(array.dtype), "of": identity}
    total = blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16)
    rows = max(1, BLOCK // max(1, array[:1].nbytes))
    for start in range(0, len(array), rows):
        total.update(np.ascontiguousarray(array[start : start + rows]).data)
    return total.hexdigest()


def _cached(
    key: str,
    what: str,
    specs: dict[str, Spec],
    fill: Callable[[Arrays], None],
    folder: Path | None,
    *,
    resumable: bool = False,
) -> NDArray[Any]:
    computed = False

    def timed(arrays: Arrays) -> None:
        nonlocal computed
        start = time.perf_counter()
        fill(arrays)
        computed = True
        log.info("%s: computed in %.1f s", what, time.perf_counter() - start)

    advice = "set ALSEG_CACHE to a folder on a larger disk"
    arrays = on_disk(specs, timed, folder or default_folder(), key, f"the {what}", advice, resumable=resumable)
    if not computed:
        log.info("%s: found in the cache", what)
    return np.asarray(arrays["array"])


def _written(array: NDArray[Any]) -> None:
    """Write what is new to the disk, and let its pages go: the memory of a process would grow with its file."""
    assert isinstance(array, np.memmap)
    array.flush()
    pages = array._mmap  # type: ignore[attr-defined]
    if hasattr(pages, "madvise"):
        pages.madvise(mmap.MADV_DONTNEED)
