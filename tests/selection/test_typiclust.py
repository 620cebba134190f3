"""TypiClust."""

import numpy as np
import pytest

from alseg.selection.typiclust import TypiClust


def most_typical(points: np.ndarray, neighbours: int = 20) -> list[int]:
    """Rows by falling typicality, by brute force."""
    distances = np.sort(np.linalg.norm(points[:, None] - points, axis=2), axis=1)
    k = min(neighbours, len(points) // 2)
    return np.argsort(distances[:, 1 : k + 1].mean(axis=1)).tolist()


def test_the_most_typical_of_each_blob_the_largest_first(select, blobs):
    points, of = blobs(10, 60, 25)
    rows = [np.flatnonzero(of == blob) for blob in (1, 2, 0)]
    assert select(TypiClust(normalise=False), 3, points) == [r[most_typical(points[r])[0]] for r in rows]
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    assert select(TypiClust(), 3, 7 * points) == [r[most_typical(points[r])[0]] for r in rows]


def test_fewest_labelled_first_then_largest(select, blobs):
    points, of = blobs(10, 60, 25, 40)
    labelled = np.concatenate([points[of == 1][:2], points[of == 3][:1]]) + 0.01
    # Four clusters, of which two have no label: the larger of these first, then one label before two.
    picked = select(TypiClust(max_clusters=4), 4, points, labelled=labelled)
    assert of[picked].tolist() == [2, 0, 3, 1]


def test_labelled_images_are_no_neighbours(select, blobs):
    points, of = blobs(30, 30)
    rows = np.flatnonzero(of == 1)
    outlier = points[rows[0]] + 30
    points[rows[0]] = outlier
    labelled = np.repeat(outlier[None], 25, axis=0)  # would make the outlier the most typical of all
    picked = select(TypiClust(max_clusters=2, normalise=False), 2, points, labelled=labelled)
    assert of[picked].tolist() == [0, 1]
    assert picked[1] == rows[most_typical(points[rows])[0]]


def test_small_clusters_come_last(select, blobs):
    points, of = blobs(5, 16, 5, 20)  # half the average is 5.75
    assert of[select(TypiClust(), 4, points)].tolist() == [3, 1, 3, 1]
    # Only when the larger ones are used up.
    picked = select(TypiClust(max_clusters=4), 44, points)
    assert set(of[picked[:36]]) == {1, 3}
    assert set(of[picked[36:]]) == {0, 2}


def test_clusters_of_a_small_pool_are_not_all_small(select, blobs):
    """Thirty clusters of 3 or 4 images: with a fixed least size of 5 they were all left out."""
    points, of = blobs(*[3, 4] * 15, spread=0.05)
    picked = select(TypiClust(), 30, points)
    assert len(set(of[picked])) >= 24


def test_more_picks_than_clusters_go_round_again(select, blobs):
    points, of = blobs(12, 20)
    picked = select(TypiClust(max_clusters=2, normalise=False), 5, points)
    assert of[picked].tolist() == [1, 0, 1, 0, 1]
    rows = np.flatnonzero(of == 1)
    assert picked[::2] == rows[most_typical(points[rows])[:3]].tolist()


def test_clusters_of_one_and_two(select, blobs):
    points, of = blobs(1, 2, 1)
    assert sorted(of[select(TypiClust(), 3, points)]) == [0, 1, 2]


@pytest.mark.parametrize("bad", [{"max_clusters": 0}, {"neighbours": 0}])
def test_impossible_arguments(bad):
    with pytest.raises(ValueError, match=f"^{next(iter(bad))}="):
        TypiClust(**bad)
