"""Values of classifications computed by hand, and those of scikit-learn."""

import math

import numpy as np
import pytest
import torch
from sklearn import metrics as reference

from alseg.metrics.classification import ClassificationMetrics

ABC = ("a", "b", "c")


def logits(probabilities) -> torch.Tensor:
    return torch.tensor(probabilities).log()


def values(p, y, classes=ABC, batches=1):
    metrics = ClassificationMetrics(classes)
    for part, targets in zip(logits(p).chunk(batches), torch.tensor(y).chunk(batches)):
        metrics.update(part, targets)
    return metrics.compute()


# Predicted a a b b c; true a b b b c.
PROBABILITIES = [[0.8, 0.1, 0.1], [0.5, 0.4, 0.1], [0.2, 0.7, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]
TRUTH = [0, 1, 1, 1, 2]


@pytest.mark.parametrize("batches", [1, 2, 5])
def test_by_hand(batches):
    found = values(PROBABILITIES, TRUTH, batches=batches)
    assert found["accuracy"] == pytest.approx(4 / 5)
    assert [found[f"recall_{c}"] for c in ABC] == pytest.approx([1, 2 / 3, 1])
    assert found["balanced_accuracy"] == pytest.approx((1 + 2 / 3 + 1) / 3)
    assert found["precision"] == pytest.approx((1 / 2 + 1 + 1) / 3)
    # F1 of a: 2/3, of b: 2 * 1 * (2/3) / (5/3) = 4/5, of c: 1
    assert found["f1"] == pytest.approx((2 / 3 + 4 / 5 + 1) / 3)
    # every true a, b and c has a larger probability of its class than any other image
    assert found["auroc"] == pytest.approx(1)
    # five bins of one image each: |1 - .8|, |0 - .5|, |1 - .7|, and .6 twice in one bin: |1 - .6|
    assert found["ece"] == pytest.approx((0.2 + 0.5 + 0.3 + 2 * 0.4) / 5, abs=1e-6)


def test_names_are_what_is_computed():
    assert ClassificationMetrics(ABC).names == tuple(values(PROBABILITIES, TRUTH))


def test_as_scikit_learn_has_it():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 300)
    p = rng.dirichlet(np.ones(4), 300)
    p[np.arange(300), y] += 0.4
    p = (p / p.sum(axis=1, keepdims=True)).astype(np.float32)
    found = values(p, y, tuple("abcd"), batches=7)
    predicted = p.argmax(axis=1)
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(y, predicted))
    assert found["balanced_accuracy"] == pytest.approx(reference.balanced_accuracy_score(y, predicted))
    assert found["f1"] == pytest.approx(reference.f1_score(y, predicted, average="macro"))
    assert found["precision"] == pytest.approx(reference.precision_score(y, predicted, average="macro"))
    assert found["auroc"] == pytest.approx(reference.roc_auc_score(y, p, multi_class="ovr"), abs=1e-6)


def test_a_class_that_does_not_occur_counts_in_no_mean():
    p = [[0.1, 0.8, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1], [0.1, 0.3, 0.6]]
    found = values(p, [1, 1, 0, 0])
    assert math.isnan(found["recall_c"])
    assert found["balanced_accuracy"] == pytest.approx((1 / 2 + 1) / 2)
    assert found["precision"] == pytest.approx(1)
    # of a: .6 and .1 against .1 and .2: of the four pairs two are right, one is a tie and one is wrong; of b all are right
    assert found["auroc"] == pytest.approx((2.5 / 4 + 1) / 2)


def test_one_class_alone_has_no_auroc():
    found = values([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1]], [0, 0])
    assert math.isnan(found["auroc"])
    assert found["accuracy"] == found["balanced_accuracy"] == 0.5


def test_a_class_that_is_never_predicted_has_no_precision_to_speak_of():
    found = values([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1]], [0, 1])
    assert found["precision"] == pytest.approx((1 / 2 + 0) / 2)
    assert found["f1"] == pytest.approx((2 / 3 + 0) / 2)


def test_logits_of_16_bits_are_compared_in_32():
    metrics = ClassificationMetrics(ABC)
    metrics.update(torch.randn(4, 3, dtype=torch.bfloat16), torch.tensor([0, 1, 2, 0]))
    assert metrics.probabilities[0].dtype == torch.float32


def test_ranks_count_as_one():
    whole, first, second = (ClassificationMetrics(ABC) for _ in range(3))
    whole.update(logits(PROBABILITIES), torch.tensor(TRUTH))
    first.update(logits(PROBABILITIES[:2]), torch.tensor(TRUTH[:2]))
    second.update(logits(PROBABILITIES[2:]), torch.tensor(TRUTH[2:]))
    first.merge_state(second)
    assert first.compute() == whole.compute()


def test_reset_forgets():
    metrics = ClassificationMetrics(ABC)
    metrics.update(logits(PROBABILITIES), torch.tensor([2, 2, 2, 0, 0]))
    metrics.reset()
    metrics.update(logits(PROBABILITIES), torch.tensor(TRUTH))
    assert metrics.compute()["accuracy"] == pytest.approx(0.8)


def test_a_network_that_diverged_has_no_values():
    metrics = ClassificationMetrics(("a", "b"))
    metrics.update(torch.tensor([[0.0, 1.0], [torch.nan, torch.nan]]), torch.tensor([1, 0]))
    assert all(math.isnan(value) for value in metrics.compute().values())
    assert set(metrics.compute()) == set(metrics.names)
