"""Simulated campaigns with an audit: what they call true, and that the estimate is on average that."""

import numpy as np
import pandas as pd
import pytest

from alseg.acquisition.margin import Margin
from alseg.metrics.contributions import metric_of, of_classes
from alseg.selection.top import Top
from alseg.simulation.setting import Setting
from alseg.strategy import Strategy
from experiments.audit.campaigns import campaigns, mixed
from experiments.controls.settings import gaussians

pytestmark = pytest.mark.slow
MARGIN = Strategy("margin", Top(), Margin())


@pytest.fixture(scope="module")
def rows():
    points = gaussians(classes=4, distance=2.0, seed=0, n=240)
    setting = Setting("points", points, initial=12, query=20, rounds=4, inverse_penalty=1.0, standardised=False)
    redraws = []
    return pd.DataFrame(campaigns(setting, MARGIN, range(16), 0.5, redraws=redraws)), pd.DataFrame(redraws)


def test_the_estimate_is_on_average_the_truth_and_the_mean_of_all_answers_is_not(rows):
    table, _ = rows
    assert len(table) == 16 * 3
    off = table["accuracy/now/value"] - table["accuracy/now/true"]
    naive = table["accuracy/naive"] - table["accuracy/now/true"]
    assert abs(off.mean()) < 3 * off.std() / np.sqrt(len(off))
    assert naive.mean() < -3 * naive.std() / np.sqrt(len(naive))
    held = (table["accuracy/running/low"] <= table["accuracy/running/true"]) & (
        table["accuracy/running/true"] <= table["accuracy/running/high"]
    )
    assert held.mean() > 0.85


def test_more_drawn_units_make_it_narrower(rows):
    width = rows[1][rows[1]["metric"] == "accuracy"].groupby("drawn")["width"].mean()
    assert width.is_monotonic_decreasing
    assert [*width.index] == [5, 10, 20, 40, 80]


def test_pools_are_mixed_by_their_weights():
    each = [of_classes(np.array(p), np.zeros(len(p), dtype=int), 2)["accuracy"] for p in ([0, 1], [0, 0, 0, 1])]
    assert mixed(each, [1, 3]) == pytest.approx((0.5 + 3 * 0.75) / 4)
    assert mixed(each[:1], [5]) == metric_of(each[0])
