from dataclasses import replace

import numpy as np
import pytest

from alseg.errors import ConfigError, DataError
from alseg.maps.feature_map import Round
from tests.helpers.small_map import make_map


def test_a_colour_that_is_no_column_names_those_that_there_are():
    columns = {"site": ["a"] * 60, "age": ["1"] * 60}
    assert replace(make_map(), metadata=columns, colour="site").colour == "site"
    with pytest.raises(
        ConfigError, match="colour=stain: the manifest has no such column of metadata; there are site, age"
    ):
        replace(make_map(), metadata=columns, colour="stain")
    with pytest.raises(ConfigError, match="there are none"):
        replace(make_map(), colour="stain")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ids": ("a",) * 60}, "unique"),
        ({"groups": ("a",)}, "1 groups for 60 ids"),
        ({"clusters": np.zeros(3, int)}, "3 clusters for 60 ids"),
        ({"metadata": {"site": ["a"]}}, "1 values of site for 60 ids"),
        ({"xy": np.full((60, 2), np.nan)}, "finite"),
        ({"xy": np.zeros((60, 3))}, "two-dimensional"),
        ({"rounds": (Round(2, "random", ("stranger",), ("",)),)}, "'stranger' was picked in round 2"),
        ({"rounds": (Round(0, "random", ("image_000",), ()),)}, "0 reasons for 1 picks"),
    ],
    ids=["ids", "groups", "clusters", "metadata", "nan", "three dimensions", "stranger", "reasons"],
)
def test_what_does_not_fit_together_is_refused(change, said):
    with pytest.raises(DataError, match=said):
        replace(make_map(), **change)
