"""One network that teaches itself, and the holes in its strong views."""

import pytest
import torch

from alseg.errors import ConfigError
from alseg.learners.cutout import GREY, Cutout
from alseg.learners.learner import DataSpec
from tests.helpers.fits import Killed
from tests.helpers.unisal import KillAt, attempt, batch, images, unisal, watch_views


def fixmatch(*overrides, **options):
    return unisal(*overrides, name="fixmatch", **options)


def test_one_member():
    learner = fixmatch().eval()
    learner.try_out()
    prediction = learner.predict_step({"image": images(5)})
    assert prediction.logits.shape == (1, 5, 3)
    assert prediction.features.shape == (5, learner.network.dimensions)


@pytest.mark.slow
def test_the_loss_by_its_parts():
    """Pseudo-labels of weak views, in evaluation mode; what strong views are taught; a mean over all of them."""
    torch.manual_seed(0)
    learner = fixmatch("learner.confidence=0.36", "learner.consistency=2").train()
    learner.network.head.weight.data *= 200
    seen = watch_views(learner)
    data = batch(4, 8)
    state = {k: v.clone() for k, v in learner.state_dict().items()}
    loss = learner.training_step(data).item()
    weak, both = seen
    assert (len(weak), len(both)) == (8, 12)
    learner.load_state_dict(state)
    with torch.no_grad():
        sure, classes = learner.eval().network(weak)[0].softmax(dim=1).max(dim=1)
        log_p = learner.train().network(both)[0].log_softmax(dim=1)
    taught = sure > 0.36
    assert 0 < taught.sum() < 8
    expected = -log_p[range(4), data["labelled"]["target"]].mean()
    expected -= 2 * log_p[4:][range(8), classes][taught].sum() / 8
    assert loss == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.slow
def test_pseudo_labels_leave_no_trace():
    learner = fixmatch("learner.confidence=0").train()
    before = {k: v.clone() for k, v in learner.state_dict().items()}
    found = learner.pseudo_labels(images(4).float())
    assert not found.requires_grad
    assert all(torch.equal(v, before[k]) for k, v in learner.state_dict().items())  # no batch norm has moved
    assert all(m.training for m in learner.network.modules())


def test_pseudo_labels_do_not_depend_on_the_batch():
    learner = fixmatch("learner.confidence=0").train()
    views = images(4).float()
    found = learner.pseudo_labels(views)
    assert [int(learner.pseudo_labels(view)) for view in views.split(1)] == found.tolist()


@pytest.mark.slow
def test_below_the_confidence_nothing_is_taught():
    learner = fixmatch("learner.confidence=0.999").train()
    logged = {}
    learner.log = lambda name, value, **_: logged.update({name: float(value)})
    loss = learner.training_step(batch())
    assert logged["train/consistency"] == logged["train/pseudo_labels"] == 0
    loss.backward()
    assert all(p.grad.isfinite().all() for p in learner.parameters())


@pytest.mark.slow
def test_without_consistency_the_unlabelled_images_are_left_out():
    learner = fixmatch("learner.consistency=0").train()
    seen = watch_views(learner)
    learner.training_step(batch())
    assert [len(view) for view in seen] == [4]


@pytest.mark.slow
@pytest.mark.parametrize("autocast", [False, True])
def test_a_step_trains_every_parameter(autocast):
    """Autocast keeps the weights it has cast: those of the pass without gradient must not serve the one with it."""
    learner = fixmatch("learner.confidence=0").train()
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        loss = learner.training_step(batch())
    loss.backward()
    assert loss.dtype == torch.float32
    assert [name for name, p in learner.named_parameters() if p.grad is None] == []


def test_strong_views_keep_what_the_weak_ones_say_of_orientation():
    learner = fixmatch("learner/augmentation=oriented", "learner.augmentation.crop=24")
    weak, strong = learner.augmentation, learner.strong.of
    for key in ("crop", "quarter_turns", "flip_horizontal", "flip_vertical"):
        assert getattr(strong, key) == getattr(weak, key)
    assert strong.rotate > weak.rotate
    assert learner.strong(images(2)).shape == (2, 3, 24, 24)


@pytest.mark.slow
def test_grey_images():
    spec = DataSpec("classification", ("benign", "malignant"), 1, (32, 48), "px")
    learner = fixmatch("learner/augmentation=oriented", "learner.confidence=0", spec=spec).train()
    targets = torch.tensor([0, 1, 1])
    data = {"labelled": {"image": images(3, spec), "target": targets}, "unlabelled": {"image": images(2, spec)}}
    assert learner.training_step(data).isfinite()


@pytest.mark.slow
def test_a_fit_lowers_the_loss(tmp_path):
    _, losses, _ = attempt(tmp_path, 20, name="fixmatch", sizes={"batch_size": 12})
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


@pytest.mark.slow
def test_a_fit_killed_half_way_goes_on_to_the_same_network(tmp_path):
    options = {"name": "fixmatch", "overrides": ["learner.confidence=0.4"]}
    whole, _, _ = attempt(tmp_path / "whole", 5, **options)
    with pytest.raises(Killed):
        attempt(tmp_path / "killed", 5, KillAt(), **options)
    resumed, losses, _ = attempt(tmp_path / "killed", 5, **options)
    assert len(losses) == 2
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


# cutout


def holes(n=400, size=0.5, shape=(40, 60)):
    torch.manual_seed(0)
    views = Cutout(lambda x: x.float(), size)(torch.zeros(n, 3, *shape, dtype=torch.uint8))
    return views == GREY


def test_one_grey_rectangle_in_all_channels():
    for hole in holes(50):
        assert torch.equal(hole[0], hole[1])
        rows, columns = hole[0].any(dim=1), hole[0].any(dim=0)
        assert torch.equal(hole[0], rows[:, None] & columns)
        for side in (rows, columns):
            assert int(side.int().diff().abs().sum()) <= 2  # in one piece


@pytest.mark.slow
def test_its_side_is_uniform_up_to_the_size_and_it_lies_anywhere():
    hole = holes(4000)[:, 0]
    heights, widths = hole.any(dim=2).sum(dim=1), hole.any(dim=1).sum(dim=1)
    assert heights.max() <= 20
    assert widths.max() <= 20
    inside = (heights > 0) & ~hole[:, [0, -1]].any(dim=(1, 2)) & ~hole[:, :, [0, -1]].any(dim=(1, 2))
    assert (heights[inside] - widths[inside]).abs().max() <= 1  # a square
    covered = hole.float().mean(dim=0)
    assert covered.min() > 0  # corners too
    # A whole square covers side^2 pixels: E[side^2] = 20^2 / 3 of 40 * 60, where no border cuts it.
    assert covered[15:25, 15:45].mean().item() == pytest.approx(400 / 3 / 2400, rel=0.1)


def test_no_hole_of_no_size():
    assert not holes(size=0.0).any()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("learner.consistency=-1", r"^learner\.consistency=-1: at least 0"),
        ("learner.confidence=1", r"^learner\.confidence=1: at least 0 and below 1"),
        ("learner.strong.size=2", r"^learner\.strong\.size=2: between 0 and 1"),
    ],
)
def test_impossible_settings(override, message):
    with pytest.raises(ConfigError, match=message):
        fixmatch(override)
