"""The numbers of experiments/spread on numbers made up for it: settings apart, and corrected over all that was registered."""

from itertools import product

import pandas as pd
import pytest

from alseg.composition.compose import compose
from experiments.spread import analyse


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """`cluster_fps` is ahead by 0.1 from scratch and level from ImageNet weights, and spreads a tenth as far."""
    lines = []
    for weights, n, seed, method in product(
        ("from scratch", "ImageNet"), (5, 10), range(10), ("random", "cluster_fps")
    ):
        clusters = method == "cluster_fps"
        ahead = 0.1 * (clusters and weights == "from scratch")
        spread = 0.001 * seed if clusters else 0.01 * seed
        value = 0.5 + ahead + spread - (0.0045 if clusters else 0.045)
        lines.append(("cardiac", weights, method, seed, n, value, 100 * value))
    return pd.DataFrame(lines, columns=["data", "weights", "method", "seed", "n_labelled", "test/dice", "test/hd_px"])


def test_means_are_compared_setting_by_setting(rows):
    table = analyse.means(rows)
    column = next(name for name in table if name.startswith("difference"))
    found = {(line["data"], line["labels"]): float(line[column].split()[0]) for line in table.to_dict("records")}
    assert found == {
        ("cardiac, from scratch", "5"): 0.1,
        ("cardiac, from scratch", "10"): 0.1,
        ("cardiac, ImageNet", "5"): 0.0,
        ("cardiac, ImageNet", "10"): 0.0,
    }


def test_spreads_are_corrected_over_twelve(rows):
    table = analyse.spreads(rows)
    assert table["SD"].tolist() == ["0.003"] * 4
    assert table["SD of control"].tolist() == ["0.030"] * 4
    assert table["p (Holm)"].tolist() == pytest.approx([12 * table["p"][0]] * 4, abs=12 * 5e-5)
    assert set(table["p"]) == {table["p"][0]}


def test_the_worst_decile_of_distances_is_the_longest(rows):
    table = analyse.TABLES["hd"](rows).set_index(["data", "labels", "cold start"])
    assert table.loc[("cardiac, ImageNet", 5, "random"), "worst decile"] == "54.5"


def test_a_run_of_the_sweep_is_told_by_data_weights_and_cold_start():
    config = compose(
        ["experiment=spread_sweep", "data=phantom_carotid", "cold_start=cluster_fps", "learner.weights=none"]
    )
    told = {"data": "phantom_carotid", "weights": "from scratch", "method": "cluster_fps"}
    assert analyse.describe(config) == told
