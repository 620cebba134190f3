"""Student and teacher."""

import math

import pytest
import pytorch_lightning as pl
import torch

from alseg import randomness
from alseg.callbacks.fit_guard import FitGuard
from alseg.errors import ConfigError
from alseg.learners.learner import DataSpec
from alseg.learners.sequal import STUDENT, TEACHER
from tests.helpers.discs import make_dataset
from tests.helpers.fits import Killed, training
from tests.helpers.pools import make_pool
from tests.helpers.segmenters import images, segmenter, sequal


@pytest.fixture
def learner():
    return sequal()


def batch(value=None):
    targets = torch.randint(0, 3, (2, 64, 96), dtype=torch.uint8)
    if value is not None:
        targets[:] = value
    labelled = {"image": images(2), "target": targets, "annotation": targets}
    return {"labelled": labelled, "unlabelled": {"image": images(3)}}


def step(learner, data):
    optimizer = learner.configure_optimizers()["optimizer"]
    loss = learner.training_step(data)
    loss.backward()
    optimizer.step()
    learner.average()
    return loss


@pytest.mark.slow
def test_two_members_that_start_alike(learner):
    prediction = learner.eval().predict_step({"image": images()})
    assert prediction.logits.shape == (2, 2, 3, 64, 96)
    assert torch.equal(prediction.logits[STUDENT], prediction.logits[TEACHER])
    assert torch.equal(learner.final(prediction), prediction.logits[TEACHER])


@pytest.mark.slow
def test_the_teacher_is_the_average_of_its_past_over_weights_and_buffers(learner):
    learner.train()
    learner.decay = 0.6
    expected = {k: v.clone().double() for k, v in learner.teacher.state_dict().items() if v.is_floating_point()}
    for number in range(1, 4):
        step(learner, batch())
        keep = min(1 - 1 / (number + 1), 0.6)
        student = learner.student.state_dict()
        expected = {k: keep * v + (1 - keep) * student[k].double() for k, v in expected.items()}
    teacher = learner.teacher.state_dict()
    assert any("running_mean" in name for name in expected)
    for name, value in expected.items():
        assert torch.allclose(teacher[name].double(), value, atol=1e-4), name


@pytest.mark.slow
def test_the_average_goes_on_where_weights_go_on(learner):
    learner.averaged_steps.fill_(500)
    other = segmenter("learner=sequal", "learner.encoder=test_efficientnet", "learner.weights=none")
    other.load_state_dict(learner.state_dict())
    assert int(other.averaged_steps) == 500


class KillAt(pl.Callback):
    def on_train_batch_start(self, trainer, *_):
        if trainer.global_step == 3:
            raise Killed


@pytest.mark.slow
def test_a_fit_killed_half_way_goes_on_to_the_same_pair(tmp_path, monkeypatch):
    dataset = make_dataset()
    spec = DataSpec.of(dataset)

    def attempt(folder, kill=()):
        pool = make_pool(dataset, steps=5)
        pool.label(dataset.ids[:6], dataset.targets[:6])
        pool.begin_round(0, uses_unlabelled=True)
        fits = training(steps=5, checkpoint_minutes=1e-9)
        make = fits._trainer
        monkeypatch.setattr(fits, "_trainer", lambda callbacks, **o: make([*callbacks, *kill], **o))
        options = [
            "learner=sequal",
            "learner.encoder=test_efficientnet",
            "learner.weights=none",
            "learner.refine=null",
        ]
        with randomness.seeded_torch(0, 0, "initial weights"):
            learner = segmenter(*options, spec=spec, steps=5)
        controller = FitGuard(seed=0, round_=0, labelled=pool.labelled)
        fits.fit(learner, pool, [controller], tmp_path / folder / "model.ckpt", [])
        return learner

    whole = attempt("whole")
    with pytest.raises(Killed):
        attempt("killed", [KillAt()])
    resumed = attempt("killed")
    assert int(resumed.averaged_steps) == int(whole.averaged_steps) == 5
    kept = whole.query_state.states
    assert len(kept) == 2
    for one, other in zip(
        (whole.state_dict(), *kept), (resumed.state_dict(), *resumed.query_state.states), strict=True
    ):
        assert one.keys() == other.keys()
        for name, value in one.items():
            assert not isinstance(value, torch.Tensor) or torch.equal(value, other[name]), name


@pytest.mark.slow
def test_only_the_student_is_trained(learner):
    learner.train()
    trained = {id(p) for g in learner.configure_optimizers()["optimizer"].param_groups for p in g["params"]}
    assert trained == {id(p) for p in learner.student.parameters()}
    learner.training_step(batch()).backward()
    assert all(p.grad is None for p in learner.teacher.parameters())
    assert all(p.grad is not None for p in learner.student.parameters())


@pytest.mark.slow
def test_batch_norm_trains_again_after_an_evaluation(learner):
    learner.eval()
    learner.train()
    student = [m for m in learner.student.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    teacher = [m for m in learner.teacher.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert student
    assert all(m.training for m in student)
    assert not any(m.training for m in teacher)


@pytest.mark.slow
def test_the_consistency_weight_reaches_its_full_size_within_a_round(learner):
    assert learner.consistency_weight(0) == pytest.approx(math.exp(-5))
    assert learner.consistency_weight(5) == pytest.approx(math.exp(-5 * 0.25))
    assert learner.consistency_weight(10) == learner.consistency_weight(19) == 1


@pytest.mark.slow
def test_unlabelled_images_teach(learner):
    """With nothing annotated, only consistency is left, and it moves the student once the two have parted."""
    learner.train()
    step(learner, batch())
    learner.zero_grad()
    learner.training_step(batch(255)).backward()
    assert sum(p.grad.abs().sum() for p in learner.student.parameters()) > 0


class Seen:
    """Notes the images that a network is shown, and answers with what it learns them by."""

    def __init__(self, network):
        self.network, self.images = network, None

    def __call__(self, images):
        self.images = images
        return self.network(images)


@pytest.mark.slow
@pytest.mark.parametrize("views", ["shared", "own"])
def test_the_two_see_the_same_places_in_tones_of_their_own(learner, monkeypatch, views):
    """Without tones to change, both views are the same moved image: the geometry is shared in either case."""
    learner.train()
    learner.views = views
    student, teacher = Seen(learner.student.forward), Seen(learner.teacher.forward)
    monkeypatch.setattr(learner.student, "forward", student)
    monkeypatch.setattr(learner.teacher, "forward", teacher)
    learner.training_step(batch())
    assert torch.equal(student.images, teacher.images) == (views == "shared")
    view = learner.augmentation
    view.brightness = view.contrast = view.gamma = view.noise = 0.0
    learner.training_step(batch())
    assert torch.allclose(student.images, teacher.images, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("learner.views=other", r"^learner\.views=other: choose shared or own"),
        ("learner.query_at=0", r"^learner\.query_at=0(\.0)?: above 0 and at most 1"),
        ("learner.consistency=-1", r"^learner\.consistency=-1: at least 0"),
        ("learner.rampup=-0.5", r"^learner\.rampup=-0\.5: at least 0"),
        ("learner.decay=1.5", r"^learner\.decay=1\.5: between 0 and 1"),
        (
            "learner.refine.times=0",
            r"^learner\.refine\.times=0: at least 1; without a refinement \(null\) nothing is repaired",
        ),
        ("learner.refine.confidence=a", r"^learner\.refine\.confidence=a: at least 0 and below 1$"),
        (
            "learner.refine.confidence=[0.8,0.9]",
            r"^learner\.refine\.confidence=\[0\.8, 0\.9\]: one number, or 3, one for each",
        ),
    ],
)
def test_impossible_settings(override, message):
    with pytest.raises(ConfigError, match=message):
        segmenter("learner=sequal", "learner.encoder=test_efficientnet", "learner.weights=none", override)
