"""The embedding of a data set, as strategies compare images by it and maps are drawn from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import Dataset
from alseg.embeddings.cache import embed
from alseg.embeddings.embedding import Embedding, group_means


def embed_dataset(embedding: Embedding, dataset: Dataset) -> NDArray[np.float32]:
    """``(N, D)`` float32 features of all images, from the cache or computed into it; slices of a volume alike, if so configured.

    Raises:
        DataError: if the cache cannot be written.
    """
    features = embed(embedding, dataset.images).astype(np.float32)
    return group_means(features, dataset.volumes or dataset.groups) if embedding.volumes else features
