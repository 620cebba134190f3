"""Refinement in the middle of a fit."""

import json

import numpy as np
import pytest
import pytorch_lightning as pl
import torch

from alseg.learners.refinement.self_refinement import SelfRefinement
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from tests.helpers.discs import make_dataset
from tests.helpers.fits import Killed
from tests.helpers.loop_runs import make_run
from tests.helpers.pools import make_pool
from tests.helpers.refinement import OneColumn, Pair, fit, make_spec


@pytest.fixture
def pool(dataset):
    """Six labels, of which everything but one column is unknown."""
    pool = make_pool(dataset, steps=8)
    sparse = np.full((6, 32, 32), 255, np.uint8)
    sparse[:, :, 16] = dataset.targets[:6, :, 16]
    pool.label(dataset.ids[:6], sparse)
    return pool


def test_labels_are_repaired_half_way_and_trained_with_in_the_same_round(pool, dataset, tmp_path):
    learner, result = fit(pool, tmp_path)
    (repair,) = result["refined"]
    assert repair["step"] == 4
    assert repair["ids"] == list(dataset.ids[:6])
    assert all(n > 800 for n in repair["filled"])
    unknown = [float((batch["target"] == 255).float().mean()) for batch in learner.seen]
    assert min(unknown[:4]) > 0.9
    assert max(unknown[4:]) == 0
    quality = (np.stack(list(pool.working.values())) == dataset.targets[:6]).mean()
    assert quality > 0.97


def test_annotations_are_never_overwritten(pool, tmp_path):
    before = {k: v.copy() for k, v in pool._labels.items()}
    fit(pool, tmp_path)
    assert all(np.array_equal(before[k], pool._labels[k]) for k in before)


def test_the_learner_trains_on_after_the_look(pool, tmp_path):
    learner, result = fit(pool, tmp_path)
    assert learner.modes == [True] * 8
    assert result["steps"] == 8


def test_training_may_end_with_the_repair(pool, tmp_path):
    _, result = fit(pool, tmp_path, stop_after=True)
    assert result["steps"] == 4


class KillAtTheEnd(pl.Callback):
    def on_train_end(self, *_):
        raise Killed


def test_a_training_that_ended_with_the_repair_does_not_go_on_after_a_kill(pool, tmp_path):
    with pytest.raises(Killed):
        fit(pool, tmp_path, stop_after=True, extra=[KillAtTheEnd()])
    _, result = fit(pool, tmp_path, stop_after=True)
    assert result["steps"] == 4


@pytest.mark.slow
def test_the_curve_alone_may_decide(pool, tmp_path, monkeypatch):
    from alseg.learners.refinement import self_refinement

    monkeypatch.setattr(self_refinement, "has_bent", lambda curve, *_: len(curve) == 3)
    _, result = fit(pool, tmp_path / "a", at_latest=None)
    assert [r["step"] for r in result["refined"]] == [6]
    monkeypatch.setattr(self_refinement, "has_bent", lambda *_: False)
    _, result = fit(pool, tmp_path / "b", at_latest=None)
    assert result["refined"] == []


def test_the_curve_is_in_percent(pool, tmp_path):
    learner, _ = fit(pool, tmp_path, at_latest=None, threshold=0.0)
    assert len(learner.refine.curve) == 4
    assert max(learner.refine.curve) > 1.5


def test_nothing_is_repaired_too_early(pool, tmp_path, monkeypatch):
    """A curve that looks bent from its first point on, as noise may."""
    from alseg.learners.refinement import self_refinement

    monkeypatch.setattr(self_refinement, "has_bent", lambda *_: True)
    _, result = fit(pool, tmp_path / "a", at_latest=None)
    assert [r["step"] for r in result["refined"]] == [2]
    _, result = fit(pool, tmp_path / "b", at_latest=None, earliest=0.6)
    assert [r["step"] for r in result["refined"]] == [6]


def test_a_few_images_are_enough_for_the_curve(pool, tmp_path, monkeypatch):
    """Two of six are looked at, all six are repaired."""
    looks = []
    student = Pair.student
    monkeypatch.setattr(
        Pair, "student", lambda self, images: looks.append((self.training, len(images))) or student(self, images)
    )
    _, result = fit(pool, tmp_path, watched=2)
    assert [n for training, n in looks if not training] == [2, 2]
    assert len(result["refined"][0]["filled"]) == 6


def spoilt(pool):
    """Working labels that say background everywhere, as a bad teacher of an earlier round may leave them."""
    pool.relabel(pool.labelled, np.zeros((6, 32, 32), np.uint8))
    return pool


def test_every_round_repairs_what_the_annotator_said(pool, dataset, tmp_path):
    """A teacher that would not take a pixel of the disc back: errors of an earlier round stay in the working labels."""
    _, result = fit(spoilt(pool), tmp_path / "a", confidence=[0.5, 0.9999999999], base="working")
    assert sum(result["refined"][0]["filled"]) == 0
    assert not np.stack(list(pool.working.values())).any()
    _, result = fit(spoilt(pool), tmp_path / "b", confidence=[0.5, 0.9999999999])
    assert all(n > 500 for n in result["refined"][0]["filled"])
    labels = np.stack(list(pool.working.values()))
    assert np.array_equal(labels[:, :, 16] > 0, dataset.targets[:6, :, 16] > 0)


@pytest.mark.slow
def test_a_round_may_begin_with_the_annotations_again(pool, tmp_path):
    learner, _ = fit(spoilt(pool), tmp_path / "a")
    assert all((batch["target"] == 0).all() for batch in learner.seen[:4])
    learner, _ = fit(spoilt(pool), tmp_path / "b", carry=False)
    assert all(torch.equal(batch["target"], batch["annotation"]) for batch in learner.seen[:4])
    assert all((batch["target"] != 255).all() for batch in learner.seen[4:])
    learner, _ = fit(spoilt(pool), tmp_path / "c", carry=False, at_latest=None, threshold=0.0)
    assert pool.working == {}  # nothing was repaired


def test_a_modest_teacher_is_made_as_sure_as_it_is_right(pool, tmp_path):
    """Its logits are scaled down to 0.55 for the right class; calibrated, that is nearly 1."""

    class Modest(Pair):
        def teacher(self, images):
            return super().teacher(images)[0] * 0.01, None

    _, result = fit(pool, tmp_path / "a", Modest(make_spec(pool), 8))
    assert sum(result["refined"][0]["filled"]) == 0
    _, result = fit(pool, tmp_path / "b", Modest(make_spec(pool), 8, calibrate=True))
    assert result["refined"][0]["temperature"] < 0.1
    assert all(n > 800 for n in result["refined"][0]["filled"])


class KillAt(pl.Callback):
    def on_train_batch_start(self, trainer, *_):
        if trainer.global_step == 6:
            raise Killed


@pytest.mark.slow
def test_a_fit_killed_after_the_repair_goes_on_with_the_repaired_labels(dataset, pool, tmp_path):
    whole, _ = fit(pool, tmp_path / "whole")
    labels, sparse = pool.working, np.stack([pool._labels[i] for i in pool.labelled])

    def again():
        fresh = make_pool(dataset, steps=8)
        fresh.label(dataset.ids[:6], sparse)
        return fresh

    with pytest.raises(Killed):
        fit(again(), tmp_path / "killed", extra=[KillAt()])
    resumed_pool = again()
    resumed, result = fit(resumed_pool, tmp_path / "killed")
    assert len(resumed.seen) == 2
    assert [r["step"] for r in result["refined"]] == [4]
    assert all(np.array_equal(labels[i], resumed_pool.working[i]) for i in labels)
    for mine, other in zip(resumed.parameters(), whole.parameters()):
        assert torch.equal(mine, other)


@pytest.mark.slow
def test_a_killed_fit_that_does_not_carry_goes_on_with_its_own_repair(dataset, pool, tmp_path):
    """The process that goes on first takes up the working labels of the round before, as the runner does."""
    sparse = pool.annotations(pool.labelled)

    def again():
        fresh = make_pool(dataset, steps=8)
        fresh.label(dataset.ids[:6], sparse)
        return spoilt(fresh)

    whole_pool, killed_pool, resumed_pool = again(), again(), again()
    whole, _ = fit(whole_pool, tmp_path / "whole", carry=False)
    with pytest.raises(Killed):
        fit(killed_pool, tmp_path / "killed", extra=[KillAt()], carry=False)
    resumed, result = fit(resumed_pool, tmp_path / "killed", carry=False)
    assert [r["step"] for r in result["refined"]] == [4]
    assert len(resumed.seen) == 2
    for mine, other in zip(resumed.seen, whole.seen[6:]):
        assert torch.equal(mine["target"], other["target"])
        assert (mine["target"] > 0).any()
    assert np.array_equal(resumed_pool.labels(pool.labelled), whole_pool.labels(pool.labelled))


def test_a_labelled_set_without_an_annotated_pixel(dataset, tmp_path):
    """Nothing is known of the curve, and nothing ends in an error; the ledger takes no NaN."""
    pool = make_pool(dataset, steps=8)
    pool.label(dataset.ids[:6], np.full((6, 32, 32), 255, np.uint8))
    _, result = fit(pool, tmp_path)
    (repair,) = result["refined"]
    assert repair["miou"] == [0.0] * len(repair["miou"])
    json.dumps(repair, allow_nan=False)


@pytest.mark.slow
def test_a_run_keeps_working_labels_and_resumes_with_them(tmp_path):
    dataset = make_dataset(n=40, groups=20)

    def run(folder, **options):
        return make_run(
            folder, dataset, oracle=OneColumn(dataset), make_learner=lambda spec, n: Pair(spec, n, checks=3), **options
        )

    run(tmp_path / "whole").run()
    ledger = Ledger(tmp_path / "whole" / "ledger.jsonl")
    first = ledger.find("trained", 0)
    assert first is not None
    assert len(first["refined"][0]["filled"]) == 3
    assert json.dumps(first)
    for row in ledger.rows():
        assert row["labels/annotated_dice"] == 1  # what was annotated is true, and little was
        assert row["labels/annotated_share"] == pytest.approx(1 / 32)
        assert row["labels/working_dice"] > 0.95
        assert row["labels/working_share"] == 1
    folder = RunFolder(tmp_path / "whole")
    ids, labels = folder.load_working_labels(0)
    assert (labels != 255).all()
    assert (folder.load_annotations(0)[1] == 255).mean() > 0.9

    half = run(tmp_path / "half", budget=(3, 2, 2))
    half.run()
    # The next process knows the working labels of rounds that are over.
    later = run(tmp_path / "half", budget=(3, 2, 2))
    later.run()
    assert set(later.pool.working) == set(half.pool.working) > set(ids)


def test_impossible_settings():
    with pytest.raises(ValueError, match=r"^checks=2"):
        SelfRefinement(checks=2)
    with pytest.raises(ValueError, match=r"^confidence=1"):
        SelfRefinement(confidence=1)
    with pytest.raises(ValueError, match=r"^earliest=0\.8: between 0 and at_latest=0\.7"):
        SelfRefinement(earliest=0.8, at_latest=0.7)
    for key, value in (("at_latest", 1.5), ("collapse", -0.1), ("contradiction", 2)):
        with pytest.raises(ValueError, match=rf"^{key}={value}: between 0 and 1"):
            SelfRefinement(**{key: value})
    with pytest.raises(ValueError, match=r"^first=1: at least 3"):
        SelfRefinement(first=1)
    for times in (0, -1):
        with pytest.raises(ValueError, match=rf"^times={times}: at least 1"):
            SelfRefinement(times=times)
    for confidence in ("a", None, [0.8, "b"]):
        with pytest.raises(ValueError, match=r"^confidence="):
            SelfRefinement(confidence=confidence)
    with pytest.raises(ValueError, match=r"^base=label: choose annotation or working"):
        SelfRefinement(base="label")
    with pytest.raises(ValueError, match=r"one number, or 3, one for each class"):
        SelfRefinement(confidence=[0.8, 0.9]).check(3)
