"""Weights and soft targets of repaired pixels against values computed by hand."""

import math

import pytest
import torch

from alseg.learners.refinement.trust import trusted

#                           annotated  corrected  filled  unknown
TARGETS = torch.tensor([[[0, 1, 1, 255]]])
ANNOTATION = torch.tensor([[[0, 0, 255, 255]]])


def logits(foreground: list[float]) -> torch.Tensor:
    p = torch.tensor(foreground).view(1, 1, -1)
    return torch.stack([1 - p, p], dim=1).log()


TEACHER, STUDENT = logits([0.3, 0.8, 0.9, 0.6]), logits([0.4, 0.5, 0.9, 0.1])


def test_plain_labels_count_one():
    q, weight = trusted(TARGETS, ANNOTATION, STUDENT, TEACHER, soft=False, weight="one")
    assert q[0, :, 0].T.tolist() == [[1, 0], [0, 1], [0, 1], [0, 0]]
    assert weight.flatten().tolist() == [1, 1, 1, 1]


def test_confidence_is_the_teachers_probability_of_the_repaired_class():
    _, weight = trusted(TARGETS, ANNOTATION, STUDENT, TEACHER, soft=False, weight="confidence")
    assert weight.flatten().tolist() == pytest.approx([1, 0.8, 0.9, 1])


def test_agreement_is_exp_of_minus_the_divergence():
    _, weight = trusted(TARGETS, ANNOTATION, STUDENT, TEACHER, soft=False, weight="agreement")
    divergence = 0.2 * math.log(0.2 / 0.5) + 0.8 * math.log(0.8 / 0.5)
    assert weight.flatten().tolist() == pytest.approx([1, math.exp(-divergence), 1, 1], abs=1e-6)


def test_soft_targets_stand_where_a_label_was_repaired():
    q, _ = trusted(TARGETS, ANNOTATION, STUDENT, TEACHER, soft=True, weight="one")
    assert q[0, 1, 0].tolist() == pytest.approx([0, 0.8, 0.9, 0])
    assert q[0, 0, 0].tolist() == pytest.approx([1, 0.2, 0.1, 0])
