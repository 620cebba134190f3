"""Fit, evaluation and scan: fresh trainers, resumable fits, one pass over the pool."""

import numpy as np
import pytest
import pytorch_lightning as pl
import torch

from alseg.acquisition.entropy import Entropy
from alseg.acquisition.pld import PseudoLabelDivergence
from alseg.callbacks.fit_guard import FitGuard
from alseg.errors import AlsegError, ConfigError, QueryError, RunFolderError
from alseg.learners.learner import DataSpec
from alseg.loop.training import load_weights
from alseg.prediction import Prediction
from tests.helpers.discs import make_dataset
from tests.helpers.fits import KillAt, Killed, training
from tests.helpers.pools import make_pool
from tests.helpers.tiny_learner import TinyLearner, tiny_learner


@pytest.fixture
def pool(dataset):
    pool = make_pool(dataset)
    pool.label(dataset.ids[:6], dataset.targets[:6])
    return pool


def controller(pool, round_=0, seed=0):
    return FitGuard(seed=seed, round_=round_, labelled=pool.labelled)


def weights(learner):
    return torch.cat([p.detach().flatten() for p in learner.parameters()])


def fit(pool, folder, learner=None, **settings):
    learner = learner or tiny_learner(pool.dataset, steps=6)
    result = training(**settings).fit(learner, pool, [controller(pool)], folder / "model.ckpt", [])
    return learner, result


def test_fit_takes_the_configured_steps_every_time(pool, tmp_path):
    for round_ in range(2):
        learner, result = fit(pool, tmp_path / str(round_))
        assert result["steps"] == 6
        assert len(learner.seen) == 6


def test_equal_seeds_give_equal_weights_whatever_ran_before(pool, tmp_path):
    first, _ = fit(pool, tmp_path / "a")
    torch.manual_seed(77)
    torch.rand(5)
    second, _ = fit(pool, tmp_path / "b")
    assert torch.equal(weights(first), weights(second))


@pytest.mark.parametrize("at", [1, 3, 5])
def test_a_fit_killed_half_way_goes_on_to_the_same_weights(pool, tmp_path, monkeypatch, at):
    whole, _ = fit(pool, tmp_path / "whole")
    interrupted = training(checkpoint_minutes=1e-9)
    make = interrupted._trainer
    monkeypatch.setattr(interrupted, "_trainer", lambda callbacks, **o: make([*callbacks, KillAt(at)], **o))
    checkpoint = tmp_path / "killed" / "model.ckpt"
    with pytest.raises(Killed):
        interrupted.fit(tiny_learner(pool.dataset), pool, [controller(pool)], checkpoint, [])
    assert checkpoint.with_name("fit.ckpt").exists()
    resumed, result = fit(pool, tmp_path / "killed")
    assert result["steps"] == 6
    assert len(resumed.seen) == 6 - at
    assert torch.equal(weights(resumed), weights(whole))
    assert sorted(p.name for p in checkpoint.parent.glob("*.ckpt")) == ["model.ckpt"]


@pytest.mark.parametrize(("at", "still_due"), [(4, [4, 6]), (5, [6])])
def test_a_resumed_fit_validates_like_an_uninterrupted_one(pool, tmp_path, monkeypatch, at, still_due):
    """A checkpoint at the step of a validation would skip it on resume."""

    class Count(pl.Callback):
        def __init__(self):
            self.steps = []

        def on_validation_end(self, trainer, pl_module):
            self.steps.append(trainer.global_step)

    def attempt(kill=()):
        fits = training(val_every=2, keep="best", checkpoint_minutes=1e-9)
        make, count = fits._trainer, Count()
        monkeypatch.setattr(fits, "_trainer", lambda callbacks, **o: make([*callbacks, count, *kill], **o))
        fits.fit(tiny_learner(pool.dataset), pool, [controller(pool)], tmp_path / "model.ckpt", [])
        return count.steps

    with pytest.raises(Killed):
        attempt([KillAt(at)])
    assert attempt() == still_due


def test_no_checkpoint_is_left_of_the_last_step(pool, tmp_path, monkeypatch):
    """From there, a fit that was killed before its weights were saved would find nothing to train."""
    fits = training(checkpoint_minutes=1e-9)
    monkeypatch.setattr(pl.Trainer, "save_checkpoint", save_then_die(pl.Trainer.save_checkpoint))
    with pytest.raises(Killed):
        fits.fit(tiny_learner(pool.dataset), pool, [controller(pool)], tmp_path / "model.ckpt", [])
    monkeypatch.undo()
    _, result = fit(pool, tmp_path)
    assert result["steps"] == 6


def save_then_die(save):
    def save_checkpoint(trainer, path, weights_only=None, **options):
        if "model.ckpt" in str(path):
            raise Killed
        save(trainer, path, weights_only, **options)

    return save_checkpoint


def test_ctrl_c_in_a_fit_is_a_keyboard_interrupt(pool, tmp_path, monkeypatch):
    class Interrupt(pl.Callback):
        def on_train_batch_start(self, trainer, *_):
            raise KeyboardInterrupt

    fits = training()
    make = fits._trainer
    monkeypatch.setattr(fits, "_trainer", lambda callbacks, **o: make([*callbacks, Interrupt()], **o))
    with pytest.raises(KeyboardInterrupt):
        fits.fit(tiny_learner(pool.dataset), pool, [controller(pool)], tmp_path / "model.ckpt", [])


def test_a_checkpoint_of_another_fit_is_refused(pool):
    other = controller(pool, round_=1)
    with pytest.raises(RunFolderError, match="of round 0 with 6 labels"):
        other.load_state_dict(controller(pool).state_dict())


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda pool: pool.begin_round(1, uses_unlabelled=False), ValueError),
        (lambda pool: pool.label(["image_010"], np.zeros((1, 32, 32), np.uint8)), ValueError),
    ],
)
def test_the_controller_checks_that_the_pool_is_its_own(pool, tmp_path, change, error):
    mine = controller(pool)
    change(pool)
    with pytest.raises(error, match="another round's labels"):
        training().fit(tiny_learner(pool.dataset), pool, [mine], tmp_path / "model.ckpt", [])


def test_the_controller_checks_its_arguments():
    with pytest.raises(ValueError, match="round_=-1"):
        FitGuard(seed=0, round_=-1, labelled=["a"])
    with pytest.raises(ValueError, match="empty"):
        FitGuard(seed=0, round_=0, labelled=[])


def test_best_weights_of_the_validations(pool, tmp_path):
    learner = tiny_learner(pool.dataset, steps=6)
    learner.lr = 3.0  # so high that training does not get better step by step
    seen = []

    class Keep(pl.Callback):
        def on_validation_end(self, trainer, pl_module):
            seen.append((float(trainer.callback_metrics["val/dice"]), weights(pl_module).clone()))

    fits = training(val_every=2, keep="best")
    make = fits._trainer
    fits._trainer = lambda callbacks, **options: make([*callbacks, Keep()], **options)
    fits.fit(learner, pool, [controller(pool)], tmp_path / "model.ckpt", [])
    kept = tiny_learner(pool.dataset)
    load_weights(kept, tmp_path / "model.ckpt")
    assert len(seen) == 3
    best = max(score for score, _ in seen)
    assert any(score == best and torch.equal(state, weights(kept)) for score, state in seen)
    assert min(score for score, _ in seen) < best


def test_patience_ends_a_fit_early(pool, tmp_path):
    learner = tiny_learner(pool.dataset)
    learner.lr = 0.0
    _, result = fit(pool, tmp_path, learner, steps=50, val_every=2, patience=2)
    assert result["steps"] == 6


def test_evaluate_gives_validation_and_test(pool):
    metrics = training().evaluate(tiny_learner(pool.dataset), pool)
    assert set(metrics) == {"val/dice", "test/dice"}


def test_scan_equals_a_plain_forward(pool, dataset):
    learner = tiny_learner(dataset).eval()
    found = training(eval_batch_size=5).scan(learner, pool, Entropy(), keep_features=True)
    with torch.inference_mode():
        prediction = learner.predict_step({"image": torch.from_numpy(dataset.images)})
        scores = Entropy()(prediction)
    assert found.ids == pool.unlabelled
    assert found.labelled_ids == pool.labelled
    assert found.scores == pytest.approx(scores[6:16].numpy(), abs=1e-6)
    assert found.features == pytest.approx(prediction.features[6:16].numpy(), abs=1e-5)
    assert found.labelled_features == pytest.approx(prediction.features[:6].numpy(), abs=1e-5)


def test_a_scan_can_be_in_bf16_and_nothing_else_is(pool):
    learner = tiny_learner(pool.dataset)
    inner, seen = learner.predict_step, []
    learner.predict_step = lambda batch, *a: seen.append(torch.is_autocast_enabled("cpu")) or inner(batch)
    fast = training(scan_precision="bf16-mixed")
    exact = training().scan(learner, pool, Entropy(), keep_features=False)
    assert set(seen) == {False}
    seen.clear()
    found = fast.scan(learner, pool, Entropy(), keep_features=False)
    assert set(seen) == {True}
    assert found.scores == pytest.approx(exact.scores, abs=0.02)
    seen.clear()
    fast.evaluate(learner, pool)
    assert not any(seen)


def test_scan_without_features_leaves_the_labelled_images_alone(pool, monkeypatch):
    learner = tiny_learner(pool.dataset)
    seen = []
    inner = learner.predict_step
    monkeypatch.setattr(learner, "predict_step", lambda batch, *a: seen.extend(batch["row"].tolist()) or inner(batch))
    found = training().scan(learner, pool, Entropy(), keep_features=False)
    assert found.features is None
    assert seen == list(range(6, 16))


def test_scan_of_a_diverged_model_is_an_error(pool):
    learner = tiny_learner(pool.dataset)
    learner.head.weight.data.fill_(float("nan"))
    with pytest.raises(QueryError, match="not finite"):
        training().scan(learner, pool, Entropy(), keep_features=False)


def test_dropout_is_off_in_a_scan(pool):
    learner = tiny_learner(pool.dataset).train()
    first, second = (training().scan(learner, pool, Entropy(), keep_features=False).scores for _ in range(2))
    assert np.array_equal(first, second)


def test_a_broken_checkpoint_is_named(tmp_path):
    (tmp_path / "model.ckpt").write_bytes(b"nonsense")
    with pytest.raises(AlsegError, match=r"model\.ckpt: the checkpoint cannot be read"):
        load_weights(tiny_learner(make_dataset()), tmp_path / "model.ckpt")


def test_a_checkpoint_is_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    torch.save({"state_dict": {}, "trap": Trap()}, tmp_path / "model.ckpt")
    with pytest.raises(AlsegError, match="cannot be read"):
        load_weights(tiny_learner(make_dataset()), tmp_path / "model.ckpt")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, r"trainer\.steps=0"),
        ({"keep": "worst"}, r"trainer\.keep=worst: choose last or best"),
        ({"precision": "fp8"}, r"trainer\.precision=fp8"),
        ({"scan_precision": "fp8"}, r"trainer\.scan_precision=fp8: choose null, 32-true or bf16-mixed"),
        ({"patience": 3}, r"trainer\.patience=3.*val_every"),
        ({"keep": "best"}, r"trainer\.keep=best.*val_every"),
        ({"val_every": 7}, r"trainer\.val_every=7: between 1 and trainer\.steps=6"),
    ],
)
def test_settings_that_contradict_each_other(settings, message):
    with pytest.raises(ConfigError, match=message):
        training(**settings)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there():
    with pytest.raises(ConfigError, match="no GPU"):
        training(accelerator="gpu")


class Twins(TinyLearner):
    """Two members of which the second is nearly the first."""

    members = 2

    def predict_members(self, images):
        one = super().predict_members(images)
        return Prediction(torch.cat([one.logits, self.head(self.body(images) * 1.003).unsqueeze(0)]), one.features)


def test_nearly_equal_members_are_compared_in_float32_whatever_the_precision(pool):
    torch.manual_seed(0)
    learner = Twins(DataSpec.of(pool.dataset), 5).eval()
    with torch.inference_mode():
        prediction = learner.predict_step({"image": pool.images(pool.unlabelled)})
    logs = prediction.logits.double().log_softmax(dim=2)
    expected = (logs[1].exp() * (logs[1] - logs[0])).sum(dim=1).flatten(1).mean(dim=1)
    assert expected.max() < 1e-4
    found = training(precision="bf16-mixed").scan(learner, pool, PseudoLabelDivergence(), keep_features=False)
    assert found.scores.tolist() == pytest.approx(expected.tolist(), rel=1e-3)
    # Whatever compares nothing may be scanned as it was trained.
    rounded = training(precision="bf16-mixed").scan(learner, pool, Entropy(), keep_features=False)
    assert rounded.scores.tolist() != pytest.approx(Entropy()(prediction).tolist(), rel=1e-6)
