"""Maps of a data set in two dimensions, with neighbours, picks and their reasons. Run folders or data sets in, a page out."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.maps.feature_map import FeatureMap
    from alseg.maps.from_data import map_of_data
    from alseg.maps.from_run import map_of_run
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "FeatureMap",
    "map_of_data",
    "map_of_run",
]
