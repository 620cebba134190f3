"""The benchmarks' plain references compute what alseg computes: a ratio of two different things would mean nothing."""

import numpy as np
import pytest
import torch

from alseg.learners.contrastive import Contrastive
from benchmarks import image_by_image, pair_by_pair
from benchmarks.sequal import LoopOverImages, divergences, repaired


@pytest.fixture(scope="module")
def loops(tmp_path_factory):
    """Two networks that have parted and are often sure; in double precision, so that no pixel hangs on the last bit."""
    small = ["learner.encoder=mobilenetv3_small_050", "learner.weights=none"]
    made = LoopOverImages(tmp_path_factory.mktemp("files"), 9, (32, 64), (128, 256), "cpu", small)
    generator = torch.Generator().manual_seed(0)
    for parameter in made.ours.parameters():
        parameter.data += 0.05 * torch.randn(parameter.shape, generator=generator)
    for network in (made.ours.student, made.ours.teacher):
        for parameter in network.model.segmentation_head.parameters():
            parameter.data *= 10
    made.plain.load_state_dict(made.ours.state_dict())
    made.ours.double(), made.plain.double()
    return made


@pytest.mark.slow
def test_the_loop_finds_the_same_divergences(loops):
    plain = image_by_image.divergences(loops.plain, loops.images)
    ours = divergences(loops.ours, loops.unlabelled, loops.scans)
    assert np.allclose(plain, ours, rtol=1e-5)
    assert plain.std() > 0.01 * plain.mean() > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "rejected"),
    [
        ({"contradiction": 1.0}, 0),
        ({"contradiction": 0.25}, 4),
        ({"contradiction": 1.0, "keep_annotated": True}, 0),
        ({"contradiction": 1.0, "collapse": 100.0}, 9),
    ],
    ids=["all", "contradicting", "filling", "collapsing"],
)
def test_the_loop_repairs_the_same_labels(loops, settings, rejected):
    for learner in (loops.ours, loops.plain):
        learner.refine.fusion |= {"keep_annotated": False, "collapse": 0.5} | settings
    plain = image_by_image.repaired(loops.plain, loops.images, loops.labels, **loops.plain.refine.fusion)
    ours = repaired(loops.ours, loops.labelled)
    assert np.array_equal(np.stack(plain), ours)
    unchanged = (ours == loops.data.targets).all(axis=(1, 2))
    assert unchanged.sum() == rejected


@pytest.mark.parametrize("known", [0.0, 0.6, 1.0])
def test_the_double_loop_finds_the_same_contrastive_loss(known):
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(12, 8, generator=generator, requires_grad=True) for _ in range(2))
    classes = torch.randint(0, 3, (12,), generator=generator)
    classes[torch.rand(12, generator=generator) >= known] = -1
    ours, plain = Contrastive()(first, second, classes), pair_by_pair.contrastive(first, second, classes, 0.15)
    gradients = [torch.autograd.grad(loss, [first, second]) for loss in (ours, plain)]
    assert ours.item() == pytest.approx(plain.item(), abs=1e-5)
    assert all(torch.allclose(mine, other, atol=1e-5) for mine, other in zip(*gradients))
    assert known == 0 or pair_by_pair.contrastive(first, second, classes, 0.15, later=True) < plain
