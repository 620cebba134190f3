"""Fusion of several annotations to one, pixel by pixel.

Everywhere ``answers`` is ``(A, H, W)`` uint8 class ids of A annotators, 255 where one did not look.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE
from alseg.oracles.wrapper import Map


def vote(answers: NDArray[np.uint8], weights: Sequence[float], threshold: float = 0.5) -> Map:
    """Weighted vote in two steps: on foreground or background, then on the class of the foreground.

    A pixel is foreground if the foreground votes have more than ``threshold`` of the weight of all who looked at it;
    its class is then the one of the largest weight, the lowest id of several. An even split is background. What nobody
    looked at stays 255.

    With equal weights and threshold 0.5 this is the majority vote. So it is, for two classes, with any three weights
    that are below half of their sum, as those of the SEQUAL paper are: then any two outvote the third.
    """
    weight = np.asarray(weights, dtype=np.float64)[:, None, None]
    looked = answers != IGNORE
    total = (weight * looked).sum(axis=0)
    fused = np.zeros(answers.shape[1:], dtype=np.uint8)
    foreground, best = np.zeros(total.shape), np.zeros(total.shape)
    for c in np.unique(answers[looked & (answers > 0)]):
        votes = (weight * (answers == c)).sum(axis=0)
        foreground += votes
        heavier = votes > best + 1e-9  # sums of equal weights in another order are equal
        fused[heavier], best[heavier] = c, votes[heavier]
    fused[foreground <= threshold * total + 1e-9] = 0
    fused[~looked.any(axis=0)] = IGNORE
    return fused


def vote_on_class(answers: Sequence[int], weights: Sequence[float]) -> int:
    """The class of the largest weight, the lowest id of several."""
    votes = np.bincount(np.asarray(answers, dtype=np.int64), weights=np.asarray(weights, dtype=np.float64))
    return int(np.flatnonzero(votes > votes.max() - 1e-9)[0])  # sums of equal weights in another order are equal


def hierarchy_weights(comparisons: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Weights of A annotators by the analytic hierarchy process: the main eigenvector, with sum 1.

    Args:
        comparisons: ``(A, A)``; entry (i, j) says how many times as much annotator i counts as j, so that (j, i) is
            its inverse.

    Source: Saaty, "A scaling method for priorities in hierarchical structures", J. Math. Psychol. 1977.

    Raises:
        ValueError: if it is no such matrix.
    """
    right = "comparisons: it must be a square matrix of positive numbers"
    try:
        matrix = np.asarray(comparisons, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{right} ({error})") from error
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not (matrix > 0).all():
        raise ValueError(right)
    # Written by hand, 2/3 is 0.667.
    wrong = np.argwhere(~np.isclose(matrix * matrix.T, 1, rtol=0, atol=0.01))
    if len(wrong):
        i, j = (int(k) for k in wrong[0])
        raise ValueError(
            f"comparisons: entry ({i}, {j}) is {matrix[i, j]:g} and ({j}, {i}) is {matrix[j, i]:g}; one must be "
            "the inverse of the other"
        )
    values, vectors = np.linalg.eig(matrix)
    main = np.abs(np.real(vectors[:, np.argmax(np.real(values))]))
    weights: NDArray[np.float64] = main / main.sum()
    return weights


def staple(answers: NDArray[np.uint8]) -> Map:
    """STAPLE: each annotator's confusion matrix and the hidden truth estimated together, by expectation maximisation.

    It is done by SimpleITK's ``MultiLabelSTAPLE`` in a box around all that anyone marked, so that the easy background
    does not decide who is reliable. Where one did not look, the majority of the others stands in. The
    majority also decides what STAPLE leaves undecided.

    Source: Warfield, Zou and Wells, IEEE Trans. Med. Imaging 2004; for several classes Rohlfing et al., IPMI 2003.

    Raises:
        ValueError: if SimpleITK is not installed.
    """
    itk = simple_itk()
    majority = vote(answers, [1.0] * len(answers))
    filled = np.where(answers == IGNORE, majority, answers)
    differ = (filled != filled[:1]).any(axis=0)
    if not differ.any():
        return majority
    anyone = (filled > 0).any(axis=0) & (majority != IGNORE)
    box = tuple(slice(max(int(i.min()) - 2, 0), int(i.max()) + 3) for i in np.nonzero(anyone))
    cut = filled[(slice(None), *box)]
    undecided = IGNORE - 1
    unknown = majority[box] == IGNORE  # to all, so it says nothing of them
    images = [itk.GetImageFromArray(np.where(unknown, 0, answer).astype(np.uint8)) for answer in cut]
    found = itk.GetArrayFromImage(itk.MultiLabelSTAPLE(images, undecided))
    fused = majority.copy()
    fused[box] = np.where(unknown | (found == undecided), majority[box], found)
    return fused


def simple_itk() -> Any:
    """The module SimpleITK.

    Raises:
        ValueError: if it is not installed.
    """
    try:
        return importlib.import_module("SimpleITK")
    except ImportError as error:
        raise ValueError('fusion=staple: it needs SimpleITK; pip install "alseg[staple]"') from error
