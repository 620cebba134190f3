"""Sharing picks among clusters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alseg.errors import QueryError
from alseg.selection.geometry.allocation import largest_remainder


def share(sizes, total, room=None):
    sizes = np.array(sizes)
    return largest_remainder(sizes, sizes if room is None else np.array(room), total).tolist()


def test_by_hand():
    assert share([50, 30, 20], 10) == [5, 3, 2]
    assert share([41, 33, 26], 10) == [4, 3, 3]  # quotas 4.1, 3.3, 2.6
    assert share([7, 2, 1], 4) == [3, 1, 0]  # quotas 2.8, 0.8, 0.4


def test_equal_remainders_go_to_the_larger_then_to_the_first():
    assert share([30, 10], 2) == [2, 0]  # quotas 1.5, 0.5
    assert share([5, 5, 5], 4) == [2, 1, 1]


def test_what_one_cannot_hold_goes_to_the_next_behind_its_quota():
    assert share([8, 6, 6], 10, room=[2, 6, 6]) == [2, 4, 4]
    with pytest.raises(QueryError, match="5 cannot be shared among clusters with room for 4"):
        share([8, 1, 1], 5, room=[2, 1, 1])


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 1)), min_size=1, max_size=40), st.data())
def test_it_sums_to_the_budget_for_any_sizes(clusters, data):
    sizes = np.array([size for size, _ in clusters])
    room = sizes - np.array([seed for _, seed in clusters])
    total = data.draw(st.integers(0, int(room.sum())))
    shares = largest_remainder(sizes, room, total)
    assert shares.sum() == total
    assert (shares >= 0).all()
    assert (shares <= room).all()
    quotas = total * sizes / sizes.sum()
    if (np.ceil(quotas) <= room).all():
        assert (np.abs(shares - quotas) < 1).all()
        ranked = np.argsort(-sizes, kind="stable")
        assert (np.diff(shares[ranked]) <= 0).all()  # a larger cluster never gets less
