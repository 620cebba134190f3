from __future__ import annotations

import math

import numpy as np
import pytest

from alseg.report.figures.critical_difference import ranks_figure
from alseg.report.sections.ranks import ranks_note
from alseg.report.statistics.ranks import critical_difference, rank


@pytest.mark.parametrize(("k", "q"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)])
def test_critical_values_of_demsar(k, q):
    """Table 5 of Demšar, JMLR 7, 2006; with N = k (k + 1) / 6 data sets the root is 1."""
    assert critical_difference(k, 1) / math.sqrt(k * (k + 1) / 6) == pytest.approx(q, abs=1e-3)


def test_four_data_sets_that_agree_by_hand():
    # rank sums 4, 8, 12: χ² = 12 / (4·3·4) · (16 + 64 + 144) - 3·4·4 = 8, and with 2 degrees of freedom p = exp(-8 / 2)
    found = rank([{"worst": 0.1, "best": 0.9, "mid": 0.5}] * 4)
    assert found is not None
    assert found.labels == ("best", "mid", "worst")
    assert found.means.tolist() == [1.0, 2.0, 3.0]
    assert found.p == pytest.approx(math.exp(-4))
    assert found.difference == pytest.approx(2.3437 * math.sqrt(12 / 24), abs=1e-3)
    assert found.groups == [(0, 1), (1, 2)]  # 1.66: neighbours do not differ, the outer ones do


def test_lower_is_better_for_a_distance():
    found = rank([{"far": 9.0, "near": 2.0, "mid": 5.0}] * 3, lower=True)
    assert found is not None
    assert found.labels == ("near", "mid", "far")


def test_ties_share_their_ranks():
    found = rank([{"a": 0.5, "b": 0.5, "c": 0.1}] * 3)
    assert found is not None
    assert dict(zip(found.labels, found.means.tolist())) == {"a": 1.5, "b": 1.5, "c": 3.0}
    equal = rank([{"a": 0.5, "b": 0.5, "c": 0.5}] * 3)
    assert equal is not None
    assert (equal.p, equal.groups) == (1.0, [(0, 2)])


def test_only_what_is_on_every_data_set_is_ranked_and_the_rest_named():
    values = {"a": 0.1, "b": 0.2, "c": 0.3}
    found = rank([values | {"d": 0.4}, values, values | {"e": math.nan}])
    assert found is not None
    assert (set(found.labels), found.missing) == ({"a", "b", "c"}, ("d",))
    assert "not ranked: d." in ranks_note(found)


def test_too_little_to_rank():
    assert rank([{"a": 0.1, "b": 0.2, "c": 0.3}] * 2) is None
    assert rank([{"a": 0.1, "b": 0.2}] * 5) is None
    assert rank([]) is None


def test_the_picture_has_every_condition_at_its_rank_and_a_bar_per_group():
    found = rank([{"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4}] * 5)
    assert found is not None
    ax = ranks_figure(found, "test/dice").axes[0]
    texts = [text.get_text() for text in ax.texts]
    assert {"d  1.00", "c  2.00", "3.00  b", "4.00  a"} <= set(texts)
    stems = sorted({float(line.get_xdata()[0]) for line in ax.lines if len(line.get_xdata()) == 3})
    assert stems == [1, 2, 3, 4]
    bars = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 3.0]
    assert [(round(a), round(b)) for a, b in bars] == [(first + 1, last + 1) for first, last in found.groups]
    assert np.ptp(ax.lines[5].get_xdata()) == pytest.approx(found.difference)
