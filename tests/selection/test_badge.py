"""BADGE against the gradients themselves."""

import tracemalloc

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from alseg.selection.badge import Badge
from alseg.selection.candidates import Candidates


def pool(n: int = 60, classes: int = 5, dims: int = 7, seed: int = 0, sharpness: float = 2.0) -> Candidates:
    rng = np.random.default_rng(seed)
    logits = sharpness * rng.normal(size=(n, classes))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Candidates(
        tuple(f"{i:03d}" for i in range(n)),
        features=(rng.normal(size=(n, dims)) + 1).astype(np.float32),
        probabilities=probabilities.astype(np.float32),
    )


def gradients(candidates: Candidates) -> np.ndarray:
    """``(N, C * D)``, as automatic differentiation of the cross-entropy with the predicted class gives them."""
    rows = []
    for p, z in zip(candidates.probabilities, candidates.features):
        # A linear head whose logits are log p whatever its weights: what counts is the derivative by the weights.
        weights = torch.zeros(len(p), len(z), dtype=torch.float64, requires_grad=True)
        logits = torch.tensor(p, dtype=torch.float64).log() + weights @ torch.tensor(z, dtype=torch.float64)
        torch.nn.functional.cross_entropy(logits[None], logits[None].argmax(dim=1)).backward()
        rows.append(weights.grad.flatten().numpy())
    return np.array(rows)


def brute_force(g: np.ndarray, n: int, rng: np.random.Generator) -> list[int]:
    """k-means++ seeding of materialised vectors, drawn by the same random numbers."""
    picks = [int((g**2).sum(axis=1).argmax())]
    while len(picks) < n:
        nearest = np.min([((g - g[pick]) ** 2).sum(axis=1) for pick in picks], axis=0)
        picks.append(int(np.searchsorted(np.cumsum(nearest), rng.random() * nearest.sum(), side="right")))
    return picks


@pytest.mark.parametrize("seed", range(6))
def test_it_picks_what_the_materialised_gradients_would(seed):
    candidates = pool(seed=seed)
    expected = brute_force(gradients(candidates), 15, np.random.default_rng(seed))
    assert [int(id_) for id_ in Badge().select(candidates, 15, np.random.default_rng(seed))] == expected


@pytest.mark.slow
def test_the_first_pick_has_the_longest_gradient_and_the_second_is_drawn_by_squared_distance():
    candidates = pool(n=8)
    g = gradients(candidates)
    first = int((g**2).sum(axis=1).argmax())
    weights = ((g - g[first]) ** 2).sum(axis=1)
    picks = [Badge().select(candidates, 2, np.random.default_rng(seed)) for seed in range(3000)]
    assert {pick[0] for pick in picks} == {f"{first:03d}"}
    counts = np.bincount([int(pick[1]) for pick in picks], minlength=8)
    assert counts[first] == 0
    others = np.arange(8) != first
    assert chisquare(counts[others], 3000 * weights[others] / weights.sum()).pvalue > 0.01


def test_images_of_which_the_model_is_sure_are_hardly_picked():
    candidates = pool(n=40)
    certain = np.eye(5, dtype=np.float32)[np.arange(20) % 5] * (1 - 1e-6) + 2e-7
    candidates.probabilities[:20] = certain
    picked = [int(id_) for id_ in Badge().select(candidates, 10, np.random.default_rng(0))]
    assert sum(row < 20 for row in picked) <= 1  # one stands for all of them


def test_fewer_distinct_gradients_than_picks():
    base = pool(n=3)
    rows = np.repeat(np.arange(3), 10)
    candidates = Candidates(
        tuple(f"{i:03d}" for i in range(30)), features=base.features[rows], probabilities=base.probabilities[rows]
    )
    picked = [int(id_) for id_ in Badge().select(candidates, 8, np.random.default_rng(0))]
    assert len(set(picked)) == 8
    assert {row // 10 for row in picked[:3]} == {0, 1, 2}


def test_no_gradient_is_held():
    """100 classes x 512 features x 5,000 images would be a gigabyte of float32."""
    rng = np.random.default_rng(0)
    candidates = Candidates(
        tuple(f"{i:05d}" for i in range(5000)),
        features=rng.normal(size=(5000, 512)).astype(np.float32),
        probabilities=rng.dirichlet(np.ones(100), size=5000).astype(np.float32),
    )
    tracemalloc.start()
    assert len(set(Badge().select(candidates, 20, rng))) == 20
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30e6  # the candidates in canonical order are 12.5 MB
