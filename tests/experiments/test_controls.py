"""Positive controls in short, their verdicts, and the page that they make."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from alseg.acquisition.margin import Margin
from alseg.prediction import Prediction
from alseg.selection.candidates import Candidates
from alseg.simulation.blocks import simulated
from alseg.simulation.setting import Setting
from experiments.controls import page
from experiments.controls.__main__ import main
from experiments.controls.claims import Claim, claims, judged, table, values
from experiments.controls.dense import dense
from experiments.controls.flipped import Flipped
from experiments.controls.oracle import OracleByParts
from experiments.controls.run import COLUMNS, LEARNERS
from experiments.controls.settings import PLAIN, SETTINGS, duplicates, gaussians, hopeless, permuted, strategy


def rows_of(setting: Setting, names, seeds: int, folder) -> pd.DataFrame:
    return simulated(setting, {name: strategy(name, setting) for name in names}, range(seeds), folder)


def verdicts(rows: pd.DataFrame, *expected: tuple[str, str]) -> list[bool]:
    """Whether each strategy came out as expected against random, by accuracy."""
    of = [Claim(rows["setting"][0], ours, "random", how, "", PLAIN) for ours, how in expected]
    return [came_out for *_, came_out in judged(rows, of)]


def short(classes: int = 6, **changes) -> Setting:
    frozen = gaussians(classes, distance=3.0, seed=0, n=700)
    return Setting(
        **{"name": "short", "frozen": frozen, "initial": 12, "query": 12, "rounds": 4, "inverse_penalty": 1.0} | changes
    )


@pytest.mark.slow
def test_the_surest_images_teach_least_and_the_oracle_picks_best(tmp_path):
    rows = rows_of(short(), ["random", "margin_flipped", "greedy_oracle"], 10, tmp_path)
    assert verdicts(rows, ("margin_flipped", "below"), ("greedy_oracle", "above")) == [True, True]
    assert verdicts(rows, ("margin_flipped", "above"), ("greedy_oracle", "below")) == [False, False]


@pytest.mark.slow
def test_a_cover_is_above_random_among_near_duplicates(tmp_path):
    rows = rows_of(replace(duplicates(tmp_path), rounds=5), ["random", "k_center"], 4, tmp_path)
    assert verdicts(rows, ("k_center", "above")) == [True]


@pytest.mark.slow
def test_entropy_is_below_random_where_some_points_are_hopeless(tmp_path):
    rows = rows_of(replace(hopeless(tmp_path), rounds=4), ["random", "entropy"], 5, tmp_path)
    assert verdicts(rows, ("entropy", "below")) == [True]


@pytest.mark.slow
def test_nothing_is_above_random_where_labels_are_shuffled(tmp_path):
    rows = rows_of(short(relabel=permuted), ["random", "margin", "k_center"], 8, tmp_path)
    assert verdicts(rows, ("margin", "above"), ("k_center", "above")) == [False, False]
    assert rows[PLAIN].mean() == pytest.approx(1 / 6, abs=0.02)


def test_an_acquisition_upside_down():
    logits = torch.tensor([[[3.0, 0.0, 0.0], [1.0, 0.9, 0.0]]])
    prediction = Prediction(logits, torch.empty(2, 0))
    assert torch.equal(Flipped(Margin())(prediction), -Margin()(prediction))


def test_the_oracle_asks_for_the_class_that_nobody_has_labelled():
    """Three blobs, of which the third is rare and has no label: the best of the parts holds an image of it."""
    rng = np.random.default_rng(0)
    setting = short(classes=3)
    frozen = setting.frozen
    of = {c: np.flatnonzero(frozen.dataset.targets == c) for c in range(3)}
    labelled, rows = [*of[0][:5], *of[1][:5]], [*of[0][5:60], *of[1][5:60], *of[2][:4]]
    candidates = Candidates(
        tuple(frozen.dataset.ids[r] for r in rows),
        features=frozen.features[rows],
        labelled_ids=tuple(frozen.dataset.ids[r] for r in labelled),
        labelled_features=frozen.features[labelled],
    )
    picked = OracleByParts(setting, parts=1, tried=16).select(candidates, 4, rng)
    assert {frozen.dataset.ids[r] for r in of[2][:4]} & {*picked}


@pytest.mark.slow
def test_dense_features_are_standardised_and_lie_where_the_image_has_them(tmp_path):
    images = np.zeros((3, 1, 32, 32), np.uint8)
    images[0, :, :16] = 255
    found = dense(images, 8, tmp_path).astype(np.float32)
    assert found.shape[:3] == (3, 8, 8)
    flat = found.reshape(-1, found.shape[-1])
    assert np.abs(flat.mean(axis=0)).max() < 0.01
    assert flat.std(axis=0) == pytest.approx(1, abs=0.05)
    assert np.abs(found[0, 0] - found[0, 7]).mean() > 5 * np.abs(found[1, 0] - found[2, 0]).mean()


def made_up(gains: dict[str, list[float]]) -> pd.DataFrame:
    """Three budgets; a strategy is above random by its gain of the seed, after the first."""
    lines = []
    for name, of in gains.items():
        for seed, gain in enumerate(of):
            lines += [("balanced", name, seed, n, 0.5 + seed / 100 + (n > 10) * gain) for n in (10, 20, 30)]
    return pd.DataFrame(lines, columns=["setting", "strategy", "seed", "n_labelled", "test/balanced_accuracy"])


def test_verdicts_by_hand():
    """Gains of .10, .11, .12 are sure; -.001, 0, .001 are equal within .02, and -.03, 0, .03 are not known to be."""
    rows = made_up({"random": [0, 0, 0], "a": [0.10, 0.11, 0.12], "b": [-0.001, 0, 0.001], "c": [-0.03, 0, 0.03]})
    of = [
        Claim("balanced", name, "random", expected, "")
        for name, expected in (
            ("a", "above"),
            ("a", "below"),
            ("b", "above"),
            ("b", "equal"),
            ("c", "equal"),
            ("a", "equal"),
        )
    ]
    assert [came_out for *_, came_out in judged(rows, of)] == [True, False, False, True, False, False]
    assert values(rows, of[0], "a") == pytest.approx({0: 0.60, 1: 0.62, 2: 0.64})
    assert [len(result.seeds) for _, result, _ in judged(rows, of)] == [3] * 6


def test_every_claim_is_about_rows_that_are_made():
    for claim in claims():
        known = LEARNERS if claim.setting == "repair" else SETTINGS[claim.setting].strategies
        assert {claim.ours, claim.control} <= {*known}
        assert claim.metric in COLUMNS
        assert claim.expected in ("above", "below", "equal")
    assert {claim.setting for claim in claims()} == {*SETTINGS, "repair"}


@pytest.mark.slow
def test_the_page_is_what_its_command_makes_of_the_results(tmp_path):
    copy = tmp_path / "README.md"
    shutil.copy(page.README, copy)
    page.refresh(pd.read_csv(page.RESULTS), copy)
    assert copy.read_text() == page.README.read_text()
    assert len(table(pd.read_csv(page.RESULTS))) == len(claims())


def test_bad_input_is_one_line(tmp_path, capsys):
    assert main(["--data", str(tmp_path / "nowhere"), "--runs", str(tmp_path), "--workers", "1"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
