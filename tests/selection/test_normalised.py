"""Features of length 1 where the published methods take such, and never on the map."""

import numpy as np
import pytest

from alseg.composition.instantiate import instantiate
from alseg.selection.candidates import Candidates
from alseg.selection.geometry.farthest import centred, unit_length
from alseg.selection.k_center import KCenter
from alseg.selection.max_per_group import MaxPerGroup
from alseg.selection.probcover import ProbCover
from alseg.selection.typiclust import TypiClust
from tests.helpers.composed import composed


def pool(scale=1.0, on_map=False):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 4)) * np.exp(rng.normal(size=(60, 1)) * scale)
    known = rng.normal(size=(3, 4))
    return Candidates(
        tuple(f"{i:02d}" for i in range(60)),
        features=features.astype(np.float32),
        labelled_ids=("a", "b", "c"),
        labelled_features=known.astype(np.float32),
        groups=tuple(str(i % 20) for i in range(60)),
        on_map=on_map,
    )


def scaled(candidates):
    """The same directions with all lengths 1, by hand."""
    features, known = candidates.features, candidates.labelled_features
    by_hand = [np.array([row / np.sqrt((row**2).sum()) for row in rows]) for rows in (features, known)]
    return Candidates(
        candidates.ids,
        features=by_hand[0].astype(np.float32),
        labelled_ids=candidates.labelled_ids,
        labelled_features=by_hand[1].astype(np.float32),
        groups=candidates.groups,
    )


def rng():
    return np.random.default_rng(1)


def test_lengths_are_1_and_zeros_stay():
    features = np.array([[3, 4], [0, 0], [1e-30, 0], [-2e30, 0]], np.float32)
    assert unit_length(features) == pytest.approx(np.array([[0.6, 0.8], [0, 0], [1, 0], [-1, 0]]))
    assert unit_length(np.empty((0, 0), np.float32)).shape == (0, 0)


def test_pool_and_labelled_features_are_scaled_before_the_mean_is_taken():
    candidates = Candidates(
        ("a", "b"),
        features=np.array([[2, 0], [0, 5]], np.float32),
        labelled_ids=("c",),
        labelled_features=np.array([[9, 0]], np.float32),
    )
    points, labelled = centred(candidates, normalise=True)
    assert points == pytest.approx(np.array([[0.5, -0.5], [-0.5, 0.5]]))
    assert labelled == pytest.approx(np.array([[0.5, -0.5]]))
    assert centred(candidates)[0] == pytest.approx(np.array([[1, -2.5], [-1, 2.5]]))


@pytest.mark.parametrize("selector", [TypiClust, ProbCover, KCenter], ids=lambda s: s.__name__)
def test_only_directions_count(selector):
    candidates = pool()
    picked = selector(normalise=True).select(candidates, 12, rng())
    assert picked == selector(normalise=False).select(scaled(candidates), 12, rng())
    assert picked != selector(normalise=False).select(candidates, 12, rng())


@pytest.mark.parametrize("selector", [TypiClust, ProbCover, KCenter], ids=lambda s: s.__name__)
def test_places_on_the_map_are_never_scaled(selector):
    candidates = pool(on_map=True)
    picked = selector(normalise=True).select(candidates, 12, rng())
    assert picked == selector(normalise=False).select(candidates, 12, rng())
    around = MaxPerGroup(selector(normalise=True)).select(candidates, 12, rng())
    assert around == MaxPerGroup(selector(normalise=False)).select(candidates, 12, rng())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "published"), [("typiclust", True), ("probcover", True), ("k_center", False), ("coreset", False)]
)
def test_the_default_is_what_is_published(strategy, published):
    assert instantiate(composed(f"strategy={strategy}").strategy).selector.normalise is published
