"""Data sets, loaded from a folder with a manifest into arrays in memory."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.data.dataset import IGNORE, Dataset
    from alseg.data.folder import load_folder
    from alseg.data.phantoms.carotid import phantom_carotid
    from alseg.data.phantoms.histology import phantom_histology
    from alseg.data.pool import PoolDataModule
    from alseg.data.public.load import load_public
    from alseg.data.split import Split, split_by_group
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "IGNORE",
    "Dataset",
    "PoolDataModule",
    "Split",
    "load_folder",
    "load_public",
    "phantom_carotid",
    "phantom_histology",
    "split_by_group",
]
