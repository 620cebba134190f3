"""Padded images: what is around the file counts neither in training nor in a query."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from alseg.acquisition.entropy import Entropy
from alseg.acquisition.reduction import Boundary, Mean, TopQ
from alseg.data.dataset import IGNORE
from alseg.data.fit import part_of
from alseg.data.padding import padding
from alseg.data.region import Region
from alseg.learners.augmentation import Augmentation
from alseg.loop.scan import Scan
from alseg.prediction import Prediction
from tests.helpers.augmentations import OFF
from tests.helpers.discs import make_dataset
from tests.helpers.pools import make_pool
from tests.helpers.refinement import fit
from tests.helpers.segmenters import dual_view, images, sequal

FRAMES = [Region(0, 8, 32, 16), Region(4, 0, 20, 32), Region(0, 0, 32, 32)]


def padded_dataset(**options):
    """As `load_folder` pads: 0 in images and 255 in targets around frames of three kinds."""
    dataset = make_dataset(**options)
    frames = tuple(FRAMES[i % 3] for i in range(len(dataset)))
    for image, target, frame in zip(dataset.images, dataset.targets, frames):
        shown = np.zeros((32, 32), dtype=bool)
        part_of(shown, frame)[...] = True
        image[:, ~shown] = 0
        target[~shown] = IGNORE
    return replace(dataset, frames=frames)


def test_padding_is_what_lies_outside_of_the_frames():
    found = padding(torch.tensor(FRAMES), (32, 32))
    for one, frame in zip(found, FRAMES):
        expected = np.ones((32, 32), dtype=bool)
        part_of(expected, frame)[...] = False
        assert np.array_equal(one.numpy(), expected)


def test_batches_say_where_there_is_padding(dataset):
    padded = padded_dataset()
    for data, keys in ((padded, {"frame"}), (dataset, set()), (replace(padded, frames=None), set())):
        pool = make_pool(data)
        pool.label(data.ids[:4], data.targets[:4])
        for uses_unlabelled in (False, True):
            pool.begin_round(0, uses_unlabelled=uses_unlabelled)
            batch = next(iter(pool.train_dataloader()))
            for part in batch[0].values() if uses_unlabelled else [batch]:
                assert {"frame"} & set(part) == keys
    pool = make_pool(padded)
    assert torch.equal(pool.padding(padded.ids[3:5]), padding(torch.tensor(FRAMES[:2]), (32, 32)))
    assert make_pool(dataset).padding(dataset.ids[:2]) is None


@pytest.mark.parametrize("reduction", [Mean(), TopQ(0.1), Boundary()])
def test_scores_are_those_of_the_file_alone(reduction):
    torch.manual_seed(0)
    prediction = Prediction(torch.randn(2, 3, 4, 32, 32), torch.randn(3, 5))
    keep = {"keep_features": True, "keep_probabilities": False, "keep_class_scores": True}
    scan = Scan(Entropy(reduction), **keep, count=4, frames=[FRAMES[0], *FRAMES])
    scan.on_predict_batch_end(None, None, prediction, {"row": torch.tensor([3, 1, 2])})
    for score, by_class, i, frame in zip(scan.scores, scan.class_scores, range(3), (FRAMES[2], *FRAMES[:2])):
        logits = part_of(prediction.logits.numpy()[:, [i]], frame)
        alone = Prediction(torch.from_numpy(np.ascontiguousarray(logits)), prediction.features[[i]])
        assert score == pytest.approx(float(Entropy(reduction)(alone)), rel=1e-6)
        assert by_class == pytest.approx(Entropy(reduction).by_class(alone)[0].numpy(), rel=1e-5)
    assert scan.features[:3] == pytest.approx(prediction.features.numpy())


def padded_batch():
    target = torch.randint(0, 3, (2, 64, 96), dtype=torch.uint8)
    frames = torch.tensor([[0, 16, 96, 32], [24, 0, 48, 64]])
    target[padding(frames, (64, 96))] = IGNORE
    labelled = {"image": images(2), "target": target, "annotation": target, "frame": frames}
    return {"labelled": labelled, "unlabelled": {"image": images(2), "frame": frames.flip(0)}}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sequal", "dual_view"])
def test_no_loss_looks_at_padding(kind):
    """The gradient with respect to what is predicted there is 0, labelled or not; elsewhere it is not."""
    torch.manual_seed(0)
    learner = dual_view() if kind == "dual_view" else sequal()
    learner.augmentation = Augmentation(**OFF)
    if kind == "dual_view":
        learner.confidence, learner.mutual_weight = 0.0, lambda step: 1.0
        network = learner.pair[0]
    else:
        learner.consistency_weight = lambda step: 1.0
        network = learner.student
    changes = torch.zeros(4, 3, 64, 96, requires_grad=True)

    def changed(_module, _inputs, output):
        logits, features = output
        return (logits + changes, features) if len(logits) == 4 else (logits, features)

    network.register_forward_hook(changed)
    batch = padded_batch()
    learner.train()
    if kind == "sequal":  # the student must differ from the teacher to be drawn to it
        with torch.no_grad():
            for parameter in learner.student.parameters():
                parameter.add_(0.01 * torch.randn_like(parameter))
    learner.training_step(batch).backward()
    size = changes.grad.abs().amax(dim=1)
    outside = torch.cat([padding(part["frame"], (64, 96)) for part in (batch["labelled"], batch["unlabelled"])])
    assert (size[outside] == 0).all()
    assert (size[~outside] > 0).float().mean() > 0.9


def test_refinement_fills_no_padding(tmp_path):
    dataset = padded_dataset()
    pool = make_pool(dataset, steps=8)
    sparse = np.full((6, 32, 32), IGNORE, np.uint8)
    sparse[:, :, 16] = dataset.targets[:6, :, 16]
    pool.label(dataset.ids[:6], sparse)
    fit(pool, tmp_path)
    repaired = torch.from_numpy(np.stack([pool.working[id_] for id_ in dataset.ids[:6]]))
    outside = pool.padding(dataset.ids[:6])
    assert (repaired[outside] == IGNORE).all()
    assert (repaired[~outside] != IGNORE).all()
