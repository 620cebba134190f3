"""Two classifiers that teach each other."""

import itertools
import math

import numpy as np
import pytest
import pytorch_lightning as pl
import torch

from alseg import randomness
from alseg.acquisition.disagreement import Disagreement
from alseg.data.dataset import Dataset
from alseg.data.pool import PoolDataModule
from alseg.data.split import Split
from alseg.errors import ConfigError
from alseg.learners.contrastive import Contrastive
from alseg.learners.learner import DataSpec
from tests.helpers.contrastive import by_pairs
from tests.helpers.fits import Killed
from tests.helpers.segmenters import segmenter
from tests.helpers.unisal import SPEC, KillAt, attempt, batch, images, pool_of, tiles, unisal, watch_views


def gradients(learner, data, *, autocast=False):
    """The size of each network's gradient."""
    learner.zero_grad()
    torch.manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        loss = learner.training_step(data)
    loss.backward()
    return [sum(float(p.grad.abs().sum()) for p in n.parameters() if p.grad is not None) for n in learner.pair]


# prediction


@pytest.mark.slow
@pytest.mark.parametrize("backbone", ["test_efficientnet", "resnet18", "convnext_atto"])
def test_two_members_of_any_backbone(backbone):
    learner = unisal(f"learner.backbone={backbone}").eval()
    learner.try_out()
    data = images(5)
    prediction = learner.predict_step({"image": data})
    assert prediction.logits.shape == (2, 5, 3)
    assert prediction.features.shape == (5, 128)
    views = learner.normalise(data)
    pairs = [network(views) for network in learner.pair]
    projections = [network.project(features) for network, (_, features) in zip(learner.pair, pairs)]
    assert torch.allclose(prediction.features, (projections[0] + projections[1]) / 2, atol=1e-6)
    assert torch.allclose(learner.final(prediction), (pairs[0][0] + pairs[1][0]) / 2, atol=1e-6)
    assert (Disagreement()(prediction) > 0).all()


@pytest.mark.slow
def test_one_pretrained_backbone_and_two_heads():
    with randomness.seeded_torch(0, 0, "initial weights"):
        learner = segmenter("learner=unisal", spec=SPEC)
    first, second = learner.pair
    backbones = zip(first.backbone.state_dict().values(), second.backbone.state_dict().values())
    assert all(torch.equal(mine, other) for mine, other in backbones)
    assert not torch.equal(first.head.weight, second.head.weight)
    assert not torch.equal(first.projector.weight, second.projector.weight)
    assert first.projector.bias is None
    assert not {id(p) for p in first.parameters()} & {id(p) for p in second.parameters()}


# a training step


@pytest.mark.slow
def test_each_network_has_weak_views_of_its_own_of_all_images():
    learner = unisal().train()
    seen = watch_views(learner)
    data = batch()
    learner.training_step(data)
    assert [len(view) for view in seen] == [10, 10]
    assert not any(torch.equal(mine, other) for mine, other in zip(*seen))
    assert (data["labelled"]["image"].dtype, seen[0].dtype) == (torch.uint8, torch.float32)


@pytest.mark.slow
def test_the_loss_by_its_parts():
    """Supervised, half of what each learns from the other's pseudo-labels, and a tenth of the contrastive loss."""
    torch.manual_seed(0)
    learner = unisal("learner.alone=0", "learner.confidence=0.34").train()
    for network in learner.pair:
        network.head.weight.data *= 30  # some are sure, some are not
    seen = watch_views(learner)
    data = batch(4, 8)
    state = {k: v.clone() for k, v in learner.state_dict().items()}
    loss = learner.training_step(data)
    learner.load_state_dict(state)
    targets = data["labelled"]["target"]
    with torch.no_grad():
        results = [network(view) for network, view in zip(learner.pair, seen)]
        projections = [network.project(features) for network, (_, features) in zip(learner.pair, results)]
    p = [logits.softmax(dim=1) for logits, _ in results]
    supervised = sum(-math.log(p[m][i, targets[i]]) / 4 for m in range(2) for i in range(4))
    mutual, agreed = 0.0, []
    for i in range(4, 12):
        sure = [p[m][i].max() > 0.34 for m in range(2)]
        classes = [int(p[m][i].argmax()) for m in range(2)]
        for m in range(2):
            if sure[1 - m]:
                mutual += -math.log(p[m][i, classes[1 - m]]) / 8
        agreed.append(classes[0] if all(sure) and classes[0] == classes[1] else -1)
    assert len({-1, *agreed}) >= 2
    assert -1 in agreed
    contrastive = by_pairs(*projections, [*targets.tolist(), *agreed])
    assert loss.item() == pytest.approx(supervised + 0.5 * mutual + 0.1 * contrastive.item(), rel=1e-5)


@pytest.mark.slow
def test_pseudo_labels_are_classes_above_the_confidence():
    learner = unisal("learner.confidence=0.7")
    p = torch.tensor([[[0.71, 0.2, 0.09], [0.69, 0.3, 0.01]], [[0.0, 0.1, 0.9], [0.1, 0.8, 0.1]]])
    assert learner.pseudo_labels(p.log()).tolist() == [[0, -1], [2, 1]]


def test_the_mutual_loss_is_the_mean_over_all_unlabelled_images():
    p = torch.tensor([[[0.5, 0.5], [0.9, 0.1]], [[0.2, 0.8], [0.3, 0.7]]])
    pseudo_labels = torch.tensor([[0, -1], [-1, 0]])
    expected = -math.log(0.5) / 2 - math.log(0.3) / 2
    learner = unisal()
    assert learner.mutual_loss(p.log(), pseudo_labels).item() == pytest.approx(expected, abs=1e-6)
    logits = p.log().requires_grad_()
    nothing = learner.mutual_loss(logits, torch.full((2, 2), -1))
    nothing.backward()
    assert nothing.item() == 0
    assert (logits.grad == 0).all()


@pytest.mark.slow
def test_each_learns_from_the_other_and_not_from_itself():
    learner = unisal("learner.alone=0", "learner.contrastive=0").train()
    learner.loss = torch.nn.CrossEntropyLoss(ignore_index=1, reduction="sum")
    learner.pseudo_labels = lambda logits: torch.tensor([[0] * 6, [-1] * 6])  # only the first is sure
    data = batch()
    data["labelled"]["target"][:] = 1
    first, second = gradients(learner, data)
    assert first == 0
    assert second > 0


@pytest.mark.slow
def test_a_pseudo_label_has_no_gradient():
    """The teacher must not learn to please its pupil."""
    learner = unisal("learner.alone=0", "learner.confidence=0").train()
    made = []
    pseudo_labels = learner.pseudo_labels
    learner.pseudo_labels = lambda logits: made.append(logits) or pseudo_labels(logits)
    learner.training_step(batch())
    assert not made[0].requires_grad


def test_alone_at_first_and_then_together():
    learner = unisal(steps=201)
    assert [learner.mutual_weight(step) for step in (0, 15)] == [0, 0]
    assert [learner.mutual_weight(step) for step in (16, 100, 200)] == [0.5] * 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "images_seen", "parts"),
    [
        ([], 10, {"contrastive"}),
        (["learner.alone=0"], 10, {"mutual", "contrastive"}),
        (["learner.alone=0", "learner.contrastive=0"], 10, {"mutual"}),
        (["learner.alone=0", "learner.mutual=0"], 10, {"contrastive"}),
        (["learner.contrastive=0"], 4, set()),
        (["learner.alone=0", "learner.mutual=0", "learner.contrastive=0"], 4, set()),
    ],
    ids=["alone", "whole", "no-contrastive", "no-mutual", "alone-no-contrastive", "supervised"],
)
def test_parts_can_be_switched_off(overrides, images_seen, parts):
    """What plays no part is not computed either."""
    learner = unisal(*overrides).train()
    logged = {}
    learner.log = lambda name, value, **_: logged.update({name: value})
    seen = watch_views(learner)
    learner.training_step(batch())
    assert [len(view) for view in seen] == [images_seen] * 2
    assert {name.removeprefix("train/") for name in logged} - {"loss", "pseudo_labels"} == parts


@pytest.mark.slow
@pytest.mark.parametrize("sure", [0, 1], ids=["nobody-sure", "all-sure"])
def test_every_share_of_pseudo_labels_gives_a_finite_step(sure):
    learner = unisal("learner.alone=0", f"learner.confidence={0.0 if sure else 0.999}").train()
    assert all(math.isfinite(size) and size > 0 for size in gradients(learner, batch()))


@pytest.mark.slow
def test_class_positives_reach_the_loss():
    made = unisal("learner.positives=class", "learner.temperature=0.5")
    assert isinstance(made.contrastive_loss, Contrastive)
    assert (made.contrastive_loss.positives, made.contrastive_loss.temperature) == ("class", 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("autocast", [False, True])
def test_a_step_trains_every_parameter(autocast):
    learner = unisal("learner.alone=0", "learner.confidence=0").train()
    gradients(learner, batch(), autocast=autocast)
    assert [name for name, p in learner.named_parameters() if p.grad is None] == []


@pytest.mark.slow
@pytest.mark.parametrize("overrides", [["learner.contrastive=0"], ["learner.mutual=0"], ["learner.alone=1"]], ids=str)
def test_what_is_to_be_trained_is_trained_without_a_part_too(overrides):
    """Several devices wait for the gradient of every parameter that asks for one."""
    learner = unisal(*overrides).train()
    gradients(learner, batch())
    asks = {name for name, p in learner.named_parameters() if p.requires_grad}
    assert asks == {name for name, p in learner.named_parameters() if p.grad is not None}
    assert learner.eval().predict_step({"image": images()}).features.std() > 0


def test_under_autocast_the_losses_are_float32():
    learner = unisal("learner.alone=0", "learner.confidence=0").train()
    logged = {}
    learner.log = lambda name, value, **_: logged.update({name: value})
    with torch.autocast("cpu", torch.bfloat16):
        assert learner.training_step(batch()).dtype == torch.float32
    assert {name: value.dtype for name, value in logged.items()} == dict.fromkeys(logged, torch.float32)
    assert len(logged) == 4


@pytest.mark.slow
def test_grey_images_and_two_classes():
    spec = DataSpec("classification", ("benign", "malignant"), 1, (32, 48), "px")
    learner = unisal("learner/augmentation=oriented", "learner.alone=0", spec=spec).train()
    targets = torch.tensor([0, 1, 1])
    data = {"labelled": {"image": images(3, spec), "target": targets}, "unlabelled": {"image": images(2, spec)}}
    assert learner.training_step(data).isfinite()


@pytest.mark.slow
def test_crops_are_smaller_than_what_is_evaluated():
    learner = unisal("learner.augmentation.crop=24").train()
    seen = watch_views(learner)
    learner.training_step(batch())
    assert {tuple(view.shape[2:]) for view in seen} == {(24, 24)}
    learner.eval().try_out()
    assert seen[-1].shape[2:] == (32, 32)


# a fit


@pytest.mark.slow
def test_a_fit_lowers_the_loss(tmp_path):
    learner, losses, _ = attempt(tmp_path, 20, overrides=["learner.alone=0.3"], sizes={"batch_size": 16})
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    assert all(m.training for m in learner.pair.modules())


@pytest.mark.slow
def test_a_fit_killed_half_way_goes_on_to_the_same_pair(tmp_path):
    options = ["learner.alone=0.3", "learner.confidence=0.4"]
    whole, _, _ = attempt(tmp_path / "whole", 5, overrides=options)
    with pytest.raises(Killed):
        attempt(tmp_path / "killed", 5, KillAt(), overrides=options)
    resumed, losses, _ = attempt(tmp_path / "killed", 5, overrides=options)
    assert len(losses) == 2
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


@pytest.mark.slow
@pytest.mark.parametrize(("labelled", "steps"), [(5, 4), (1, 3)])
def test_labelled_and_unlabelled_halves_with_few_labels(tmp_path, labelled, steps):
    """64 + 64, as released, out of 5 labels: each is seen about equally often, and all unlabelled before one again."""
    dataset = tiles(300, size=16)
    sizes = {"batch_size": 64, "unlabelled_batch_size": 64}
    _, losses, _ = attempt(
        tmp_path, steps, labelled=labelled, dataset=dataset, sizes=sizes, overrides=["learner.alone=0"]
    )
    pool = pool_of(dataset, labelled, steps, **sizes)
    assert all(math.isfinite(loss) for loss in losses)
    rows = {"labelled": [], "unlabelled": []}
    for pair, _, _ in pool.train_dataloader():
        for name, part in pair.items():
            assert len(part["row"]) == 64
            rows[name] += part["row"].tolist()
    counts = [rows["labelled"].count(row) for row in range(labelled)]
    assert sum(counts) == 64 * steps
    assert max(counts) - min(counts) <= 1
    unlabelled = len(pool.unlabelled)
    assert len(set(rows["unlabelled"])) == min(unlabelled, 64 * steps)


@pytest.mark.slow
@pytest.mark.parametrize("labelled", [5, 50_000])
def test_halves_of_a_large_pool(labelled):
    """The batches of a pool of 60,000 images, most or hardly any of them labelled."""
    n = 60_000
    names = tuple(f"{i:05d}" for i in range(n))
    pixels = np.zeros((n, 1, 2, 2), np.uint8)
    data = Dataset("large", "classification", names, names, pixels, np.arange(n) % 3, ("a", "b", "c"), np.ones((n, 2)))
    steps = 1_000
    pool = PoolDataModule(
        data, Split(names, (), ()), seed=0, steps=steps, batch_size=64, unlabelled_batch_size=64, eval_batch_size=64
    )
    pool.label(names[:labelled], data.targets[:labelled])
    pool.begin_round(0, uses_unlabelled=True)
    rows = {"labelled": [], "unlabelled": []}
    targets = []
    for pair, _, _ in pool.train_dataloader():
        for name, part in pair.items():
            rows[name].append(part["row"].numpy())
        targets.append(pair["labelled"]["target"].numpy())
    drawn = {name: np.concatenate(parts) for name, parts in rows.items()}
    assert {len(rows_) for rows_ in drawn.values()} == {64 * steps}
    assert np.array_equal(np.concatenate(targets), drawn["labelled"] % 3)
    for name, lowest, highest in [("labelled", 0, labelled), ("unlabelled", labelled, n)]:
        counts = np.bincount(drawn[name], minlength=n)
        assert counts[:lowest].sum() == counts[highest:].sum() == 0
        assert np.ptp(counts[lowest:highest]) <= 1  # one permutation after the other
    for first, second in itertools.pairwise(rows["labelled"][:3]):
        assert not np.array_equal(first, second)


@pytest.mark.slow
def test_the_best_model_of_a_round_is_kept(tmp_path):
    """By validation accuracy, unless the trainer says otherwise; the last models of this fit are spoilt."""
    seen, dataset = [], tiles(48)
    rarest = np.bincount(dataset.targets[30:36], minlength=3).argmin()  # among those that validate

    class Watch(pl.Callback):
        def on_train_batch_end(self, trainer, pl_module, *_):
            if trainer.global_step > 6:
                for network in pl_module.pair:
                    torch.nn.init.zeros_(network.head.weight)
                    network.head.bias.data = 9.0 * torch.eye(3)[int(rarest)]

        def on_validation_end(self, trainer, pl_module):
            head = pl_module.pair[0].head.weight.detach().clone()
            seen.append((float(trainer.callback_metrics["val/accuracy"]), head))

    options = ["learner.alone=0", "learner.optimizer.lr=0.02"]
    learner, _, _ = attempt(tmp_path, 8, Watch(), overrides=options, dataset=dataset, val_every=1, keep="best")
    assert len(seen) == 8
    accuracies = [accuracy for accuracy, _ in seen]
    best = accuracies.index(max(accuracies))
    assert torch.equal(learner.pair[0].head.weight, seen[best][1])
    assert best < 6
    assert accuracies[6] == accuracies[7] < accuracies[best]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("learner.mutual=-1", r"^learner\.mutual=-1: at least 0"),
        ("learner.alone=1.5", r"^learner\.alone=1\.5: between 0 and 1"),
        ("learner.confidence=1", r"^learner\.confidence=1: at least 0 and below 1"),
        ("learner.contrastive=-0.1", r"^learner\.contrastive=-0\.1: at least 0"),
        ("learner.temperature=0", r"^learner\.temperature=0: above 0"),
        ("learner.positives=all", r"^learner\.positives=all: choose sample or class"),
        ("learner.projection=0", r"^learner\.projection=0: at least 1"),
    ],
)
def test_impossible_settings(override, message):
    with pytest.raises(ConfigError, match=message):
        unisal(override)


def test_it_is_for_classification():
    with pytest.raises(ConfigError, match="UniSAL is for classification"):
        unisal(spec=DataSpec("segmentation", ("background", "a"), 3, (32, 32), "px"))
