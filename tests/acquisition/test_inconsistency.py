"""DropQuery: members that change the predicted class."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from alseg.acquisition.inconsistency import Inconsistency
from alseg.composition.instantiate import instantiate
from alseg.prediction import Prediction
from alseg.selection.candidates import Candidates
from tests.helpers.classifiers import LIGHT, classifier, images
from tests.helpers.composed import composed


def test_by_hand():
    a, b, c = [2.0, 0, 0], [0, 2.0, 0], [0, 0, 2.0]
    members = torch.tensor([[a, a, a], [a, b, b], [a, c, b], [a, a, b]])  # 4 members, 3 images
    plain = torch.tensor([a, a, a])
    assert Inconsistency()(Prediction(members, torch.zeros(3, 1), plain=plain)).tolist() == [0, 0.5, 0.75]


@pytest.mark.slow
def test_a_classifier_says_what_its_whole_network_predicts():
    learner = classifier(*LIGHT, "learner.dropout=0.75", "learner.passes=3").eval()
    pictures = images(6)
    with torch.no_grad():
        found = learner.predict_step({"image": pictures})
        logits, features = learner.network(learner.normalise(pictures))
    assert torch.allclose(found.plain, logits, atol=1e-5)
    assert torch.allclose(found.features, features, atol=1e-5)
    assert classifier(*LIGHT).eval().predict_step({"image": pictures}).plain is None


@pytest.mark.slow
def test_the_strategy_clusters_what_more_than_half_of_the_members_change():
    selector = instantiate(composed("strategy=drop_query").strategy).selector
    rng = np.random.default_rng(0)
    changed = rng.integers(0, 4, 60)  # of 3 members
    features = rng.normal(size=(60, 3)).astype(np.float32)
    pool = Candidates(tuple(f"{i:02d}" for i in range(60)), (changed / 3).astype(np.float32), features)
    picked = [int(id_) for id_ in selector.select(pool, 5, np.random.default_rng(1))]
    candidates = np.flatnonzero(2 * changed > 3)
    assert set(picked) <= set(candidates)
    assert pool.notes["reached"] == len(candidates)
    # The nearest image of each of five k-means clusters of the candidates.
    alone = pool.take(candidates)
    inner = selector.of.select(replace(alone, notes={}), 5, np.random.default_rng(1))
    assert picked == [int(id_) for id_ in inner]
    half = Candidates(pool.ids, np.full(60, 0.5, np.float32), features)  # two of four: not more than half
    selector.select(half, 5, np.random.default_rng(1))
    assert half.notes["reached"] == 0


def test_it_is_for_dropout_members_of_classifiers():
    assert Inconsistency.needs_plain
    assert Inconsistency.tasks == {"classification"}
    with pytest.raises(AssertionError):
        Inconsistency()(Prediction(torch.zeros(2, 1, 2), torch.zeros(1, 1)))
