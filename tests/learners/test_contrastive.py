"""The contrastive loss against plain double loops."""

import itertools
import math

import pytest
import torch
from torch.nn import functional as F

from alseg.learners.contrastive import Contrastive
from tests.helpers.contrastive import T, by_pairs, projections


def value_and_gradients(loss, first, second):
    return loss, *torch.autograd.grad(loss, [first, second])


LABELLED = [0, 1, 2, 0, 1, 1]
MIXES = {
    "all labelled": LABELLED,
    "labelled and pseudo-labelled": [*LABELLED, 2, 0, 0, 1],
    "labelled, pseudo-labelled and left out": [*LABELLED, 2, -1, 0, -1, -1, 1],
    "labelled and left out": [*LABELLED, -1, -1, -1],
    "pseudo-labelled alone": [0, 1, 1, 2],
    "pseudo-labelled and left out": [-1, 0, -1, 1, 1],
    "left out first and last": [-1, 0, 1, 2, -1],
    "all left out": [-1, -1, -1, -1],
    "all of one class": [1, 1, 1],
    "one class and left out": [1, -1, 1],
    "one sample alone": [-1, 2, -1],
    "one sample a class": [0, 1, 2, 3],
    "a batch of one": [3],
}


@pytest.mark.parametrize("positives", ["sample", "class"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("mix", list(MIXES))
def test_it_is_the_double_loop_in_value_and_gradient(mix, dtype, positives):
    classes = torch.tensor(MIXES[mix])
    first, second = projections(len(classes), dtype=dtype)
    ours = value_and_gradients(Contrastive(T, positives)(first, second, classes), first, second)
    exact = [z.detach().double().requires_grad_() for z in (first, second)]
    plain = value_and_gradients(by_pairs(*exact, classes.tolist(), positives), *exact)
    for mine, expected in zip(ours, plain):
        assert mine.dtype == dtype
        assert torch.allclose(mine.double(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("positives", ["sample", "class"])
def test_every_mix_of_four_samples(positives):
    """Each of two classes or left out: all 81 batches."""
    for mix in itertools.product([-1, 0, 1], repeat=4):
        classes = torch.tensor(mix)
        first, second = projections(4, 5, torch.float64)
        ours = value_and_gradients(Contrastive(T, positives)(first, second, classes), first, second)
        plain = value_and_gradients(by_pairs(first, second, mix, positives), first, second)
        assert all(torch.allclose(mine, expected, rtol=1e-9, atol=1e-9) for mine, expected in zip(ours, plain)), mix


def test_by_hand():
    """Two samples of two classes, at right angles in A and alike in B."""
    a, b = torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([[3.0, 0.0], [5.0, 0.0]])
    one = math.e ** (1 / T)
    negative = one + 1  # B says they are alike, A that they have nothing in common
    expected = (-math.log(one / (one + negative)) - math.log(1 / (1 + negative))) / 2
    assert Contrastive()(a, b, torch.tensor([0, 1])).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("positives", ["sample", "class"])
def test_what_is_left_out_has_no_effect(positives):
    classes = torch.tensor([0, -1, 1, 1, -1])
    first, second = projections(5)
    loss = Contrastive(T, positives)(first, second, classes)
    for gradient in torch.autograd.grad(loss, [first, second]):
        assert (gradient[classes == -1] == 0).all()
        assert (gradient[classes != -1] != 0).any(dim=1).all()
    kept = classes != -1
    alone = Contrastive(T, positives)(first[kept], second[kept], classes[kept])
    assert loss.item() == pytest.approx(alone.item(), abs=1e-6)


def test_the_order_of_the_batch_plays_no_part():
    classes = torch.tensor([0, 1, -1, 2, 0, 1])
    first, second = projections(6, dtype=torch.float64)
    order = torch.tensor([3, 5, 0, 1, 4, 2])
    loss = Contrastive()
    assert torch.allclose(loss(first, second, classes), loss(first[order], second[order], classes[order]))


def test_class_positives_equal_sample_positives_where_every_class_has_one_sample():
    first, second = projections(4)
    classes = torch.arange(4)
    values = [Contrastive(T, positives)(first, second, classes).item() for positives in ("sample", "class")]
    assert values[0] == pytest.approx(values[1], abs=1e-6)


@pytest.mark.parametrize("positives", ["sample", "class"])
def test_steps_downhill_gather_classes(positives):
    """Sample positives part the classes; class positives gather each of them too."""
    torch.manual_seed(0)
    classes = torch.arange(12) % 3
    first, second = (torch.randn(12, 8, requires_grad=True) for _ in range(2))
    loss = Contrastive(0.5, positives)
    alike, other = (classes[:, None] == classes) ^ torch.eye(12, dtype=bool), classes[:, None] != classes

    def means():
        cos = F.normalize(first.detach(), dim=1) @ F.normalize(second.detach(), dim=1).T
        return cos.diagonal().mean(), cos[alike].mean(), cos[other].mean()

    before = means()
    optimizer = torch.optim.SGD([first, second], lr=3.0)
    for _ in range(100):
        optimizer.zero_grad()
        loss(first, second, classes).backward()
        optimizer.step()
    own, alike_now, other_now = means()
    assert own > before[0] + 0.5
    assert other_now < 0
    if positives == "class":
        assert alike_now > 0.8


def test_it_stays_finite_at_low_temperatures():
    first, second = projections(6)
    classes = torch.tensor([0, 1, -1, 2, 0, 1])
    loss = Contrastive(temperature=1e-3)(first, second, classes)
    gradients = torch.autograd.grad(loss, [first, second])
    assert loss.isfinite()
    assert all(gradient.isfinite().all() for gradient in gradients)
    exact = by_pairs(first.double(), second.double(), classes.tolist(), temperature=2e-2)
    assert Contrastive(temperature=2e-2)(first, second, classes).item() == pytest.approx(exact.item(), rel=1e-5)


def test_under_autocast_it_is_computed_in_float32():
    first, second = projections(16)
    classes = torch.arange(16) % 3
    expected = value_and_gradients(Contrastive()(first, second, classes), first, second)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = Contrastive()(first, second, classes)
        from_half = Contrastive()(first.bfloat16(), second.bfloat16(), classes)
    for mine, other in zip(value_and_gradients(loss, first, second), expected):
        assert torch.equal(mine, other)
    assert from_half.dtype == torch.float32
    rounded = Contrastive()(first.bfloat16().float(), second.bfloat16().float(), classes)
    assert torch.equal(from_half, rounded)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 0}, r"^temperature=0: above 0"),
        ({"positives": "all"}, r"^positives=all: choose sample or class"),
    ],
)
def test_impossible_settings(options, message):
    with pytest.raises(ValueError, match=message):
        Contrastive(**options)
