"""Members of segmenters: dropout, flipped views, ensembles; and the strategies that compare them."""

import numpy as np
import pytest
import torch

from alseg import randomness
from alseg.acquisition.bald import BALD
from alseg.acquisition.variation_ratio import VariationRatio
from alseg.errors import ConfigError
from alseg.learners.augmentation import Augmentation
from alseg.learners.learner import DataSpec
from alseg.learners.losses import CrossEntropyDice
from alseg.selection.top import Top
from tests.helpers.augmentations import OFF
from tests.helpers.discs import make_dataset
from tests.helpers.fits import training
from tests.helpers.pools import make_pool
from tests.helpers.segmenters import images, segmenter

TINY = (
    "learner.encoder=test_efficientnet",
    "learner.weights=none",
    "+learner.architecture_options={encoder_depth:3,decoder_channels:[8,8,8]}",
)
NAMES = ["segmenter_dropout", "segmenter_flips", "segmenter_ensemble"]
SPEC = DataSpec("segmentation", ("background", "a", "b"), 1, (32, 48), "mm")


def tiny(name, *overrides, spec=SPEC, seed=0):
    with randomness.seeded_torch(seed, 0, "initial weights"):
        made = segmenter(f"learner={name}", *TINY, *overrides, spec=spec)
    made.log = lambda *_, **__: None
    return made.eval()


def batch():
    return {"image": images(3, SPEC), "target": torch.randint(0, 3, (3, 32, 48), dtype=torch.uint8)}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "members"), list(zip(NAMES, (10, 2, 5))))
def test_members_and_the_final_decision(name, members):
    learner = tiny(name)
    prediction = learner.try_out()
    assert learner.members == members
    assert prediction.logits.shape == (members, 1, 3, 32, 48)
    assert prediction.features.shape[0] == 1
    by_mean = prediction.probabilities.mean(dim=0)
    assert torch.allclose(learner.final(prediction).softmax(dim=1), by_mean, atol=1e-6)
    many = learner.predict_step({"image": images(4, SPEC)})
    assert (BALD()(many) > 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_members_say_does_not_depend_on_the_batch_or_on_what_came_before(name):
    learner, pictures = tiny(name), images(4, SPEC)
    with torch.inference_mode():
        together = learner.predict_step({"image": pictures}).logits
        torch.rand(100)
        alone = torch.cat([learner.predict_step({"image": pictures[i : i + 1]}).logits for i in range(4)], dim=1)
    assert torch.allclose(together, alone, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_step_trains_every_parameter(name):
    learner = tiny(name).train()
    learner.training_step(batch()).backward()
    unused = {"blocks.3", "blocks.4", "blocks.5", "conv_head", "bn2"}  # behind the depth of this encoder
    missing = [n for n, p in learner.named_parameters() if p.grad is None]
    assert [n for n in missing if not any(part in n for part in unused)] == []


# Dropout.


def test_dropout_members_lack_maps_of_the_decoder():
    learner, pictures = tiny("segmenter_dropout", "learner.dropout=0.4", "learner.passes=40"), images(2, SPEC)
    model = learner.network.model
    prediction = learner.predict_step({"image": pictures})
    decoded = model.decoder(model.encoder(learner.normalise(pictures)))
    assert learner.masks.shape == (40, 8) == (40, decoded.shape[1])
    assert learner.masks.unique().tolist() == pytest.approx([0, 1 / 0.6])
    assert (learner.masks == 0).float().mean().item() == pytest.approx(0.4, abs=0.08)
    for mask, logits in zip(learner.masks, prediction.logits):
        thinned = decoded.clone()
        for row, factor in enumerate(mask.tolist()):
            thinned[:, row] *= factor
        assert torch.allclose(logits, model.segmentation_head(thinned), atol=1e-5)


@pytest.mark.slow
def test_dropout_masks_come_with_the_seed_leave_the_weights_alone_and_survive_a_checkpoint():
    first, again, other = (tiny("segmenter_dropout", seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first.masks, again.masks)
    assert not torch.equal(first.masks, other.masks)
    plain = tiny("segmenter").state_dict()
    assert all(torch.equal(value, first.state_dict()[name]) for name, value in plain.items())
    other.load_state_dict(first.state_dict())
    assert torch.equal(first.masks, other.masks)


def test_dropout_acts_in_training_on_whole_maps():
    network = tiny("segmenter_dropout", "learner.dropout=0.5").network
    maps = network.train().dropout(torch.ones(20, 8, 4, 4)).flatten(2)
    assert torch.equal(maps.amin(dim=2), maps.amax(dim=2))
    assert set(maps.unique().tolist()) == {0, 2}
    assert not tiny("segmenter").network.train().dropout.p


# Flipped views.

ALL = "learner.views=[none,horizontal,vertical,both]"


def test_flips_are_undone_on_the_masks():
    learner, pictures = tiny("segmenter_flips", ALL), images(2, SPEC)
    found = learner.predict_step({"image": pictures})
    array = learner.normalise(pictures).numpy()
    views = [array, array[:, :, :, ::-1], array[:, :, ::-1], array[:, :, ::-1, ::-1]]
    undo = [lambda m: m, lambda m: m[..., ::-1], lambda m: m[..., ::-1, :], lambda m: m[..., ::-1, ::-1]]
    with torch.no_grad():
        answers = [learner.network(torch.tensor(view.copy())) for view in views]
    for member, (logits, _), back in zip(found.logits, answers, undo):
        assert np.allclose(member.detach(), back(logits.numpy()), atol=1e-5)
    assert torch.allclose(found.features, torch.stack([f for _, f in answers]).mean(dim=0), atol=1e-5)


def test_all_views_of_a_network_that_is_turned_with_its_image_are_one():
    learner = tiny("segmenter_flips", ALL)

    class ByPixel(torch.nn.Module):
        def forward(self, pictures):
            return torch.cat([pictures, pictures**2, -pictures], dim=1), pictures.mean(dim=(2, 3))

    learner.network = ByPixel()
    found = learner.predict_step({"image": images(2, SPEC)})
    assert found.logits.shape[0] == 4
    assert torch.allclose(found.logits, found.logits[:1].expand_as(found.logits))
    assert BALD()(found).tolist() == pytest.approx([0, 0], abs=1e-12)
    assert VariationRatio()(found).tolist() == [0, 0]


# Ensembles.


@pytest.mark.slow
def test_members_of_an_ensemble_are_networks_of_their_own():
    learner = tiny("segmenter_ensemble", "learner.members=3")
    weights = [torch.cat([p.flatten() for p in network.parameters()]) for network in learner.ensemble]
    assert not any(torch.equal(weights[i], weights[j]) for i in range(3) for j in range(i))
    pictures = learner.normalise(images(2, SPEC))
    found = learner.predict_members(pictures)
    for logits, network in zip(found.logits, learner.ensemble):
        assert torch.equal(logits, network(pictures)[0])


@pytest.mark.slow
def test_the_gradients_of_an_ensemble_are_those_of_the_mean_loss():
    learner = tiny("segmenter_ensemble", "learner.members=3").train()
    data = batch()
    torch.manual_seed(1)
    learner.training_step(data).backward()
    trained = [p for p in learner.parameters() if p.grad is not None]
    found = [p.grad.clone() for p in trained]
    learner.zero_grad()
    torch.manual_seed(1)
    losses = []
    for network in learner.ensemble:
        pictures, targets = learner.augmentation(data["image"], data["target"])
        losses.append(learner.loss(network(learner.normalise(pictures))[0], targets))
    (sum(losses) / 3).backward()
    assert all(torch.allclose(mine, p.grad, atol=1e-5) for mine, p in zip(found, trained))
    assert max(float(p.grad.abs().max()) for p in trained) > 1e-3


@pytest.mark.slow
def test_an_ensemble_logs_the_mean_loss_of_its_members():
    learner = tiny("segmenter_ensemble", "learner.members=2").train()
    learner.augmentation, learner.loss = Augmentation(**OFF), CrossEntropyDice(dice_weight=0)
    data, logged = batch(), {}
    learner.log = lambda name, value, **_: logged.update({name: float(value)})
    learner.training_step(data)
    with torch.no_grad():
        losses = [learner.loss(n(learner.normalise(data["image"]))[0], data["target"]) for n in learner.ensemble]
    assert logged["train/loss"] == pytest.approx(float(sum(losses) / 2), rel=1e-4)


# Queries.


def bald_by_hand(members: np.ndarray) -> float:
    """The mutual information of ``(M, K, H, W)`` probabilities, pixel by pixel in double precision, over the pixels."""
    total = 0.0
    for pixel in members.reshape(*members.shape[:2], -1).transpose(2, 0, 1):
        mean = pixel.mean(axis=0)
        total += -(mean * np.log(mean)).sum() + (pixel * np.log(pixel)).sum(axis=1).mean()
    return total / np.prod(members.shape[2:])


def variation_by_hand(members: np.ndarray) -> float:
    """The share of the members that are not of the majority, over the pixels."""
    votes = members.argmax(axis=1).reshape(len(members), -1)
    return float(np.mean([1 - np.bincount(pixel).max() / len(pixel) for pixel in votes.T]))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("acquisition", "by_hand"), [(BALD(), bald_by_hand), (VariationRatio(), variation_by_hand)])
def test_a_query_of_a_segmenter_equals_brute_force(name, acquisition, by_hand):
    dataset = make_dataset(size=16)
    pool = make_pool(dataset)
    pool.label(dataset.ids[:4], dataset.targets[:4])
    learner = tiny(name, spec=DataSpec.of(dataset))
    found = training(eval_batch_size=5).scan(learner, pool, acquisition, keep_features=False)
    with torch.inference_mode():
        members = learner.predict_step({"image": pool.images(pool.unlabelled)}).logits.double().softmax(dim=2).numpy()
    expected = np.array([by_hand(members[:, i]) for i in range(len(pool.unlabelled))])
    assert found.scores == pytest.approx(expected, rel=2e-3, abs=1e-9)
    picked = Top().select(found, 3, np.random.default_rng(0))
    least = np.sort(expected)[-3]
    assert all(expected[pool.unlabelled.index(id_)] >= least - 1e-6 for id_ in picked)


@pytest.mark.parametrize(
    ("name", "override", "message"),
    [
        ("segmenter_dropout", "learner.dropout=0", r"^learner\.dropout=0: above 0"),
        ("segmenter_dropout", "learner.dropout=1", r"^learner\.dropout=1: above 0"),
        ("segmenter_dropout", "learner.passes=1", r"^learner\.passes=1: at least 2"),
        ("segmenter_flips", "learner.views=[none]", r"^learner\.views=\['none'\]: two or more"),
        ("segmenter_flips", "learner.views=[none,none]", r"^learner\.views=.*each once"),
        ("segmenter_flips", "learner.views=[none,up]", r"^learner\.views=.*two or more of none"),
        ("segmenter_ensemble", "learner.members=1", r"^learner\.members=1: at least 2"),
    ],
)
def test_impossible_arguments(name, override, message):
    with pytest.raises(ConfigError, match=message):
        tiny(name, override)
