"""The features of the data set at hand, kept between the rounds of a run."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.embeddings.cache import Half, embed
from alseg.embeddings.embedding import Embedding

_last: list[tuple[weakref.ref[NDArray[np.uint8]], dict[str, Any], Half]] = []


def held(embedding: Embedding, images: NDArray[np.uint8]) -> Half:
    """Return the features of images as :func:`embed` does; where the same array is asked about again, without hashing it.

    Args:
        embedding: the extractor.
        images: ``(N, C, H, W)`` uint8, which nobody may write to between two calls.

    Returns:
        ``(N, D)`` float16, memory-mapped.
    """
    for array, identity, features in _last:
        if array() is images and identity == embedding.identity:
            return features
    features = embed(embedding, images)
    _last[:] = [(weakref.ref(images), embedding.identity, features)]
    return features
