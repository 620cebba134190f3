"""Two networks that teach each other."""

import math

import pytest
import pytorch_lightning as pl
import torch

from alseg import randomness
from alseg.acquisition.pld import PseudoLabelDivergence
from alseg.callbacks.fit_guard import FitGuard
from alseg.errors import ConfigError
from alseg.learners.augmentation import Augmentation
from alseg.learners.learner import DataSpec
from alseg.learners.losses import CrossEntropyDice
from tests.helpers.augmentations import OFF
from tests.helpers.discs import make_dataset
from tests.helpers.fits import Killed, training
from tests.helpers.pools import make_pool
from tests.helpers.segmenters import SMALL, dual_view, images, segmenter


def batch(value=None):
    targets = torch.randint(0, 3, (2, 64, 96), dtype=torch.uint8)
    if value is not None:
        targets[:] = value
    return {"labelled": {"image": images(2), "target": targets}, "unlabelled": {"image": images(3)}}


def gradients(learner, data, *, autocast=False):
    """The size of each network's gradient."""
    learner.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        loss = learner.training_step(data)
    loss.backward()
    return [sum(float(p.grad.abs().sum()) for p in n.parameters() if p.grad is not None) for n in learner.pair]


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["Unet", "UnetPlusPlus", "FPN", "DeepLabV3Plus", "MAnet", "Segformer"])
def test_two_members_of_any_architecture(architecture):
    learner = dual_view(f"learner.architecture={architecture}").eval()
    learner.try_out()
    prediction = learner.predict_step({"image": images()})
    assert prediction.logits.shape == (2, 2, 3, 64, 96)
    by_mean = prediction.probabilities.mean(dim=0)
    assert torch.allclose(learner.final(prediction).softmax(dim=1), by_mean, atol=1e-6)
    features = torch.stack([n(learner.normalise(torch.zeros(1, 1, 64, 96)))[1] for n in learner.pair]).mean(dim=0)
    assert torch.allclose(learner.predict_step({"image": torch.zeros(1, 1, 64, 96)}).features, features, atol=1e-6)
    assert (PseudoLabelDivergence()(prediction) > 0).all()


@pytest.mark.slow
def test_one_pretrained_encoder_and_two_decoders():
    first, second = segmenter("learner=dual_view").pair
    encoders = zip(first.model.encoder.parameters(), second.model.encoder.parameters())
    assert all(torch.equal(mine, other) for mine, other in encoders)
    weights = [(m.weight, o.weight) for m, o in zip(first.modules(), second.modules()) if type(m) is torch.nn.Conv2d]
    decoders = weights[-6:]
    assert not any(torch.equal(mine, other) for mine, other in decoders)


@pytest.mark.slow
def test_a_pseudo_label_is_the_class_a_network_is_sure_of_in_the_image_as_it_is():
    learner = dual_view("learner.confidence=0.4").train()
    data = images(4)
    before = {k: v.clone() for k, v in learner.state_dict().items()}
    found = learner.pseudo_labels(data)
    assert all(torch.equal(v, before[k]) for k, v in learner.state_dict().items())  # no batch norm has moved
    assert all(m.training for m in learner.modules())
    learner.eval()
    with torch.no_grad():
        for mine, network in zip(found, learner.pair):
            sure, classes = network(learner.normalise(data))[0].softmax(dim=1).max(dim=1)
            assert torch.equal(mine == 255, sure <= 0.4)
            assert torch.equal(mine[mine != 255], classes[sure > 0.4])
    assert 0 < float((found == 255).float().mean()) < 1


@pytest.mark.slow
def test_the_mutual_loss_is_the_mean_over_all_pixels():
    learner = dual_view()
    p = torch.tensor([0.9, 0.2, 0.6, 0.5])
    logits = torch.stack([1 - p, p]).log().view(1, 2, 2, 2)
    pseudo_labels = torch.tensor([[[1, 255], [0, 255]]])
    expected = -(math.log(0.9) + math.log(0.4)) / 4
    assert learner.mutual_loss(logits, pseudo_labels).item() == pytest.approx(expected, abs=1e-6)
    nothing = learner.mutual_loss(logits, torch.full((1, 2, 2), 255))
    assert nothing.item() == 0


@pytest.mark.slow
def test_the_loss_by_its_parts():
    """Without augmentation: each supervised, plus half of what each learns from the other's pseudo-labels."""
    learner = dual_view("learner.alone=0", "learner.confidence=0.35").train()
    learner.augmentation = Augmentation(**OFF)
    data = batch()
    pseudo_labels = learner.pseudo_labels(data["unlabelled"]["image"])
    loss = learner.training_step(data).item()
    both = learner.normalise(torch.cat([data["labelled"]["image"], data["unlabelled"]["image"]]))
    expected = 0.0
    for network, other in zip(learner.pair, pseudo_labels.flip(0)):
        logits, _ = network(both)
        sure = other != 255
        log_p = logits[2:].log_softmax(dim=1).gather(1, other.where(sure, 0).unsqueeze(1)).squeeze(1)
        expected += (
            CrossEntropyDice()(logits[:2], data["labelled"]["target"]) - 0.5 * (log_p * sure).sum() / sure.numel()
        )
    assert not torch.equal(*pseudo_labels)
    assert loss == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.slow
def test_a_pseudo_label_moves_with_the_image():
    """What each network is taught is what the other says of the pixel that the view shows in this place."""
    torch.manual_seed(0)
    learner = dual_view("learner.alone=0").train()
    data = batch()
    height = 8 * torch.arange(8).repeat_interleave(8).view(64, 1)
    data["unlabelled"]["image"] = (height + torch.arange(96) // 12).expand(3, 1, 64, 96).to(torch.uint8).contiguous()
    # Each network's pseudo-label is the pixel's own brightness, or its opposite: a teacher known by what it teaches.
    learner.pseudo_labels = lambda x: torch.stack([x[:, 0].long(), 200 - x[:, 0].long()])
    learner.augmentation = Augmentation(**(OFF | {"flip_horizontal": 0.5, "rotate": 20.0, "scale": 0.2, "shift": 0.1}))
    seen, taught = [], []
    normalise = learner.normalise
    learner.normalise = lambda x: seen.append(x[2:, 0]) or normalise(x)
    learner.mutual_loss = lambda logits, labels: taught.append(labels) or logits.sum() * 0
    learner.training_step(data)
    assert not torch.equal(*seen)  # views of their own
    for view, labels, brightness in zip(seen, taught, (lambda x: 200 - x, lambda x: x)):
        known = labels != 255
        assert 0.5 < known.float().mean() < 1  # what comes in from outside teaches nothing
        assert ((brightness(labels) - view).abs()[known] <= 8).float().mean() > 0.97


@pytest.mark.slow
def test_alone_at_first_and_then_together():
    learner = dual_view(steps=201)
    assert learner.mutual_weight(15) == 0
    assert [learner.mutual_weight(step) for step in (16, 100, 200)] == [0.5] * 3
    learner = dual_view("learner.alone=0.5", "learner.confidence=0").train()
    assert gradients(learner, batch(255)) == [0, 0]
    learner.alone = 0.0
    assert min(gradients(learner, batch(255))) > 0


@pytest.mark.slow
def test_each_learns_from_the_other_and_not_from_itself():
    learner = dual_view("learner.alone=0", "learner.confidence=0").train()
    labels = learner.pseudo_labels
    learner.pseudo_labels = lambda x: torch.stack([labels(x)[0], torch.full((len(x), 64, 96), 255)])
    first, second = gradients(learner, batch(255))
    assert first == 0
    assert second > 0


@pytest.mark.slow
@pytest.mark.parametrize("autocast", [False, True])
def test_a_step_trains_every_parameter(autocast):
    """Autocast keeps the weights it has cast: those of the pass without gradient must not serve the one with it."""
    learner = dual_view("learner.alone=0", "learner.confidence=0").train()
    gradients(learner, batch(), autocast=autocast)
    assert [name for name, p in learner.named_parameters() if p.grad is None] == []


@pytest.mark.slow
def test_a_fit_lowers_the_loss(tmp_path):
    learner, losses = attempt(tmp_path, 12)
    assert sum(losses[-3:]) < 0.8 * sum(losses[:3])
    assert all(m.training for m in learner.pair.modules())


class KillAt(pl.Callback):
    def on_train_batch_start(self, trainer, *_):
        if trainer.global_step == 3:
            raise Killed


class Losses(pl.Callback):
    def __init__(self):
        self.values = []

    def on_train_batch_end(self, trainer, pl_module, outputs, *_):
        self.values.append(float(outputs["loss"]))


def attempt(folder, steps, *kill):
    dataset = make_dataset()
    pool = make_pool(dataset, steps=steps)
    pool.label(dataset.ids[:6], dataset.targets[:6])
    pool.begin_round(0, uses_unlabelled=True)
    fits, losses = training(steps=steps, checkpoint_minutes=1e-9), Losses()
    make = fits._trainer
    fits._trainer = lambda callbacks, **o: make([*callbacks, losses, *kill], **o)
    with randomness.seeded_torch(0, 0, "initial weights"):
        options = ["learner.alone=0.3", "learner.confidence=0.5", "learner.optimizer.lr=0.01"]
        options += ["+learner.architecture_options.decoder_channels=[16,8,8,8,8]"]
        learner = segmenter(*SMALL, *options, spec=DataSpec.of(dataset), steps=steps)
    controller = FitGuard(seed=0, round_=0, labelled=pool.labelled)
    fits.fit(learner, pool, [controller], folder / "model.ckpt", [])
    return learner, losses.values


@pytest.mark.slow
def test_a_fit_killed_half_way_goes_on_to_the_same_pair(tmp_path):
    whole, _ = attempt(tmp_path / "whole", 5)
    with pytest.raises(Killed):
        attempt(tmp_path / "killed", 5, KillAt())
    resumed, losses = attempt(tmp_path / "killed", 5)
    assert len(losses) == 2
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("learner.mutual=-1", r"^learner\.mutual=-1: at least 0"),
        ("learner.alone=1.5", r"^learner\.alone=1\.5: between 0 and 1"),
        ("learner.confidence=1", r"^learner\.confidence=1: at least 0 and below 1"),
    ],
)
def test_impossible_settings(override, message):
    with pytest.raises(ConfigError, match=message):
        dual_view(override)
