"""Simulations beside runs of learner=probe through the controller."""

import numpy as np
import pandas as pd
import pytest

from alseg.acquisition.margin import Margin
from alseg.data.pool import PoolDataModule
from alseg.data.split import Split
from alseg.embeddings.pixels import Pixels
from alseg.learners.probe import Probe
from alseg.selection.k_center import KCenter
from alseg.selection.random import Random
from alseg.selection.top import Top
from alseg.simulation.frozen import Frozen
from alseg.simulation.rounds import simulate
from alseg.simulation.setting import Setting
from alseg.simulation.world import World
from alseg.strategy import Strategy
from tests.helpers.two_heads import classification_run, tiles


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "least"),
    [
        (Strategy("random", Random()), 1.0),
        (Strategy("k", KCenter()), 1.0),
        (Strategy("m", Top(), Margin()), 0.75),
    ],
)
def test_a_run_of_the_probe_asks_for_the_same_images(tmp_path, strategy, least):
    """But for what it scales features by, those of the pool alone: scores differ a little, and with them close picks."""
    dataset = tiles(n=150, groups=30)
    setting = Setting("tiles", Frozen(dataset, Pixels(4).extract(dataset.images)), initial=12, query=10, rounds=4)
    world = World(setting, 0)
    split = Split(world.pool, (), tuple(dataset.ids[row] for row in world.test))
    pool = PoolDataModule(
        dataset, split, seed=0, steps=1, batch_size=4, unlabelled_batch_size=4, eval_batch_size=32
    )  # fmt: skip
    run = classification_run(
        tmp_path,
        strategy,
        dataset=dataset,
        pool=pool,
        budget=(12, 10, 4),
        make_learner=lambda spec, steps: Probe(spec, steps, embedding=Pixels(4)),
    )
    run.run()
    mine = list(simulate(setting, strategy, [0]))
    theirs = run.pool.labelled
    assert set(mine[0].labelled) == set(theirs[:12])
    assert len({*mine[-1].labelled[12:]} & {*theirs[12:]}) >= least * 30
    accuracies = pd.read_csv(tmp_path / "metrics.csv")["test/accuracy"]
    assert np.abs([one.metrics["test/accuracy"] for one in mine] - accuracies).max() <= 1.01 / len(world.test)
