"""What every strategy and cold start under ``conf/`` must do, whatever it does besides."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

from alseg.composition import paths
from alseg.composition.instantiate import instantiate
from alseg.errors import QueryError
from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from tests.helpers.composed import composed_group


def names(group: str) -> list[str]:
    return sorted(path.stem for path in (paths.conf() / group).glob("*.yaml"))


ASK_FOR_NOTHING = [("cold_start", "labelled")]
CASES = [
    (group, name)
    for group in ("strategy", "cold_start")
    for name in names(group)
    if (group, name) not in ASK_FOR_NOTHING
]


@pytest.fixture(params=CASES, ids="/".join)
def selector(request: pytest.FixtureRequest) -> Selector:
    group, name = request.param
    return instantiate(composed_group(group, f"{group}={name}").selector)


def candidates(n: int = 40, labelled: int = 5, dims: int = 6, seed: int = 0) -> Candidates:
    rng = np.random.default_rng(seed)
    return Candidates(
        ids=tuple(f"id_{i:03d}" for i in range(n)),
        scores=rng.random(n).astype(np.float32),
        features=rng.normal(size=(n, dims)).astype(np.float32),
        labelled_ids=tuple(f"labelled_{i}" for i in range(labelled)),
        labelled_features=rng.normal(size=(labelled, dims)).astype(np.float32),
        probabilities=rng.dirichlet(np.ones(4), size=n).astype(np.float32),
        class_scores=rng.random((n, 4)).astype(np.float32),
        groups=tuple(f"group_{i % 7}" for i in range(n)),
        truth={f"id_{i:03d}": i % 3 for i in range(n)} | {f"labelled_{i}": i % 3 for i in range(labelled)},
        labelled_groups=tuple(f"group_{i}" for i in range(labelled)),
    )


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 7, 39])
def test_n_unique_ids_of_the_pool(selector, n):
    pool = candidates()
    picked = selector.select(pool, n, rng())
    assert len(picked) == len(set(picked)) == n
    assert set(picked) <= set(pool.ids)
    assert all(isinstance(id_, str) for id_ in picked)


def test_deterministic_by_seed(selector):
    assert selector.select(candidates(), 9, rng()) == selector.select(candidates(), 9, rng())


def test_independent_of_pool_order(selector):
    pool = candidates()
    shuffled = pool.take(np.random.default_rng(3).permutation(len(pool)))
    assert selector.select(pool, 9, rng()) == selector.select(shuffled, 9, rng())


@pytest.mark.parametrize("n", [40, 100])
def test_the_whole_remaining_pool_and_fewer_candidates_than_n(selector, n):
    assert sorted(selector.select(candidates(), n, rng())) == list(candidates().ids)


def test_an_empty_pool_and_an_empty_query(selector):
    assert selector.select(candidates(n=0), 5, rng()) == []
    assert selector.select(candidates(), 0, rng()) == []


def test_no_labels_yet(selector):
    picked = selector.select(candidates(labelled=0), 9, rng())
    assert len(set(picked)) == 9


def test_equal_embeddings_and_equal_scores(selector):
    pool = candidates()
    same = Candidates(
        pool.ids,
        np.ones(40, np.float32),
        np.ones((40, 6), np.float32),
        probabilities=np.full((40, 4), 0.25, np.float32),
        class_scores=np.ones((40, 4), np.float32),
        groups=("group",) * 40,
        truth=dict.fromkeys(pool.ids, 0),
    )
    assert len(set(selector.select(same, 20, rng()))) == 20


def test_nothing_is_mutated(selector):
    pool = candidates()
    before = copy.deepcopy(pool)
    selector.select(pool, 9, rng())
    assert pool.ids == before.ids
    assert pool.groups == before.groups
    for name in ("scores", "class_scores", "features", "labelled_features", "probabilities"):
        assert np.array_equal(getattr(pool, name), getattr(before, name))


def test_notes_are_plain_and_name_picks_alone(selector):
    pool = candidates()
    picked = selector.select(pool, 9, rng())
    notes = json.loads(json.dumps(pool.notes))
    if "picks" in notes:
        assert [pick["id"] for pick in notes["picks"]] == picked
        assert all(pick["why"] for pick in notes["picks"])


def test_a_negative_number_is_an_error(selector):
    with pytest.raises(QueryError, match="-1"):
        selector.select(candidates(), -1, rng())


def test_what_the_candidates_lack_is_named(selector):
    bare = Candidates(candidates().ids)
    if selector.needs:
        with pytest.raises(QueryError, match=min(selector.needs)):
            selector.select(bare, 3, rng())
    else:
        assert len(selector.select(bare, 3, rng())) == 3


@pytest.mark.parametrize("rows", [[0, 0, 1], [0, 1]])
def test_a_selector_that_breaks_the_contract_is_caught(rows):
    class Broken(Selector):
        def pick(self, candidates, n, rng):
            return np.array(rows)

    with pytest.raises(QueryError, match="Broken.*not 3"):
        Broken().select(candidates(), 3, rng())


@pytest.mark.parametrize(("group", "name"), ASK_FOR_NOTHING)
def test_a_cold_start_of_given_labels_asks_for_nothing(group, name):
    assert not instantiate(composed_group(group, f"{group}={name}")).asks


def test_every_selector_file_is_used_by_some_strategy():
    files = {p.stem for p in (Path(__file__).parents[2] / "alseg" / "selection").glob("*.py")}
    used = " ".join((paths.conf() / g / f"{n}.yaml").read_text() for g, n in CASES)
    # audit.share wraps `audited` around any of them; `reasons` and `labelled` pick nothing
    helpers = {"__init__", "selector", "candidates", "wrapper", "volumes", "audited", "reasons", "labelled"}
    assert all(f"alseg.selection.{name}." in used for name in files - helpers)
