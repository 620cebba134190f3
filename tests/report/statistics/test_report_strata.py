"""Strata of a column, against ones found by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from alseg.report.statistics.strata import is_telling, strata


def column(*cells: str) -> pd.Series:
    return pd.Series(pd.Categorical(cells))


def counts(found, cells) -> dict[str, int]:
    codes = found.codes(cells)
    return {name: int((codes == i).sum()) for i, name in enumerate(found.names)}


def test_values_by_their_frequency_and_what_is_empty_last():
    cells = column("b", "a", "", "b", "c", "", "", "", "a", "b")
    found = strata("x", [cells])
    assert list(counts(found, cells).items()) == [("b", 3), ("a", 2), ("c", 1), ("not stated", 4)]
    assert is_telling(found, len(cells))


def test_few_numbers_are_values_in_their_order():
    cells = column("10", "9", "9", "100")
    assert strata("x", [cells]).names == ("9", "10", "100")


def test_many_numbers_go_by_quarters():
    values = np.random.default_rng(0).permutation(np.arange(1, 101))
    cells = column(*map(str, values))
    found = strata("x", [cells])
    assert found.quarters
    assert found.names == ("up to 25", "above 25, up to 50", "above 50, up to 75", "above 75")
    assert set(counts(found, cells).values()) == {25}
    assert found.codes(cells).tolist() == np.searchsorted([25, 50, 75], values).tolist()
    assert is_telling(found, len(cells))


def test_numbers_most_of_which_are_one():
    """Three quarters are 0: two strata, and nobody is in none."""
    cells = column(*["0"] * 300, *map(str, range(1, 101)))
    found = strata("x", [cells])
    assert counts(found, cells) == {"up to 0": 300, "above 0": 100}


@pytest.mark.parametrize("word", ["none", "nan", "inf", "1_000"])
def test_one_word_makes_it_no_column_of_numbers(word):
    cells = column(*map(str, range(20)), word)
    found = strata("x", [cells])
    assert not found.quarters
    assert found.names[-1] == "10 other values"
    assert not is_telling(found, len(cells))


def test_many_values_are_cut_to_twelve():
    cells = column(*[f"site {i % 5000}" for i in range(10_000)], *["common"] * 50)
    found = strata("x", [cells])
    assert len(found.names) == 12
    assert counts(found, cells)["common"] == 50
    assert counts(found, cells)["4,990 other values"] == 4990 * 2
    assert sum(counts(found, cells).values()) == len(cells)


def test_long_and_odd_values_stay_apart():
    long = "x" * 10_000
    found = strata("x", [column(f"{long}a", f"{long}b", f"{long}b", "a\n\tb", " ", "\u202ecba")])
    assert max(map(len, found.names)) <= 43
    assert len(set(found.names)) == 5
    assert {"a b", "(blank)", "cba"} < set(found.names)


def test_a_column_that_is_the_same_everywhere_tells_nothing():
    assert not is_telling(strata("x", [column("a", "a")]), 2)
    assert is_telling(strata("x", [column("a", "", "", "")]), 4)
    assert not is_telling(strata("x", [column("a", "b", "c")]), 3)  # names of files


def test_values_of_several_tables_have_one_place_each():
    one, two = column("a", "b", "b"), column("c", "b", "a")
    found = strata("x", [one, two])
    assert [found.names[i] for i in found.codes(two)] == ["c", "b", "a"]
    assert [found.names[i] for i in found.codes(one)] == ["a", "b", "b"]
