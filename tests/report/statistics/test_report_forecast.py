"""Forecasts of learning curves: what is fitted, when it refuses, and what is said of it."""

import math

import numpy as np
import pandas as pd
import pytest

from alseg.report.statistics.forecast import Forecast, forecast
from alseg.report.statistics.outlook import outlook

LABELS = [25 * i for i in range(1, 9)]


def law(n, a=0.9, b=2.0, c=0.7):
    return a - b * np.asarray(n, float) ** -c


def noisy(seed, spread=0.01, labels=LABELS):
    return law(labels) + spread * np.random.default_rng(seed).normal(size=len(labels))


def test_a_curve_without_noise_is_found_again():
    found = forecast(LABELS, law(LABELS))
    assert found.asymptote.median == pytest.approx(0.9, abs=0.003)
    assert found.at(800).median == pytest.approx(law(800), abs=0.002)
    assert found.needed(0.88).median == pytest.approx((2.0 / 0.02) ** (1 / 0.7), rel=0.05)


def test_a_metric_that_falls_is_the_mirror_image():
    up, down = forecast(LABELS, noisy(1), bound=None), forecast(LABELS, -noisy(1), lower=True, bound=None)
    assert -1.1 < down.asymptote.median < -0.8
    np.testing.assert_array_equal(down.a, up.a)
    assert down.needed(-0.8).median == up.needed(0.8).median


def test_nothing_ends_beyond_the_best_possible_value():
    found = forecast(LABELS, noisy(2, 0.03), bound=0.92)
    assert found.a.max() <= 0.92
    assert (found.b > 0).all()


@pytest.mark.slow
def test_the_interval_of_what_will_be_measured_holds_it():
    held = []
    for seed in range(25):
        values = noisy(seed)
        found = forecast(LABELS[:5], values[:5])
        if isinstance(found, Forecast):
            ahead = found.at(LABELS[7], measured=True)
            held.append(ahead.low <= values[7] <= ahead.high)
    assert len(held) > 18
    assert np.mean(held) > 0.8


def test_labels_have_no_end_where_the_curve_may_end_below():
    found = forecast(LABELS, noisy(3))
    assert found.needed(0.97).high == math.inf
    assert found.needed(0.999).median == math.inf
    assert found.reached(0.999) < 0.5 < found.reached(0.8)


@pytest.mark.parametrize(
    ("labels", "values", "reason"),
    [
        ([10, 20, 30], [0.5, 0.6, 0.65], "3 points; it takes 4"),
        ([10, 20, 30, 30], [0.5, 0.6, 0.65, 0.66], "3 points; it takes 4"),
        ([10, 20, 30, 40], [0.5, 0.6, math.nan, 0.7], "3 points; it takes 4"),
        ([10, 20, 30, 40], [0.7, 0.6, 0.65, 0.5], "does not rise"),
        ([10, 20, 30, 40], [0.5, 0.6, 0.7, 0.8], "does not bend yet"),
        ([10, 20, 30, 40], [0.5, 0.52, 0.58, 0.7], "does not bend yet"),
        ([], [], "0 points"),
    ],
)
def test_it_refuses_and_says_why(labels, values, reason):
    assert reason in forecast(labels, values)


def test_points_weigh_as_they_are_told():
    off = law(LABELS)
    off[3] += 0.2
    found = forecast(LABELS, off, weights=[1, 1, 1, 1e-9, 1, 1, 1, 1])
    assert found.at(800).median == pytest.approx(law(800), abs=0.005)


def table(values, labels=LABELS, column="test/dice", **more):
    return pd.DataFrame(
        {"round": range(len(values)), "n_labelled": labels, "cost": [30.0 * n for n in labels], column: values, **more}
    )


def test_hours_are_those_still_to_come():
    found = outlook([table(law(LABELS))], "dice", 0.88)
    assert found.seconds == 30
    assert found.hours.median == pytest.approx((found.needed.median - 200) * 30 / 3600)
    words = found.sentence()
    assert words.startswith("Forecast of test/dice: it tends to 0.")
    assert f"0.88 takes {found.needed.median:,.0f} (" in words
    assert "hours more at 30 s each" in words
    assert "0.8 is reached" in outlook([table(law(LABELS))], "dice", 0.8).sentence()
    assert "0.99 is not likely to be reached (probability 0" in outlook([table(noisy(3))], "dice", 0.99).sentence()


def test_without_a_test_set_it_goes_by_the_pool_as_it_was():
    labels = [math.nan, *LABELS[:-1]]
    name = "audit/as_it_was/dice"
    some = table([math.nan, *law(LABELS[:-1])], column=name)
    some = some.assign(**{"audit/labels": labels, f"{name}_low": some[name] - 0.1, f"{name}_high": some[name] + 0.1})
    found = outlook([some], "dice")
    assert found.column == name
    np.testing.assert_allclose(found.found.points, list(zip(LABELS[:-1], law(LABELS[:-1]))))
    assert outlook([some.drop(columns=name)], "dice") is None


def test_seeds_are_averaged():
    two = [table(noisy(seed)) for seed in (0, 1)]
    mean = (two[0]["test/dice"] + two[1]["test/dice"]) / 2
    assert outlook(two, "dice").found.points == outlook([table(mean)], "dice").found.points
