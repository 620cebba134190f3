"""The fast lane's experiment in short: cells, families, blocks that are not there, and the page that it makes."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alseg.simulation.frozen import Frozen, of_points
from experiments.lane import analyse, cold_starts, page, queries
from experiments.lane.__main__ import main
from experiments.lane.features import components
from experiments.lane.run import ALL, JOBS, SEEDS, run


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Frozen:
    """Five overlapping classes in place of tissue and cells."""
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 5, 400)
    features = (rng.normal(size=(5, 16))[targets] + rng.normal(size=(400, 16))).astype(np.float32)
    frozen = of_points("points", features, targets, [f"g{i // 4}" for i in range(400)])
    monkeypatch.setattr(queries, "_read", lambda data, name: frozen)
    monkeypatch.setattr(queries, "COMMON", {"initial": 10, "query": 10, "rounds": 3, "standardised": False})
    monkeypatch.setattr(queries, "SETS", {"points": {}})
    monkeypatch.setattr(queries, "ASKED", {name: queries.ASKED[name][-2:] for name in ("one head", "two co-trained")})
    return frozen


@pytest.mark.slow
def test_a_part_in_short(tmp_path: Path, points: Frozen):
    """Blocks are kept, the last is shorter, and what is only read is the same; what is missing is left out."""
    rows = run("queries", tmp_path, tmp_path, 0, 12)
    assert set(rows["seed"]) == set(range(12))
    one = rows[(rows["learner"] == "two co-trained") & (rows["seed"] == 11)]
    assert sorted(set(one["n_labelled"])) == [10, 20, 30]
    whole = rows[rows["strategy"] == ALL]
    assert len(whole) == 12
    assert whole[queries.METRIC].mean() > rows.loc[rows["n_labelled"] == 30, queries.METRIC].mean()

    read = run("queries", tmp_path, tmp_path, 0, 12, minutes=0)
    pd.testing.assert_frame_equal(read, rows)
    next(tmp_path.glob("queries/10-11/points/two co-trained/dus/10-11.csv")).unlink()
    left = run("queries", tmp_path, tmp_path, 0, 12, minutes=0)
    assert len(left) == len(rows) - 2 * 3
    assert set(left.loc[left["strategy"] == "dus", "seed"]) == set(range(10))
    assert run("queries", tmp_path, tmp_path, 0, 12, minutes=0, sets=["others"]).empty


def test_the_families_are_as_large_as_the_page_says():
    jobs = {part: [*JOBS[part](Path("nowhere"), range(200, 210))] for part in JOBS}
    lines = [
        (job.data, job.learner, job.name, seed, n) for job in jobs["queries"] for seed in (0, 1) for n in (1, 2, 3)
    ]
    rows = pd.DataFrame(lines, columns=["data", "learner", "strategy", "seed", "n_labelled"]).assign(
        **{queries.METRIC: 0.5}
    )
    family = analyse.query_family(rows)
    counts = pd.Series([about["question"] for about, *_ in family]).value_counts().to_dict()
    assert counts == {"query": 41, "learner": 12, "whole": 3, "part": 9}
    assert sum(counts.values()) == page.FAMILY

    lines = [
        (job.data, job.learner, job.name, seed, n) for job in jobs["resampling"] for seed in (0, 1) for n in (1, 2, 3)
    ]
    more = pd.DataFrame(lines, columns=["data", "learner", "strategy", "seed", "n_labelled"])
    family = analyse.resampled(rows, more.assign(**{queries.METRIC: 0.5}))
    assert [about["ours"] for about, *_ in family[:2]] == ["two heads / random", "two heads, no image lost / random"]
    assert {about["control"] for about, *_ in family} == {"one head / random"}
    assert len(family) == 6

    lines = [(job.data, job.name, int(job.setting.rpartition("/")[2])) for job in jobs["cold_starts"]]
    rows = pd.DataFrame(lines, columns=["data", "strategy", "n_labelled"]).assign(seed=0, **{cold_starts.METRIC: 0.5})
    assert len([*analyse.start_family(rows)]) == page.STARTS
    assert len([*analyse.start_family(rows, analyse.EXPLORED)]) == 32


def test_components_keep_what_a_head_sees():
    """All of them keep the inner products of the standardised features; fewer keep the most of them."""
    features = np.random.default_rng(0).normal(3, 2, (50, 6)).astype(np.float32) @ np.diag([1, 1, 1, 5, 5, 9]).astype(
        np.float32
    )
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    assert components(features, 6) @ components(features, 6).T == pytest.approx(scaled @ scaled.T, abs=1e-3)
    values = np.linalg.svd(scaled, compute_uv=False)
    assert np.linalg.norm(components(features, 2)) ** 2 == pytest.approx((values[:2] ** 2).sum(), rel=1e-4)


def test_what_was_not_run_counts_in_the_correction():
    """One comparison of four: its p times four."""
    rng = np.random.default_rng(0)
    ours, control = ({seed: float(value) for seed, value in enumerate(rng.normal(mean, 1, 12))} for mean in (1.5, 0))
    alone, among = (analyse.compared([({}, ours, control)], "Dice", n) for n in (1, 4))
    assert float(among["p (Holm)"][0]) == pytest.approx(4 * float(alone["p (Holm)"][0]), rel=0.05)
    assert float(alone["p"][0]) < 0.05


def test_the_worst_decile_by_hand():
    assert analyse.worst(np.arange(20.0)[::-1]) == 0.5
    assert analyse.worst(np.array([[3.0, 1.0], [5.0, 4.0]])).tolist() == [1.0, 4.0]


def test_spread_by_hand():
    """Ten seeds of which two fail, against ten alike: the SD is larger, and the lowest tenth is the one worst."""
    lines = [("Montgomery", "random", seed, 5, 0.5 if seed < 2 else 0.9 + seed / 1000) for seed in range(10)]
    lines += [("Montgomery", "cluster_fps", seed, 5, 0.9 + seed / 1000) for seed in range(10)]
    rows = pd.DataFrame(lines, columns=["data", "strategy", "seed", "n_labelled", cold_starts.METRIC])
    [line] = analyse.spreads(rows, 1).to_dict("records")
    assert float(line["SD"]) < 0.01 < 0.1 < float(line["SD of control"])
    assert (line["worst decile"], line["of control"]) == ("0.900", "0.500")
    [among] = analyse.spreads(rows, 4).to_dict("records")
    assert 0 < line["p"] == line["p (Holm)"]
    assert among["p (Holm)"] == pytest.approx(min(1, 4 * line["p"]), abs=5e-4)


def test_groups_are_asked_about_where_there_are_some():
    assert not {*cold_starts.GROUPED} & {*cold_starts.starts("Montgomery")}
    capped = cold_starts.cold_start("cluster_fps_per_group")
    assert capped.selector.needs == {"groups", "features"}
    assert capped.space == "map"
    assert queries.strategy("margin_per_group").acquisition is not None


@pytest.mark.slow
def test_the_page_is_what_its_command_makes_of_the_tables(tmp_path: Path):
    copy = tmp_path / "README.md"
    shutil.copy(page.README, copy)
    page.refresh(copy)
    assert copy.read_text() == page.README.read_text()
    assert {*SEEDS} == {*JOBS} == {"queries", "resampling", "cold_starts"}


def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["queries", "--data", str(tmp_path / "nowhere"), "--runs", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
