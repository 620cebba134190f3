"""Simulations on disk: interrupted, gone on with, and told apart."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from alseg.acquisition.entropy import Entropy
from alseg.acquisition.margin import Margin
from alseg.data.folder import load_folder
from alseg.errors import RunFolderError
from alseg.selection.k_center import KCenter
from alseg.selection.power_noise import PowerNoise
from alseg.selection.random import Random
from alseg.selection.top import Top
from alseg.simulation import blocks
from alseg.simulation.blocks import simulated
from alseg.simulation.frozen import Frozen, of_points
from alseg.simulation.key import key
from alseg.simulation.setting import Setting
from alseg.strategy import Strategy

STRATEGIES = {"random": Strategy("random", Random()), "margin": Strategy("margin", Top(), Margin())}


def setting(seed: int = 0, **changes) -> Setting:
    rng = np.random.default_rng(seed)
    points = of_points("p", rng.normal(size=(40, 3)).astype(np.float32), rng.integers(0, 2, 40))
    return Setting(**{"name": "s", "frozen": points, "initial": 4, "query": 2, "rounds": 2} | changes)


@pytest.mark.slow
def test_what_is_there_is_not_simulated_again(tmp_path, monkeypatch):
    asked = []

    def watched(of, strategy, seeds):
        if len(asked) == 3:
            raise KeyboardInterrupt
        asked.append((strategy.name, list(seeds)))
        return simulate(of, strategy, seeds)

    simulate = blocks.simulate
    monkeypatch.setattr(blocks, "simulate", watched)
    with pytest.raises(KeyboardInterrupt):
        simulated(setting(), STRATEGIES, range(3), tmp_path, block=2)
    assert asked == [("random", [0, 1]), ("random", [2]), ("margin", [0, 1])]
    asked[:] = [None]
    rows = simulated(setting(), STRATEGIES, range(3), tmp_path, block=2)
    assert asked == [None, ("margin", [2])]
    monkeypatch.undo()

    pd.testing.assert_frame_equal(rows, simulated(setting(), STRATEGIES, range(3), tmp_path / "whole", block=3))
    assert list(rows)[:5] == ["setting", "strategy", "seed", "round", "n_labelled"]
    assert len(rows) == 2 * 3 * 2
    assert (rows["labelled/0"] + rows["labelled/1"] == rows["n_labelled"]).all()
    assert rows.groupby("round")["n_labelled"].unique().map(list).tolist() == [[4], [6]]


def test_rows_of_another_setting_are_not_taken_for_these(tmp_path):
    simulated(setting(), STRATEGIES, [0], tmp_path)
    for other in (setting(seed=1), setting(query=3)):
        with pytest.raises(RunFolderError, match="random: it holds rows of other data, settings or version"):
            simulated(other, STRATEGIES, [0], tmp_path)


def test_kinds_that_are_counted(tmp_path):
    kinds = ["a"] * 30 + ["b"] * 10
    rows = simulated(setting(counted=kinds), {"random": STRATEGIES["random"]}, [0], tmp_path)
    assert (rows["labelled/a"] + rows["labelled/b"] == rows["n_labelled"]).all()


def test_keys_tell_content_apart():
    def strategy(beta: float) -> Strategy:
        return Strategy("x", PowerNoise(Top(), beta), Entropy())

    keys = [
        key(strategy(1.0)),
        key(strategy(2.0)),
        key(Strategy("x", Top(), Entropy())),
        key(Strategy("x", Top(), Margin())),
        key(Strategy("x", KCenter())),
        key(np.zeros(2)),
        key(np.zeros((2, 1))),
        key(setting()),
        key(setting(kept={"0": 0.5})),
    ]
    assert len({*keys}) == len(keys)
    assert key(strategy(1.0)) == key(strategy(1.0))
    with pytest.raises(TypeError, match="what is in it is not known"):
        key(1j)


def test_a_data_set_of_files_is_told_by_what_is_in_it(tmp_path):
    """The same wherever it lies; another one with another pixel."""

    def written(place: str, brightest: int) -> Setting:
        folder = tmp_path / place
        folder.mkdir()
        for i in range(4):
            Image.fromarray(np.full((8, 8), brightest * i // 3, np.uint8)).save(folder / f"{i}.png")
        lines = ["id,image,label,group", *(f"{i},{i}.png,{'ab'[i % 2]},{i}" for i in range(4))]
        (folder / "manifest.csv").write_text("\n".join(lines))
        dataset = load_folder(folder, name="x", size=8, cache_dir=tmp_path / f"cache-{place}", progress=False)
        assert dataset.files is not None
        return setting(frozen=Frozen(dataset, np.zeros((4, 2), np.float32)))

    keys = [key(written(*of)) for of in (("here", 240), ("there", 240), ("other", 120))]
    assert keys[0] == keys[1] != keys[2]
