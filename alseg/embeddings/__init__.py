"""Frozen feature extractors, their two-dimensional map, and the cache that makes each of them once per data set."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.embeddings.cache import embed, map_2d
    from alseg.embeddings.dataset import embed_dataset
    from alseg.embeddings.embedding import Embedding
    from alseg.embeddings.pixels import Pixels
    from alseg.embeddings.timm_model import TimmModel
    from alseg.embeddings.tsne import TSNE
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "TSNE",
    "Embedding",
    "Pixels",
    "TimmModel",
    "embed",
    "embed_dataset",
    "map_2d",
]
