"""The fit, its curvature and the trigger."""

import math

import numpy as np
import pytest

from alseg.learners.refinement.saturation import Saturation, has_bent


def curve(a: float, b: float, c: float, n: int) -> list[float]:
    return [a * (1 - math.exp(-(x**b) / c)) for x in range(1, n + 1)]


@pytest.mark.parametrize(("a", "b", "c"), [(80, 1, 5), (92, 0.7, 3), (60, 1.5, 20)])
def test_the_fit_finds_the_curve_again(a, b, c):
    found = Saturation.fit(curve(a, b, c, 25))
    assert found is not None
    assert (found.a, found.b, found.c) == pytest.approx((a, b, c), rel=1e-3)


@pytest.mark.parametrize("x", [1.0, 3.0, 12.0])
@pytest.mark.parametrize(("a", "b", "c"), [(80, 1, 5), (92, 0.7, 3), (60, 1.5, 20)])
def test_the_curvature_is_the_second_derivative(a, b, c, x):
    def h(t):
        return a * (1 - math.exp(-(t**b) / c))

    step = 1e-3
    numeric = (h(x + step) - 2 * h(x) + h(x - step)) / step**2
    assert Saturation(a, b, c).curvature(x) == pytest.approx(numeric, rel=1e-3, abs=1e-4)


def test_by_hand():
    # b = 1: h'' = -(a / c^2) exp(-x / c)
    assert Saturation(80, 1, 5).curvature(10) == pytest.approx(-80 / 25 * math.exp(-2))


def test_the_trigger_fires_where_the_curvature_falls_below_the_threshold():
    values = curve(80, 1, 5, 40)
    first = next(n for n in range(3, 41) if has_bent(values[:n]))
    # 80 / 25 exp(-x / 5) < 0.05 from x = 5 ln 64 = 20.8 on
    assert first == 21


def test_fractions_instead_of_percent_would_fire_at_once():
    """The fault of the released code: its bounds and threshold are for percent, its mIoU is a fraction."""
    values = curve(80, 1, 5, 12)
    assert not has_bent(values)
    assert has_bent([v / 100 for v in values])


def test_not_before_the_first_fit_and_not_on_a_rising_line():
    assert not has_bent([50.0, 50.0])
    assert not has_bent(list(np.linspace(5, 60, 8) ** 2 / 60))


def test_a_flat_curve_has_bent():
    assert has_bent([70.0, 70.1, 70.0, 70.1, 70.0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values", [[100.0] * 60, [0.0] * 60, [0.0] * 55 + [100.0] * 5], ids=["all", "nothing", "a late step"]
)
def test_curves_that_fit_best_with_extreme_parameters(values):
    assert isinstance(has_bent(values), bool)


def test_the_curvature_of_a_step_is_0_beside_it():
    assert Saturation(90, 400, 5).curvature(60) == 0  # 60^400 is no float
    # z = 5^400 / 30^200 = (5/6)^200 = 1.5e-16, so that a b (b - 1) z / x^2 is all that is left
    assert Saturation(90, 400, 30.0**200).curvature(5) == pytest.approx(90 * 400 * 399 / 25 * (5 / 6) ** 200, rel=1e-9)


@pytest.mark.parametrize("values", [[-1.0, 2.0, 3.0], [50.0, 101.0, 60.0], [float("nan")] * 3])
def test_what_is_no_percentage_is_an_error(values):
    with pytest.raises(ValueError, match="percent"):
        has_bent(values)
