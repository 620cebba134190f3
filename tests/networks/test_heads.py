"""Many heads at once, against scikit-learn and against one at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from alseg.networks.heads import Heads, statistics, taken
from alseg.networks.logistic import fit_logistic
from alseg.networks.perceptrons import fit_perceptrons


def blobs(n: int, d: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping classes, with features of unequal spread."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    centres = rng.normal(0, 1, (classes, d))
    return (
        ((centres[labels] + rng.normal(0, 2, (n, d))) * rng.uniform(0.2, 2, d)).astype(np.float32),
        labels,
    )


@pytest.mark.parametrize(("n", "d"), [(60, 100), (150, 20)])
@pytest.mark.parametrize("c", [0.01, 1.0])
def test_equals_scikit_learn(n: int, d: int, c: float) -> None:
    x, y = blobs(300, d, 3)
    rng = np.random.default_rng(1)
    rows = np.stack([rng.choice(300, n, replace=False) for _ in range(3)])
    weights = rng.integers(0, 3, rows.shape).astype(float)
    heads = fit_logistic(
        x, torch.from_numpy(rows), torch.from_numpy(y[rows]), 3, weights=torch.from_numpy(weights), inverse_penalty=c
    )
    logits = heads(torch.from_numpy(x))
    for head, (mine, weight) in enumerate(zip(rows, weights)):
        reference = LogisticRegression(C=c, tol=1e-8, max_iter=10_000).fit(
            x[mine].astype(float), y[mine], sample_weight=weight
        )
        np.testing.assert_allclose(heads.layers[0][0][head].numpy().T, reference.coef_, atol=1e-3)
        np.testing.assert_allclose(logits[head].softmax(1).numpy(), reference.predict_proba(x), atol=1e-3)


def test_two_classes_equal_scikit_learn_with_twice_the_c() -> None:
    x, y = blobs(80, 120, 2)
    heads = fit_logistic(x, torch.arange(80)[None], torch.from_numpy(y)[None], 2, inverse_penalty=0.05)
    reference = LogisticRegression(C=0.1, tol=1e-8, max_iter=10_000).fit(x, y)
    got = heads(torch.from_numpy(x))[0].softmax(1).numpy()
    np.testing.assert_allclose(got, reference.predict_proba(x), atol=1e-3)


def test_standardised_inside_equals_standardised_before() -> None:
    x, y = blobs(90, 30, 3)
    x = x * 5 + 40
    mean, std = statistics(x)
    np.testing.assert_allclose(mean.numpy(), x.mean(0), rtol=1e-4)
    np.testing.assert_allclose(std.numpy(), x.std(0), rtol=1e-3)
    rows, targets = torch.arange(90)[None], torch.from_numpy(y)[None]
    before = (torch.from_numpy(x) - mean) / std
    for fitted, reference in (
        (fit_logistic(x, rows, targets, 3, standard=(mean, std)), fit_logistic(before, rows, targets, 3)),
        (
            fit_perceptrons(x, rows, targets, 3, [7], hidden=(5,), standard=(mean, std), steps=5),
            fit_perceptrons(before, rows, targets, 3, [7], hidden=(5,), steps=5),
        ),
    ):
        torch.testing.assert_close(fitted(torch.from_numpy(x)), reference(before), atol=2e-3, rtol=1e-3)


@pytest.mark.parametrize("d", [10, 200])
def test_a_head_is_the_same_alone_and_among_others_and_padding_counts_nothing(d: int) -> None:
    x, y = blobs(120, d, 3)
    rows = torch.from_numpy(np.random.default_rng(2).integers(0, 120, (4, 50)))
    targets = torch.from_numpy(y)[rows]
    weights = torch.ones(4, 50)
    weights[2, 30:] = 0
    together = fit_logistic(x, rows, targets, 3, weights=weights, inverse_penalty=0.1)
    alone = fit_logistic(x, rows[2:3, :30], targets[2:3, :30], 3, inverse_penalty=0.1)
    torch.testing.assert_close(together.layers[0][0][2], alone.layers[0][0][0], atol=1e-3, rtol=0)
    options = {"hidden": (8,), "steps": 20, "dropout": 0.2}
    first = fit_perceptrons(x, rows, targets, 3, [5, 6, 7, 8], **options)
    second = fit_perceptrons(x, rows[2:3], targets[2:3], 3, [7], **options)
    for (a, _), (b, _) in zip(first.layers, second.layers):
        torch.testing.assert_close(a[2], b[0], atol=1e-4, rtol=1e-3)


def test_a_class_without_rows_and_one_class_alone_stay_finite() -> None:
    x, y = blobs(40, 60, 2)
    for targets in (y, np.zeros_like(y)):
        heads = fit_logistic(x, torch.arange(40)[None], torch.from_numpy(targets)[None], 3)
        p = heads(torch.from_numpy(x))[0].softmax(1)
        assert torch.isfinite(p).all()
        assert p[:, 2].max() < 0.1


def test_constant_features_and_duplicated_rows_stay_finite() -> None:
    x = np.ones((10, 30), dtype=np.float32)
    heads = fit_logistic(x, torch.arange(10)[None], torch.arange(10)[None] % 2, 2, standard=statistics(x))
    torch.testing.assert_close(heads(torch.from_numpy(x))[0].softmax(1), torch.full((10, 2), 0.5))


def test_a_perceptron_learns_what_no_line_can_and_equal_seeds_give_equal_weights() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (200, 2)).astype(np.float32)
    y = torch.from_numpy(((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(np.int64)).expand(2, -1)
    rows = torch.arange(200).expand(2, -1)
    linear = fit_logistic(x, rows, y, 2)
    curved = fit_perceptrons(x, rows, y, 2, [1, 1], hidden=(16,))

    def right(heads: Heads) -> float:
        return (heads(torch.from_numpy(x)).argmax(2) == y).float().mean().item()

    assert right(linear) < 0.7
    assert right(curved) > 0.95
    assert torch.equal(curved.layers[0][0][0], curved.layers[0][0][1])


def test_blocks_of_a_memory_mapped_file_answer_as_the_whole_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = blobs(70, 12, 3)
    np.save(tmp_path / "features.npy", x.astype(np.float16))
    features = np.load(tmp_path / "features.npy", mmap_mode="r")
    heads = fit_perceptrons(features, torch.arange(70)[None], torch.from_numpy(y)[None], 3, [0], hidden=(4,), steps=3)
    whole = heads(taken(features, slice(None)))
    monkeypatch.setattr("alseg.networks.heads.BLOCK", 12 * 16)
    blocks = list(heads.over(features))
    assert [rows.stop for rows, _ in blocks] == [16, 32, 48, 64, 70]
    torch.testing.assert_close(torch.cat([logits for _, logits in blocks], dim=1), whole)
    wide = heads(taken(features, slice(None)).expand(1, -1, -1))
    torch.testing.assert_close(wide, whole)
