"""Images compared in a frozen space: the embedding, its map, and the strategies that look at them."""

import numpy as np
import pytest
import torch

from alseg.acquisition.entropy import Entropy
from alseg.composition.instantiate import factory
from alseg.data.pool import PoolDataModule
from alseg.data.split import split_by_group
from alseg.embeddings.cache import embed
from alseg.embeddings.pixels import Pixels
from alseg.embeddings.tsne import TSNE
from alseg.errors import ConfigError
from alseg.loop.feature_space import FrozenSpace
from alseg.loop.learned_space import LearnedSpace
from alseg.runs.ledger import Ledger
from alseg.selection.candidates import Candidates
from alseg.selection.cluster_fps import ClusterFPS
from alseg.selection.k_center import KCenter
from alseg.selection.score_diversity import ScoreDiversity
from alseg.selection.top import Top
from alseg.strategy import Strategy
from tests.helpers.composed import composed
from tests.helpers.discs import make_dataset
from tests.helpers.loop_runs import decisions, make_run

CLUSTER_FPS = Strategy("cluster_fps", ClusterFPS(), space="map")


class CountedPixels(Pixels):
    """The image itself, and how often it was asked for."""

    extractions = 0

    def extract(self, images):
        self.extractions += 1
        return super().extract(images)


class CountedTSNE(TSNE):
    """The map, and how often it was drawn."""

    drawn = 0

    def __call__(self, features, seed):
        type(self).drawn += 1
        return super().__call__(features, seed)


@pytest.fixture
def dataset():
    return make_dataset(n=40, groups=20)


def fresh_pool(dataset):
    split = split_by_group(dataset, test=0.2, val=0.1, max_val=100, rng=np.random.default_rng(0))
    return PoolDataModule(dataset, split, seed=0, steps=3, batch_size=4, unlabelled_batch_size=4, eval_batch_size=8)


@pytest.fixture
def pool(dataset):
    return fresh_pool(dataset)


def space(pool, embedding="pixels", make_map=lambda: TSNE(early=20, steps=30, jobs=1)):
    return FrozenSpace(pool, factory(composed(f"embedding={embedding}").embedding), make_map, seed=3)


def run_in(folder, pool, **options):
    """A run whose frozen space is that of its own pool."""
    arguments = {"pool": pool, "space": space(pool)} | options
    return make_run(folder, pool.dataset, **arguments)


@pytest.mark.slow
def test_features_are_those_of_the_images_asked_for(pool, dataset):
    ids = [pool.split.pool[i] for i in (5, 0, 17)]
    direct = embed(factory(composed("embedding=pixels").embedding)(), dataset.images[[pool.row(id_) for id_ in ids]])
    assert direct.shape == (3, 256)
    assert np.array_equal(space(pool).features("embedding", ids), direct)
    assert space(pool).features("embedding", []).shape == (0, 256)


@pytest.mark.slow
def test_slices_compared_by_their_volume(pool, dataset):
    """Farthest points then come from as many volumes as there are, before any volume comes again."""
    groups = np.array([dataset.groups[pool.row(id_)] for id_ in pool.split.pool])
    by_volume = FrozenSpace(pool, lambda: Pixels(volumes=True), None, seed=3)
    alone = space(pool).embedding
    for group in set(groups):
        same = groups == group
        assert np.allclose(by_volume.embedding[same], alone[same].mean(axis=0), atol=1e-6)
    candidates = Candidates(pool.split.pool, features=by_volume.embedding)
    picks = KCenter().select(candidates, len(set(groups)), np.random.default_rng(0))
    assert len({groups[pool.split.pool.index(id_)] for id_ in picks}) == len(set(groups)) < len(groups)


def test_the_map_is_that_of_the_pool_alone(pool):
    frozen = space(pool)
    expected = TSNE(early=20, steps=30, jobs=1)(frozen.embedding, 3)
    assert expected.shape == (len(pool.split.pool), 2)
    ids = [pool.split.pool[i] for i in (9, 2)]
    assert np.array_equal(frozen.features("map", ids), expected[[9, 2]])


def test_both_are_computed_once_and_when_they_are_first_asked_for(pool, monkeypatch):
    monkeypatch.setattr(CountedTSNE, "drawn", 0)
    pixels = CountedPixels()
    ids = pool.split.pool[:2]

    def again():
        return FrozenSpace(pool, lambda: pixels, lambda: CountedTSNE(early=20, steps=30, jobs=1), seed=3)

    frozen = again()
    frozen.check("map")
    assert (pixels.extractions, CountedTSNE.drawn) == (0, 0)
    frozen.features("embedding", ids)
    assert (pixels.extractions, CountedTSNE.drawn) == (1, 0)
    first = frozen.features("map", ids)
    frozen.features("map", ids)
    assert np.array_equal(again().features("map", ids), first)  # another run finds them in the cache
    assert (pixels.extractions, CountedTSNE.drawn) == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["embedding", "map"])
def test_a_cold_start_in_a_frozen_space_and_its_notes(tmp_path, pool, where):
    run_in(tmp_path, pool, cold_start=Strategy("cluster_fps", ClusterFPS(), space=where), budget=(4, 2, 2)).run()
    first, second = Ledger(tmp_path / "ledger.jsonl", writable=False).of("queried")
    notes = first["notes"]
    assert [pick["id"] for pick in notes["picks"]] == first["ids"]
    assert set(notes["medoids"]) <= set(first["ids"]) <= set(pool.split.pool)
    assert set(notes["clusters"]) == set(pool.split.pool)
    assert sum(notes["sizes"]) == len(pool.split.pool)
    assert sum(notes["allocation"]) == 4
    assert first["scores"] is None
    assert "notes" not in second  # entropy has nothing to tell


@pytest.mark.slow
def test_the_same_cold_start_twice_decides_alike(tmp_path, dataset):
    for name in "ab":
        run_in(tmp_path / name, fresh_pool(dataset), cold_start=CLUSTER_FPS, budget=(4, 2, 1)).run()
    assert decisions(tmp_path / "a")[1] == decisions(tmp_path / "b")[1]


class Watching(ScoreDiversity):
    """Keeps what it chose from."""

    def pick(self, candidates, n, rng):
        self.seen = candidates
        return super().pick(candidates, n, rng)


@pytest.mark.slow
def test_scores_of_the_learner_and_distances_on_the_map(tmp_path, pool):
    selector = Watching()
    run = run_in(
        tmp_path, pool, strategy=Strategy("entropy_on_map", selector, Entropy(), space="map"), budget=(3, 2, 2)
    )
    run.run()
    seen = selector.seen
    assert len(seen) == len(pool.split.pool) - 3
    assert seen.scores.shape == (len(seen),)
    assert np.array_equal(seen.features, run.space.map[[pool.split.pool.index(id_) for id_ in seen.ids]])
    assert seen.labelled_ids == pool.labelled[:3]
    assert np.array_equal(seen.labelled_features, run.space.features("map", seen.labelled_ids))
    assert seen.labelled_features.shape == (3, 2)
    assert seen.on_map  # so that nobody scales places


def test_distances_alone_need_no_look_at_the_pool(tmp_path, pool, monkeypatch):
    """A frozen space is as good before a training as after it."""
    run = run_in(tmp_path, pool, strategy=Strategy("k_center", KCenter(), space="embedding"), budget=(3, 2, 2))
    assert not run.strategy.needs_model
    scans = []
    monkeypatch.setattr(run.training, "scan", lambda *_, **__: scans.append(1))
    assert run.run().phase == "done"
    assert scans == []


def one_line(raised, expected):
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_cold_start_by_the_features_of_an_untrained_learner(tmp_path, pool):
    with pytest.raises(ConfigError) as raised:
        run_in(tmp_path, pool, cold_start=Strategy("k_center", KCenter()))
    one_line(raised, "cold_start=k_center: it needs a trained model, and there is none yet")
    assert "cold_start.space=embedding" in str(raised.value)


class LookedAt(LearnedSpace):
    """What the model of each round made of the pool."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.looks = []

    def use_learner(self, learner):
        super().use_learner(learner)
        self.looks.append(self.embedding)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["embedding", "map"])
def test_the_learners_own_features_are_new_in_every_round(tmp_path, pool, where):
    learned = LookedAt(pool, lambda: TSNE(early=20, steps=30, jobs=1), 3)
    strategy = Strategy("spread", ScoreDiversity(), Entropy(), space=where)
    run = run_in(tmp_path, pool, strategy=strategy, space=learned, budget=(3, 2, 3))
    seen = []
    pick = strategy.selector.pick
    strategy.selector.pick = lambda candidates, n, rng: seen.append(candidates) or pick(candidates, n, rng)
    assert run.run().phase == "done"
    assert [candidates.round for candidates in seen] == [1, 2]
    first, second = learned.looks
    assert len(first) == len(second) == len(pool.split.pool)
    assert not np.array_equal(first, second)
    if where == "embedding":
        rows = [pool.split.pool.index(id_) for id_ in seen[1].ids]
        assert np.array_equal(seen[1].features, second[rows])
    learned.use_learner(run.last_learner())
    model = run.last_learner().eval()
    with torch.no_grad():
        direct = model.predict_step({"image": pool.images(pool.split.pool)}).features.numpy()
    assert np.allclose(learned.looks[2], direct, atol=1e-6)
    assert learned.map.shape == (len(pool.split.pool), 2)


def test_the_learners_own_features_before_there_is_a_learner(tmp_path, pool):
    with pytest.raises(ConfigError) as raised:
        run_in(tmp_path, pool, cold_start=CLUSTER_FPS, space=LearnedSpace(pool, None, 3))
    one_line(raised, "embedding=learner: cold_start=cluster_fps compares images before there is a trained model")


def test_an_unknown_space():
    with pytest.raises(ValueError) as raised:
        Strategy("k_center", KCenter(), space="pixels")
    one_line(raised, "space=pixels: choose learner, embedding or map")


def test_a_space_without_effect_is_refused():
    with pytest.raises(ValueError) as raised:
        Strategy("entropy", Top(), Entropy(), space="map")
    one_line(raised, "space=map: it has no effect")


def test_a_frozen_space_without_an_embedding_or_a_map(tmp_path, pool):
    with pytest.raises(ConfigError) as raised:
        run_in(tmp_path, pool, cold_start=CLUSTER_FPS, space=None)
    one_line(raised, "strategy cluster_fps: it needs an embedding, and there is none")
    with pytest.raises(ConfigError) as raised:
        run_in(tmp_path, pool, cold_start=CLUSTER_FPS, space=space(pool, make_map=None))
    one_line(raised, "choose map=tsne")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("embedding.weights=path", "embedding.weights=path: name the file with weights_path=FILE"),
        ("embedding.weights_path=nowhere.pt", "nowhere.pt: no such file"),
    ],
)
def test_an_extractor_that_cannot_work_is_found_out_before_any_training(tmp_path, pool, override, expected):
    frozen = FrozenSpace(pool, factory(composed("embedding=file", override).embedding), None, seed=3)
    with pytest.raises(ConfigError) as raised:
        run_in(tmp_path, pool, cold_start=Strategy("k_center", KCenter(), space="embedding"), space=frozen)
    one_line(raised, expected)
    assert not (tmp_path / "ledger.jsonl").exists()
