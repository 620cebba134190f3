"""Probes: solved at once, on features that are computed once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from sklearn.linear_model import LogisticRegression

from alseg.acquisition.bald import BALD
from alseg.acquisition.disagreement import Disagreement
from alseg.cli import main
from alseg.composition.compose import compose
from alseg.data.dataset import Dataset
from alseg.embeddings.pixels import Pixels
from alseg.errors import ConfigError
from alseg.learners.learner import DataSpec
from alseg.learners.probe import Probe
from alseg.runs.ledger import Ledger
from alseg.selection.badge import Badge
from alseg.selection.k_center import KCenter
from alseg.selection.top import Top
from alseg.strategy import Strategy
from tests.helpers.command_line import run
from tests.helpers.fits import training
from tests.helpers.loop_runs import Crash, decisions
from tests.helpers.pools import make_pool
from tests.helpers.run_process import run_on_ranks
from tests.helpers.two_heads import classification_run, tiles

CALLS: list[int] = []


class Counted(Pixels):
    def extract(self, images):
        CALLS.append(len(images))
        return super().extract(images)


def probe(data: Dataset, **options) -> Probe:
    return Probe(DataSpec.of(data), 3, embedding=Pixels(4), **options)


def fitted(tmp_path, data: Dataset, labelled: int = 12, **options) -> Probe:
    """Fitted by a Trainer as the loop does, to the first images."""
    pool, learner = make_pool(data), probe(data, **options)
    pool.label(data.ids[:labelled], data.targets[:labelled])
    pool.begin_round(0, uses_unlabelled=False)
    torch.manual_seed(0)
    report = training(gradient_clip=1.0).fit(learner, pool, [], tmp_path / "model.ckpt")
    assert report["steps"] == 1
    assert np.isfinite(report["loss"])
    assert {path.name for path in tmp_path.glob("*.ckpt")} == {"model.ckpt"}
    return learner.eval()


def answer(learner: Probe, data: Dataset) -> torch.Tensor:
    with torch.inference_mode():
        return learner.predict_step({"image": torch.from_numpy(data.images), "row": torch.arange(len(data))}).logits


@pytest.mark.slow
def test_a_fit_through_lightning_is_scikit_learns(tmp_path):
    data = tiles()
    found = answer(fitted(tmp_path, data, inverse_penalty=0.1), data)
    features = Pixels(4).extract(data.images).astype(np.float16).astype(float)
    pool = features[:16]
    features = (features - pool.mean(0)) / pool.std(0)
    reference = LogisticRegression(C=0.1, tol=1e-8, solver="newton-cg").fit(features[:12], data.targets[:12])
    np.testing.assert_allclose(found[0].softmax(1).numpy(), reference.predict_proba(features), atol=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"hidden": [4]}, {"vary": "dropout"}], ids=["bootstrap", "hidden", "dropout"])
def test_members_differ_and_equal_seeds_give_equal_members(tmp_path, options):
    data = tiles()
    for name in "ab":
        (tmp_path / name).mkdir()
    first, second = (answer(fitted(tmp_path / name, data, members=3, **options), data) for name in "ab")
    assert first.shape == (3, 60, 3)
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    p = first.softmax(dim=2)
    assert (p[0] - p[1]).abs().max() > 0.01
    assert (first.argmax(dim=2)[:, 20:] == torch.from_numpy(data.targets)[20:]).float().mean() > 0.55


def test_each_of_two_members_is_taught_what_the_other_is_sure_of(tmp_path, monkeypatch):
    inner, fits = Probe._fit, []

    def watched(self, rows, targets, weights, *rest):
        fits.append((rows, targets, weights, inner(self, rows, targets, weights, *rest)))
        return fits[-1][-1]

    monkeypatch.setattr(Probe, "_fit", watched)
    fitted(tmp_path, tiles(), 6, members=2, mutual=2.0, confidence=0.7, inverse_penalty=1.0, times=2)
    assert len(fits) == 3
    rows, targets, weights, _ = fits[1]
    assert sorted(rows[0].tolist()) == list(range(16))  # the six labelled ones and the rest of the pool
    before = fits[0][-1](torch.from_numpy(Pixels(4).extract(tiles().images)).half()).softmax(dim=2)
    for member, other in ((0, 1), (1, 0)):
        sure, classes = before[other][rows[member, 6:]].max(dim=1)
        assert torch.equal(targets[member, 6:], classes)
        torch.testing.assert_close(weights[member, 6:], (sure > 0.7) * (2.0 * 6 / 10))
        assert 0 < (sure > 0.7).sum() < 10


def test_images_that_are_not_of_the_data_set_pass_through_the_extractor(tmp_path):
    data = tiles()
    learner = fitted(tmp_path, data)
    with torch.inference_mode():
        prediction = learner.predict_step({"image": torch.from_numpy(data.images)})
    torch.testing.assert_close(prediction.logits, answer(learner, data), atol=0.02, rtol=0)
    assert prediction.features.shape == (60, 16)


def test_duplicates_get_equal_answers_and_the_order_of_a_batch_counts_nothing(tmp_path):
    data = tiles()
    learner, rows = fitted(tmp_path, data), torch.tensor([4, 9, 4, 0])
    with torch.inference_mode():
        some = learner.predict_step({"image": torch.from_numpy(data.images)[rows], "row": rows}).logits
    assert torch.equal(some[:, 0], some[:, 2])
    torch.testing.assert_close(some, answer(learner, data)[:, rows])


@pytest.mark.slow
def test_a_run_that_is_killed_in_a_fit_ends_as_one_that_was_not(tmp_path, monkeypatch):
    strategy = Strategy("bald", Top(), BALD())

    def make(folder):
        options = {"embedding": Counted(4), "members": 3}
        return classification_run(
            tmp_path / folder,
            strategy,
            make_learner=lambda spec, steps: Probe(spec, steps, **options),
            budget=(6, 5, 3),
        )

    CALLS.clear()
    make("whole").run()
    assert CALLS == [1, 60]  # the blank one that is tried out, and all images once in three rounds
    inner, fits = Probe.solve, []

    def killed(self, *arguments):
        fits.append(1)
        if len(fits) == 2:
            raise Crash
        return inner(self, *arguments)

    monkeypatch.setattr(Probe, "solve", killed)
    with pytest.raises(Crash):
        make("killed").run()
    make("killed").run()
    assert decisions(tmp_path / "killed") == decisions(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.parametrize(
    "strategy", [Strategy("k", KCenter()), Strategy("b", Badge()), Strategy("d", Top(), Disagreement())]
)
def test_strategies_run_until_the_pool_is_empty(tmp_path, strategy):
    made = classification_run(
        tmp_path, strategy, make_learner=lambda spec, steps: Probe(spec, steps, embedding=Pixels(4), members=2, mutual=0.5),
        budget=(14, 14, 3),
    )  # fmt: skip
    pool = len(made.pool.split.pool)
    made.run()
    assert len(Ledger(tmp_path / "ledger.jsonl", writable=False).labelled) == pool


SMALL = ["data=phantom_histology", "data.size=32", "data.slides=8", "data.tiles=4", "learner=probe", "embedding=pixels"]
RUN = ["budget.initial=5", "budget.query=3", "budget.rounds=2", "logger=csv", "map=none", "trainer.accelerator=cpu"]


@pytest.mark.slow
def test_two_ranks_pick_what_one_does():
    members = ["learner.members=3", "strategy=bald"]
    assert run(*SMALL, *RUN, *members, "run_dir=out1") == 0
    Path("out2").mkdir()
    OmegaConf.save(compose([*SMALL, *RUN, *members, "trainer.devices=2", "run_dir=out2"]), "out2/config.yaml")
    run_on_ranks(Path("out2").absolute())
    one, two = (Ledger(Path(f"out{devices}/ledger.jsonl"), writable=False) for devices in (1, 2))
    assert one.labelled == two.labelled


@pytest.mark.slow
def test_an_extractor_that_there_is_not_is_one_line(capfd):
    for overrides, line in (
        (["embedding=learner"], "learner.embedding: a learner on frozen features needs an extractor"),
        (["learner.members=2", "learner.vary=chance"], "learner.vary=chance: choose bootstrap or dropout"),
        (["learner.mutual=0.5"], "learner.mutual=0.5: it is for members=2"),
        (["strategy=bald"], "strategy=bald: BALD compares 2 or more members"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["run", *SMALL, *RUN, *overrides, "run_dir=out"])
        assert ended.value.code == 2
        assert line in " ".join(capfd.readouterr().err.split())


def test_segmentation_is_refused():
    with pytest.raises(ConfigError, match="learner Probe is for classification"):
        Probe(DataSpec("segmentation", ("a", "b"), 1, (8, 8), "px"), 1, embedding=Pixels(4))
