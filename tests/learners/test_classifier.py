"""The plain classifier over backbones, weights and sizes; its dropout members; what it teaches itself."""

import math

import numpy as np
import pytest
import timm
import torch

from alseg import randomness
from alseg.callbacks.fit_guard import FitGuard
from alseg.data.dataset import Dataset
from alseg.data.phantoms.histology import phantom_histology
from alseg.data.pool import PoolDataModule
from alseg.data.split import Split
from alseg.errors import ConfigError
from alseg.learners.learner import DataSpec
from alseg.networks import weights
from alseg.networks.classification import ClassificationNetwork
from alseg.prediction import Prediction
from tests.helpers.classifiers import LIGHT, SPEC, batch, classifier, images
from tests.helpers.fits import KillAt, Killed, training
from tests.helpers.segmenters import segmenter


@pytest.mark.slow
def test_packaged_weights_are_timms_tensors():
    state = weights._packaged(weights.PACKAGED)
    backbone = classifier().network.backbone.state_dict()
    assert len(backbone) > 250
    assert all(torch.equal(value, state[name]) for name, value in backbone.items())


@pytest.mark.slow
def test_grey_images_see_the_sum_of_the_colour_filters():
    grey = DataSpec("classification", ("a", "b"), 1, (32, 32), "px")
    stem = classifier(spec=grey).network.backbone.conv_stem.weight
    colour = weights._packaged(weights.PACKAGED)["conv_stem.weight"]
    assert torch.allclose(stem, colour.sum(dim=1, keepdim=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backbone", "options"),
    [
        ("resnet18", []),
        ("test_efficientnet", []),  # its head widens the pooled map
        ("convnext_atto", []),
        ("vit_tiny_patch16_224", ["+learner.backbone_options.img_size=[32,48]"]),
    ],
)
def test_any_backbone(backbone, options):
    spec = DataSpec("classification", ("a", "b", "c"), 3, (32, 48), "px")
    learner = classifier(f"learner.backbone={backbone}", "learner.weights=none", *options, spec=spec).eval()
    learner.try_out()
    prediction = learner.predict_step({"image": images(2, spec)})
    assert prediction.logits.shape == (1, 2, 3)
    assert prediction.features.shape == (2, learner.network.dimensions)
    assert prediction.loss is None


@pytest.mark.slow
def test_features_are_what_the_head_looks_at_and_what_timm_pools():
    learner = classifier(*LIGHT).eval()
    network, normal = learner.network, learner.normalise(images())
    logits, features = network(normal)
    assert torch.allclose(logits, network.head(features))
    maps = network.backbone.forward_features(normal)
    assert torch.allclose(features, network.backbone.forward_head(maps, pre_logits=True), atol=1e-5)


@pytest.mark.slow
def test_a_projector_is_a_matrix_without_bias():
    made = ClassificationNetwork("resnet18", "none", None, 3, 4, projection=16)
    logits, features = made(torch.rand(2, 3, 32, 32))
    assert logits.shape == (2, 4)
    assert made.projector is not None
    assert made.projector.bias is None
    assert torch.allclose(made.project(features), features @ made.projector.weight.T, atol=1e-6)
    assert torch.equal(made.project(torch.zeros(1, 512)), torch.zeros(1, 16))
    without = ClassificationNetwork("resnet18", "none", None, 3, 4)
    with pytest.raises(ValueError, match="no projector"):
        without.project(features)


@pytest.mark.slow
def test_weights_from_a_file(tmp_path):
    source = timm.create_model("resnet18", pretrained=False)
    torch.save(source.state_dict(), tmp_path / "r18.pth")
    learner = classifier(
        "learner.backbone=resnet18", "learner.weights=path", f"learner.weights_path={tmp_path}/r18.pth"
    )
    assert torch.equal(learner.network.backbone.layer4[1].conv2.weight, source.layer4[1].conv2.weight)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["learner.backbone=resnet81"], r"^learner\.backbone=resnet81: timm has no such model"),
        (["learner.backbone=resnet18"], r"^learner\.weights=packaged: only tf_efficientnet_lite0"),
        (["learner.weights=imagenet"], r"^learner\.weights=imagenet: choose hub"),
        ([*LIGHT, "+learner.backbone_options.colour=red"], r"^learner\.backbone=test_efficientnet .*colour"),
        ([*LIGHT, "learner.dropout=1.0"], r"^learner\.dropout=1\.0: at least 0 and below 1"),
        ([*LIGHT, "learner.passes=0"], r"^learner\.passes=0: at least 1"),
        ([*LIGHT, "learner.passes=4"], r"^learner\.passes=4: without dropout"),
        ([*LIGHT, "learner.pseudo_entropy=1.5"], r"^learner\.pseudo_entropy=1\.5: above 0"),
        ([*LIGHT, "learner.pseudo_after=2"], r"^learner\.pseudo_after=2: between 0 and 1"),
        ([*LIGHT, "learner.augmentation.crop=36"], r"^learner\.augmentation\.crop=36: images have 32 x 40 pixels"),
        ([*LIGHT, "learner.augmentation.stain=3"], r"^learner\.augmentation\.stain=3"),
    ],
)
def test_what_does_not_exist_or_is_out_of_range(overrides, message):
    with pytest.raises(ConfigError, match=message):
        classifier(*overrides)


def test_a_segmentation_set_is_refused_with_what_to_choose():
    with pytest.raises(ConfigError, match=r"Classifier is for classification.*choose learner=segmenter"):
        classifier(*LIGHT, spec=DataSpec("segmentation", ("background", "a"), 3, (32, 32), "px"))
    with pytest.raises(ConfigError, match=r"Segmenter is for segmentation.*choose learner=classifier"):
        segmenter(spec=SPEC)


@pytest.mark.slow
def test_a_step_trains_every_parameter_on_crops_too():
    learner = classifier(*LIGHT, "learner.augmentation.crop=24")
    learner.training_step(batch()).backward()
    assert [name for name, p in learner.named_parameters() if p.grad is None] == []


def test_the_loss_is_that_of_the_augmented_batch():
    learner = classifier(*LIGHT).eval()
    data = batch()
    torch.manual_seed(1)
    loss = learner.training_step(data)
    torch.manual_seed(1)
    logits, _ = learner.network(learner.normalise(learner.augmentation(data["image"])))
    log_p = logits.log_softmax(dim=1)
    expected = -sum(log_p[i, c] for i, c in enumerate(data["target"].tolist())) / 4
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)


# Dropout members.

DROPOUT = (*LIGHT, "learner.dropout=0.4", "learner.passes=6")


@pytest.mark.slow
def test_members_are_thinned_networks():
    learner = classifier(*DROPOUT).eval()
    learner.try_out()
    prediction = learner.predict_step({"image": images()})
    assert learner.members == 6
    assert prediction.logits.shape == (6, 4, 3)
    assert learner.masks.unique().tolist() == pytest.approx([0, 1 / 0.6])
    head = learner.network.head
    for mask, logits in zip(learner.masks, prediction.logits):
        by_hand = (prediction.features * mask) @ head.weight.T + head.bias
        assert torch.allclose(logits, by_hand, atol=1e-5)
    share = (learner.masks == 0).float().mean().item()
    assert share == pytest.approx(0.4, abs=0.05)


@pytest.mark.slow
def test_what_members_say_of_an_image_does_not_depend_on_its_batch_or_on_what_came_before():
    learner = classifier(*DROPOUT).eval()
    pictures = images(8)
    with torch.inference_mode():
        together = learner.predict_step({"image": pictures}).logits
        torch.rand(100)
        backwards = learner.predict_step({"image": pictures.flip(0)}).logits.flip(1)
        alone = torch.cat([learner.predict_step({"image": pictures[i : i + 1]}).logits for i in range(8)], dim=1)
    assert torch.allclose(together, backwards, atol=1e-4)
    assert torch.allclose(together, alone, atol=1e-4)


@pytest.mark.slow
def test_members_come_with_the_seed_and_leave_the_weights_alone():
    def made(seed, *more):
        with randomness.seeded_torch(seed, 0, "initial weights"):
            return classifier(*LIGHT, "learner.dropout=0.4", *more)

    first, again, other = (made(seed, "learner.passes=6") for seed in (0, 0, 1))
    assert torch.equal(first.masks, again.masks)
    assert not torch.equal(first.masks, other.masks)
    plain = made(0)
    assert torch.equal(plain.network.head.weight, first.network.head.weight)


def test_members_survive_a_checkpoint():
    first, second = classifier(*DROPOUT), classifier(*DROPOUT)
    assert not torch.equal(first.masks, second.masks)
    second.load_state_dict(first.state_dict())
    assert torch.equal(first.masks, second.masks)


def test_without_members_dropout_is_for_training_alone():
    learner = classifier(*LIGHT, "learner.dropout=0.4").eval()
    data = {"image": images()}
    assert torch.equal(learner.predict_step(data).logits, learner.predict_step(data).logits)
    assert learner.members == 1
    learner.train()
    assert learner.network.dropout.training


# What it teaches itself.


@pytest.mark.slow
def test_unlabelled_images_are_asked_for_only_if_they_may_join():
    assert not classifier(*LIGHT).uses_unlabelled
    assert classifier(*LIGHT, "learner.pseudo_entropy=0.1").uses_unlabelled


@pytest.mark.slow
@pytest.mark.parametrize("delta", [0.05, 0.3, 0.9])
def test_images_below_the_entropy_join_with_their_predicted_class(delta, monkeypatch):
    learner = classifier(*LIGHT, f"learner.pseudo_entropy={delta}")
    modes = []

    def by_brightness(pictures):  # the further from grey, the surer: dark ones are of class 0, bright ones of class 2
        modes.append(learner.network.training)
        bright = 4 * pictures.mean(dim=(1, 2, 3))
        return Prediction(torch.stack([-bright, 0 * bright, bright], dim=1)[None], bright[:, None])

    monkeypatch.setattr(learner, "predict_members", by_brightness)
    pictures = (torch.arange(32, dtype=torch.uint8) * 8).view(-1, 1, 1, 1).repeat(1, 3, 32, 40)
    chosen, classes = learner.sure_of(pictures)
    assert modes == [False]  # it was looked at in evaluation mode, and goes on training
    assert learner.network.training
    learner.eval()
    p = learner.predict_step({"image": pictures}).mean
    entropy = -(p * p.clamp(min=1e-12).log()).sum(dim=1) / math.log(3)
    sure = entropy < delta
    assert 0 < sure.sum() < 32
    assert torch.equal(chosen, pictures[sure])
    assert torch.equal(classes, p.argmax(dim=1)[sure])


class Watched(torch.nn.Module):
    def forward(self, logits, targets):
        self.targets = targets.tolist()
        return logits.sum()


@pytest.mark.parametrize(("step", "joined"), [(0, 0), (4, 0), (5, 3), (9, 3)])
def test_they_join_after_a_while(step, joined, monkeypatch):
    learner = classifier(*LIGHT, "learner.pseudo_entropy=0.5", steps=10)
    monkeypatch.setattr(type(learner), "global_step", step)
    monkeypatch.setattr(learner, "sure_of", lambda pictures: (pictures[:3], torch.tensor([2, 2, 2])))
    learner.loss = Watched()
    learner.training_step({"labelled": batch(4), "unlabelled": {"image": images(6)}})
    assert learner.loss.targets == [0, 1, 2, 0] + [2] * joined


@pytest.mark.slow
def test_nobody_is_sure_and_training_goes_on():
    learner = classifier(*LIGHT, "learner.pseudo_entropy=0.000001", "learner.pseudo_after=0")
    assert learner.training_step({"labelled": batch(4), "unlabelled": {"image": images(6)}}).isfinite()


# Fits.


def tiles() -> Dataset:
    return phantom_histology(size=32, slides=8, tiles=6, rare=0.0, mixed=0.0, stain=0.3)


def pool_of(data: Dataset, steps: int) -> PoolDataModule:
    parts = Split(data.ids[:30], data.ids[30:36], data.ids[36:])
    pool = PoolDataModule(data, parts, seed=0, steps=steps, batch_size=8, unlabelled_batch_size=6, eval_batch_size=9)
    pool.label(data.ids[:20], data.targets[:20])
    return pool


def fit(pool, folder, *overrides, kill_at=None, monkeypatch=None, **settings):
    with randomness.seeded_torch(0, 0, "initial weights"):
        learner = segmenter(*overrides, spec=DataSpec.of(pool.dataset), steps=pool.steps)
    pool.begin_round(0, uses_unlabelled=learner.uses_unlabelled)
    fits = training(steps=pool.steps, **settings)
    if kill_at is not None:
        make = fits._trainer
        monkeypatch.setattr(fits, "_trainer", lambda callbacks, **o: make([*callbacks, KillAt(kill_at)], **o))
    controller = FitGuard(seed=0, round_=0, labelled=pool.labelled)
    result = fits.fit(learner, pool, [controller], folder / "model.ckpt", [])
    return learner, fits, result


@pytest.mark.slow
def test_a_fit_learns_tissues_and_is_measured(tmp_path):
    pool = pool_of(tiles(), steps=30)
    learner, fits, result = fit(pool, tmp_path, "learner=classifier", val_every=15, keep="best")
    assert result["steps"] == 30
    metrics = fits.evaluate(learner, pool)
    expected = {f"{stage}/{name}" for stage in ("val", "test") for name in learner.test_metrics.names}
    assert set(metrics) == expected
    assert learner.validation_values() == tuple(f"val/{name}" for name in learner.val_metrics.names)
    learner.eval()
    with torch.inference_mode():
        trained_on = learner.predict_step({"image": pool.images(pool.labelled)}).mean.argmax(dim=1)
    assert (trained_on.numpy() == pool.labels(pool.labelled)).mean() > 0.6  # by chance it would be 1 in 7
    assert np.isfinite(metrics["test/accuracy"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [
        ("learner=classifier", "learner.dropout=0.3", "learner.passes=3", "learner.pseudo_entropy=0.999"),
        ("learner=learning_loss",),
    ],
    ids=["classifier", "learning_loss"],
)
def test_a_fit_killed_half_way_goes_on_to_the_same_weights(overrides, tmp_path, monkeypatch):
    pool = pool_of(tiles(), steps=6)
    whole, _, _ = fit(pool, tmp_path / "whole", *overrides, *LIGHT)
    with pytest.raises(Killed):
        fit(pool, tmp_path / "killed", *overrides, *LIGHT, kill_at=4, monkeypatch=monkeypatch, checkpoint_minutes=1e-9)
    resumed, _, result = fit(pool, tmp_path / "killed", *overrides, *LIGHT)
    assert result["steps"] == 6
    state = resumed.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in whole.state_dict().items())


@pytest.mark.slow
def test_a_monitor_that_is_not_logged_is_refused_before_training(tmp_path):
    pool = pool_of(tiles(), steps=6)
    with pytest.raises(ConfigError, match=r"trainer\.monitor=val/dice: there is no such value; there is val/accuracy"):
        fit(pool, tmp_path, "learner=classifier", *LIGHT, val_every=3, keep="best", monitor="val/dice")
