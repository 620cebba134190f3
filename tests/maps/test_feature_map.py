from dataclasses import replace

import numpy as np
import pytest

from alseg.errors import DataError
from alseg.maps.feature_map import Round
from tests.helpers.small_map import make_map


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ids": ("a",) * 60}, "unique"),
        ({"groups": ("a",)}, "1 groups for 60 ids"),
        ({"clusters": np.zeros(3, int)}, "3 clusters for 60 ids"),
        ({"xy": np.full((60, 2), np.nan)}, "finite"),
        ({"xy": np.zeros((60, 3))}, "two-dimensional"),
        ({"rounds": (Round(2, "random", ("stranger",), ("",)),)}, "'stranger' was picked in round 2"),
        ({"rounds": (Round(0, "random", ("image_000",), ()),)}, "0 reasons for 1 picks"),
    ],
    ids=["ids", "groups", "clusters", "nan", "three dimensions", "stranger", "reasons"],
)
def test_what_does_not_fit_together_is_refused(change, said):
    with pytest.raises(DataError, match=said):
        replace(make_map(), **change)
