"""The cold start by clusters and farthest points, step by step."""

import json

import numpy as np
import pytest

from alseg.selection.candidates import Candidates
from alseg.selection.cluster_fps import ClusterFPS
from alseg.selection.subsample import Subsample


def pool(features, labelled=()):
    features = np.asarray(features, np.float32)
    known = np.asarray(labelled, np.float32).reshape(len(labelled), features.shape[1])
    ids = tuple(f"{i:05d}" for i in range(len(features)))
    return Candidates(
        ids, features=features, labelled_ids=tuple(f"l{i}" for i in range(len(known))), labelled_features=known
    )


def run(features, n, labelled=(), seed=0, **options):
    candidates = pool(features, labelled)
    ids = ClusterFPS(**options).select(candidates, n, np.random.default_rng(seed))
    return [int(id_) for id_ in ids], candidates.notes


def blobs(sizes, seed=0, spread=1.0):
    """Far apart groups on a line of the plane, and the blob of each point."""
    of = np.repeat(np.arange(len(sizes)), sizes)
    centres = np.stack([100 * np.arange(len(sizes)), np.zeros(len(sizes))], axis=1)
    return (centres[of] + spread * np.random.default_rng(seed).normal(size=(len(of), 2))).astype(np.float32), of


def medoid_of(points, rows):
    return int(rows[np.linalg.norm(points[rows][:, None] - points[rows][None], axis=2).sum(axis=1).argmin()])


@pytest.mark.parametrize("seed", range(5))
def test_separated_blobs_give_k_and_one_medoid_each(seed):
    points, of = blobs([30, 12, 50, 20])
    picks, notes = run(points, 10, seed=seed)
    assert notes["k"] == 4
    assert max(notes["silhouettes"], key=notes["silhouettes"].get) == "4"
    assert set(notes["silhouettes"]) == {str(k) for k in range(2, 11)}
    order = [2, 0, 3, 1]  # by falling size
    assert picks[:4] == [medoid_of(points, np.flatnonzero(of == blob)) for blob in order]
    assert notes["medoids"] == [f"{row:05d}" for row in picks[:4]]
    assert notes["sizes"] == [50, 30, 20, 12]
    assert [of[row] for row in picks[:4]] == order
    assert {id_: order[c] for id_, c in notes["clusters"].items()} == {f"{i:05d}": blob for i, blob in enumerate(of)}


def test_the_rest_is_shared_in_proportion():
    points, of = blobs([60, 30, 10])
    picks, notes = run(points, 13)  # 3 medoids and 10 more: 6, 3, 1
    assert notes["allocation"] == [7, 4, 2]
    assert np.bincount(of[picks]).tolist() == [7, 4, 2]


def test_no_cluster_gives_more_than_it_holds():
    points, of = blobs([20, 2, 2])
    picks, notes = run(points, 23)  # 3 medoids and 20 more: quotas 16.7, 1.7, 1.7, and room for 19, 1, 1
    assert notes["allocation"] == [19, 2, 2]
    assert np.bincount(of[picks]).tolist() == [19, 2, 2]


def test_farthest_points_in_their_order_and_why():
    line = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8], float)
    points = np.concatenate([np.stack([line, np.zeros(9)], 1), np.stack([1000 + line[:3], np.zeros(3)], 1)])
    picks, notes = run(points, 8)
    # 9 and 3 points; 2 medoids (4 and 10) and 6 more: quotas 4.5 and 1.5, the larger cluster first.
    assert notes["k"] == 2
    assert notes["allocation"] == [6, 2]
    assert picks[:2] == [4, 10]
    inside = [row for row in picks if row < 9]
    # From 4, both ends are equally far (the first counts), then the middles of the halves: 2 and 6.
    assert inside[:1] == [4]
    assert inside[1:3] == [0, 8]
    assert set(inside[3:5]) == {2, 6}
    assert [p["why"] for p in notes["picks"][:3]] == [
        "medoid of cluster 0",
        "medoid of cluster 1",
        "farthest in cluster 0",
    ]
    assert [int(p["id"]) for p in notes["picks"]] == picks
    assert [p["cluster"] for p in notes["picks"]] == [0, 1, 0, 1, 0, 0, 0, 0]


def test_farthest_first_in_every_cluster_by_brute_force():
    points, of = blobs([40, 25, 35], seed=3)
    picks, _ = run(points, 20)
    for blob in range(3):
        rows = np.flatnonzero(of == blob)
        expected = [medoid_of(points, rows)]
        mine = [row for row in picks if of[row] == blob]
        while len(expected) < len(mine):
            nearest = np.linalg.norm(points[rows][:, None] - points[expected][None], axis=2).min(axis=1)
            expected.append(int(rows[nearest.argmax()]))
        assert mine == expected


def test_budget_one_is_the_medoid_of_all():
    points, _ = blobs([10, 30])
    picks, notes = run(points, 1)
    assert picks == [medoid_of(points, np.arange(40))]
    assert (notes["k"], notes["silhouettes"], notes["sizes"]) == (1, {}, [40])
    assert notes["picks"] == [{"id": f"{picks[0]:05d}", "cluster": 0, "why": "medoid of cluster 0"}]


def test_equal_points_are_one_cluster():
    picks, notes = run(np.full((20, 2), 3.0), 7)
    assert notes["k"] == 1
    assert len(set(picks)) == 7


def test_duplicates():
    points = np.repeat(np.array([[0, 0], [10, 0], [0, 10]]), [12, 6, 6], axis=0)
    picks, notes = run(points, 9)
    assert notes["k"] == 3
    assert notes["silhouettes"] == {"2": pytest.approx(notes["silhouettes"]["2"]), "3": 1.0}  # 4 points are not there
    assert len(set(picks)) == 9
    assert sorted(points[picks[:3]].tolist()) == [[0, 0], [0, 10], [10, 0]]
    assert notes["allocation"] == [4, 3, 2] or notes["allocation"] == [4, 2, 3]


@pytest.mark.parametrize("n", [24, 23, 2])
def test_budget_of_the_pool_and_around(n):
    points, _ = blobs([12, 12])
    picks, _ = run(points, n)
    assert len(set(picks)) == n


def test_two_images_and_three():
    assert len(run([[0, 0], [1, 1]], 1)[0]) == 1
    picks, notes = run([[0, 0], [0, 1], [9, 9]], 2)
    assert notes["k"] == 2
    assert 2 in picks


@pytest.mark.slow
def test_deterministic_and_independent_of_the_order_of_the_pool():
    points = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    one, two = pool(points), pool(points)
    shuffled = two.take(np.random.default_rng(1).permutation(300))
    rngs = [np.random.default_rng(5) for _ in range(2)]
    assert ClusterFPS().select(one, 20, rngs[0]) == ClusterFPS().select(shuffled, 20, rngs[1])
    assert one.notes == two.notes


def test_the_smaller_of_equal_k_and_no_more_than_asked():
    points, _ = blobs([10] * 6)
    assert run(points, 30, max_clusters=4)[1]["k"] <= 4
    assert run(points, 30)[1]["k"] == 6
    assert set(run(points, 3)[1]["silhouettes"]) == {"2", "3"}


def test_a_large_pool_chooses_k_on_a_sample():
    points, of = blobs([400, 300, 200, 100])
    picks, notes = run(points, 12, sample=150)
    assert (notes["k"], notes["silhouette_images"]) == (4, 150)
    assert notes["sizes"] == [400, 300, 200, 100]  # of the whole pool
    assert len(notes["clusters"]) == 1000
    assert picks[:4] == [medoid_of(points, np.flatnonzero(of == blob)) for blob in range(4)]
    whole = run(points, 12)[1]["silhouettes"]
    assert notes["silhouettes"]["4"] == pytest.approx(whole["4"], abs=0.01)


def test_what_is_labelled_is_a_seed_already():
    points, of = blobs([30, 20, 10])
    labelled = [[0, 0], [0, 3], [200, 0]]  # in the first blob and the third
    picks, notes = run(points, 7, labelled=labelled)
    assert notes["k"] == 3
    assert picks[0] == medoid_of(points, np.flatnonzero(of == 1))  # the only blob without a label
    assert notes["medoids"] == [None, f"{picks[0]:05d}", None]
    assert notes["allocation"] == [3, 3, 1]  # the other six are shared as 30 : 20 : 10
    first = np.flatnonzero(of == 0)
    far = np.linalg.norm(points[first][:, None] - np.array(labelled)[None], axis=2).min(axis=1)
    assert first[far.argmax()] == next(row for row in picks if of[row] == 0)
    assert [notes["clusters"][f"l{i}"] for i in range(3)] == [0, 0, 2]


def test_a_cluster_that_is_labelled_whole_gets_nothing():
    points, _ = blobs([20, 20])
    picks, notes = run(points, 5, labelled=[[900, 0], [901, 0], [900, 1]])
    assert notes["k"] == 3
    assert notes["sizes"][2] == notes["allocation"][2] == 0
    assert len(set(picks)) == 5


def test_notes_are_json_and_heard_through_a_wrapper():
    points, _ = blobs([30, 20])
    candidates = pool(points)
    ids = Subsample(ClusterFPS(), size=25).select(candidates, 6, np.random.default_rng(0))
    assert json.loads(json.dumps(candidates.notes)) == candidates.notes
    assert [pick["id"] for pick in candidates.notes["picks"]] == ids
    assert len(candidates.notes["clusters"]) == 25


@pytest.mark.parametrize("option", [{"max_clusters": 0}, {"restarts": 0}, {"sample": 2}])
def test_impossible_options(option):
    with pytest.raises(ValueError, match=f"^{next(iter(option))}="):
        ClusterFPS(**option)
