"""Parts of an image: how many pixels, and which."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import ndimage

from alseg.oracles.noisy import Noisy
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.pen import scribble
from alseg.oracles.simulated import Simulated
from alseg.oracles.sparse import Sparse
from alseg.oracles.sparsity import Box, Columns, Points, Scribbles
from tests.helpers.discs import make_dataset
from tests.helpers.drawn_targets import rings, square

PATTERNS = {
    "columns": Columns(None, share=0.25),
    "scribbles": Scribbles(0.15, length=0.6, width=1, gap=0.08),
    "points": Points(0.1, per_class=3, width=1),
    "box": Box(None, share=0.25),
}


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", PATTERNS)
def test_what_is_annotated_is_the_truth_and_the_rest_is_255(kind):
    dataset = make_dataset(n=8, classes=3)
    answer = Sparse(dataset, kind, **PATTERNS).annotate(dataset.ids)
    known = answer.targets != 255
    assert known.any(axis=(1, 2)).all()
    assert not known.all(axis=(1, 2)).any()
    assert np.array_equal(answer.targets[known], dataset.targets[known])
    assert answer.annotator == f"truth ({kind})"


@pytest.mark.parametrize("kind", PATTERNS)
def test_the_pixels_depend_on_seed_and_id_alone(kind):
    dataset = make_dataset(n=6, size=64)
    answer = Sparse(dataset, kind, **PATTERNS, seed=1).annotate(dataset.ids).targets
    again = Sparse(dataset, kind, **PATTERNS, seed=1).annotate(dataset.ids[::-1]).targets
    assert np.array_equal(again[::-1], answer)
    other = Sparse(dataset, kind, **PATTERNS, seed=2).annotate(dataset.ids).targets
    # there are only four ways to take every fourth column
    assert (other != answer).any(axis=(1, 2)).sum() >= (2 if kind == "columns" else 6)


@pytest.mark.parametrize(("share", "n"), [(0.25, 8), (0.1, 3), (0.001, 1), (1.0, 32), (0.9, 29)])
def test_columns(share, n):
    for seed in range(5):
        looked = Columns(None, share)(square(), rng(seed))
        assert looked.all(axis=0).sum() == n
        assert looked.sum() == 32 * n
        gaps = np.diff(np.flatnonzero(looked[0]))
        assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1


@pytest.mark.parametrize("seed", range(5))
def test_every_class_has_a_scribble_within_itself(seed):
    target = rings()
    looked = PATTERNS["scribbles"](target, rng(seed))
    for c in range(4):
        line = looked & (target == c)
        assert 0 < line.sum() < 0.3 * (target == c).sum()
        assert ndimage.label(line, np.ones((3, 3)))[1] == 1  # drawn in one go
    # along the middle of the ring, which is 6 pixels wide; around the structures, 5 pixels off
    depth = ndimage.distance_transform_edt(target == 2)
    assert np.median(depth[looked & (target == 2)]) >= 2
    away = ndimage.distance_transform_edt(target == 0)[looked & (target == 0)]
    assert 3 < np.median(away) < 7


def test_a_longer_scribble_is_longer():
    region = rings() == 2
    short, long = (scribble(region, length, rng()).sum() for length in (0.2, 0.8))
    assert long > 2 * short


def test_a_scribble_in_one_pixel_and_in_the_whole_image():
    dot = np.zeros((5, 5), dtype=bool)
    dot[2, 3] = True
    assert np.array_equal(scribble(dot, 0.5, rng()), dot)
    everywhere = np.ones((16, 16), dtype=bool)
    assert scribble(everywhere, 0.5, rng()).any()
    assert scribble(everywhere, 0.5, rng(), gap=3.0).any()


def test_a_thick_pen_stays_within_the_class():
    target = rings()
    thin, thick = (Scribbles(None, 0.6, width, 0.08)(target, rng()) for width in (1, 3))
    assert thick.sum() > 2 * thin.sum()
    assert (thin <= thick).all()


def test_points():
    target = rings()
    looked = Points(None, per_class=4, width=1)(target, rng())
    assert [int((looked & (target == c)).sum()) for c in range(4)] == [4, 4, 4, 4]
    target[0, 0] = 5  # a class of one pixel has no four
    looked = Points(None, per_class=4, width=1)(target, rng())
    assert (looked & (target == 5)).sum() == 1
    large = Points(None, per_class=1, width=3)(rings(), rng())
    assert 4 * 4 <= large.sum() <= 4 * 9


def test_box():
    for seed in range(10):
        target = square(64, 2, 12)
        looked = Box(None, share=0.25)(target, rng(seed))
        y, x = np.nonzero(looked)
        assert (np.ptp(y) + 1, np.ptp(x) + 1, len(y)) == (32, 32, 32 * 32)
        assert (target[looked] == 1).any()
    assert Box(None, share=0.25)(np.zeros((64, 64), dtype=np.uint8), rng()).sum() == 32 * 32
    assert Box(None, share=1.0)(target, rng()).all()


def test_sparse_marks_of_a_sparse_answer(make_set):
    truth = square()
    truth[:16] = 255
    for kind in PATTERNS:
        answer = Sparse(make_set(truth), kind, **PATTERNS).annotate(["a"])
        assert (answer.targets[:, :16] == 255).all()
    unknown = make_set(np.full((32, 32), 255))
    for kind in PATTERNS:
        answer = Sparse(unknown, kind, **PATTERNS).annotate(["a"])
        assert (answer.targets == 255).all()
        assert np.isfinite(answer.cost).all()


def test_cost(make_set):
    dataset = make_set(square())
    of = partial(Simulated, seconds_per_image=40)
    assert Sparse(dataset, "columns", **PATTERNS, of=of).annotate(["a"]).cost.tolist() == [10]
    assert Sparse(dataset, "scribbles", **PATTERNS, of=of).annotate(["a"]).cost.tolist() == [6]
    assert Sparse(dataset, "box", box=Box(2.0, 0.25), of=of).annotate(["a"]).cost.tolist() == [80]


def test_sparse_of_noisy_is_what_the_noisy_one_draws():
    dataset = make_dataset(n=6)
    noisy = Noisy(dataset, seed=4).annotate(dataset.ids).targets
    both = Sparse(dataset, "columns", **PATTERNS, of=partial(Noisy, seed=4), seed=4).annotate(dataset.ids)
    known = both.targets != 255
    assert np.array_equal(both.targets[known], noisy[known])
    assert (noisy != dataset.targets).any()
    assert both.annotator == "noisy (columns)"


class Slow(Oracle):
    """Refuses a, has done b, and still works on c."""

    def __init__(self, dataset):
        self.truth = Simulated(dataset)

    def annotate(self, ids):
        done = self.truth.annotate([id_ for id_ in ids if id_ == "b"])
        return Annotations(done.ids, done.targets, done.cost, "slow", refused=tuple(i for i in ids if i == "a"))


def test_refused_and_unfinished_images_stay_so(make_set):
    oracle = Sparse(make_set(*[square()] * 3), "columns", **PATTERNS, of=Slow)
    answer = oracle.annotate(["a", "b", "c"])
    assert (answer.ids, answer.refused, len(answer.targets), len(answer.cost)) == (("b",), ("a",), 1, 1)
    assert oracle.annotate(["a"]).ids == ()


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: Columns(None, 0.0), "share=0.0"),
        (lambda: Columns(-1.0, 0.5), "cost=-1.0"),
        (lambda: Scribbles(None, 2.0, 1, 0.1), "length=2.0"),
        (lambda: Scribbles(None, 0.5, 0, 0.1), "width=0"),
        (lambda: Scribbles(None, 0.5, 1, 0), "gap=0"),
        (lambda: Points(None, 0, 1), "per_class=0"),
        (lambda: Points(None, 1, 0), "width=0"),
        (lambda: Box(None, "all"), "share=all"),
    ],
)
def test_impossible_patterns(make, key):
    with pytest.raises(ValueError, match=f"^{key}: "):
        make()


def test_impossible_kinds(dataset):
    with pytest.raises(ValueError, match=r"^kind=lines: .*columns, scribbles, points, box"):
        Sparse(dataset, "lines", **PATTERNS)
    with pytest.raises(ValueError, match="^box=null: kind=box needs this pattern"):
        Sparse(dataset, "box")
