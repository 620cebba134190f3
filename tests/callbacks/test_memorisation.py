"""The course of memorisation in a training: values by hand, kills, and that measuring changes nothing."""

import numpy as np
import pandas as pd
import pytest
import torch

from alseg.callbacks.callback import Callback
from alseg.callbacks.memorisation import Memorisation, memorised
from alseg.oracles.partial import Partial
from tests.helpers.discs import make_dataset
from tests.helpers.fits import KillAt, Killed
from tests.helpers.loop_runs import make_run
from tests.helpers.refinement import OneColumn


def maps(*rows):
    return np.array([rows], dtype=np.uint8)


def test_by_hand():
    truth = maps([1, 1, 1, 1, 0, 0, 0, 255])
    annotated = maps([1, 1, 0, 0, 0, 1, 255, 1])  # wrong at three places, open at one, unknowable at the last
    working = maps([1, 1, 1, 0, 0, 1, 255, 1])
    predicted = maps([1, 1, 1, 0, 0, 0, 1, 1])
    found = memorised(predicted, working, annotated, truth, ("background", "a"))
    assert found["memorised"] == pytest.approx(1 / 3)  # the fourth pixel
    assert found["corrected"] == pytest.approx(2 / 3)  # the third and the sixth
    assert found["prediction_dice"] == pytest.approx(2 * 3 / (4 + 4))
    assert found["working_dice"] == pytest.approx(2 * 3 / (4 + 4))


def test_a_third_class_is_neither_memorised_nor_corrected():
    found = memorised(maps([2, 1]), maps([1, 1]), maps([1, 1]), maps([0, 1]), ("background", "a", "b"))
    assert (found["memorised"], found["corrected"]) == (0, 0)


def test_where_nothing_is_wrong_the_shares_are_not_known():
    found = memorised(maps([1]), maps([1]), maps([255]), maps([1]), ("background", "a"))
    assert np.isnan(found["memorised"])
    assert np.isnan(found["corrected"])


@pytest.mark.parametrize("options", [{"checks": 0}, {"watched": 0}])
def test_at_least_one(options):
    with pytest.raises(ValueError, match="at least 1"):
        Memorisation(**options)


@pytest.fixture(scope="module")
def dataset():
    return make_dataset(n=40, groups=20)


def run(folder, dataset, callbacks=None, oracle=None):
    half = oracle or Partial(dataset, share=0.5, seed=0)
    callbacks = {"memorisation": Memorisation(checks=3, watched=2)} if callbacks is None else callbacks
    return make_run(folder, dataset, budget=(3, 2, 2), oracle=half, callbacks=callbacks)


def table(folder, round_):
    return pd.read_csv(folder / "rounds" / f"{round_:02d}" / "memorisation.csv")


class Kill(KillAt, Callback):
    """Kills the run within a fit."""


@pytest.mark.slow
def test_a_line_every_third_of_each_training_and_the_same_after_a_kill(dataset, tmp_path):
    run(tmp_path / "whole", dataset).run()
    found = table(tmp_path / "whole", 1)
    assert found["step"].tolist() == [1, 2, 3]
    assert found["working_dice"].nunique() == 1  # nothing is repaired
    assert 0.5 < found["working_dice"][0] < 0.9
    assert found["memorised"].between(0, 1).all()
    assert np.allclose(found["memorised"] + found["corrected"], 1)  # of two classes
    killed = run(tmp_path / "killed", dataset, {"memorisation": Memorisation(3, 2), "kill": Kill(2)})
    killed.training.config.checkpoint_minutes = 1e-9
    with pytest.raises(Killed):
        killed.run()
    run(tmp_path / "killed", dataset).run()
    for round_ in (0, 1):
        pd.testing.assert_frame_equal(table(tmp_path / "killed", round_), table(tmp_path / "whole", round_))


@pytest.mark.slow
def test_measuring_changes_no_weight_and_real_annotators_are_not_measured(dataset, tmp_path):
    with_it, without = run(tmp_path / "with", dataset), run(tmp_path / "without", dataset, {})
    with_it.run()
    without.run()
    weights = without.last_learner().state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in with_it.last_learner().state_dict().items())
    run(tmp_path / "real", dataset, oracle=OneColumn(dataset)).run()
    assert not (tmp_path / "real" / "rounds" / "01" / "memorisation.csv").exists()
    run(tmp_path / "true", dataset, oracle=Partial(dataset, share=1.0)).run()
    assert not (tmp_path / "true" / "rounds" / "01" / "memorisation.csv").exists()


def test_who_is_simulated(dataset):
    from functools import partial

    from alseg.oracles.noisy import Noisy
    from alseg.oracles.panel import Panel
    from alseg.oracles.simulated import Simulated

    assert Simulated(dataset).simulated
    assert Partial(dataset, of=partial(Noisy)).simulated
    assert not OneColumn(dataset).simulated
    assert not Partial(dataset, of=OneColumn).simulated
    two = {"a": partial(Noisy, annotator="a"), "b": partial(Noisy, annotator="b")}
    assert Panel(dataset, two).simulated
    assert not Panel(dataset, two | {"c": OneColumn}).simulated
