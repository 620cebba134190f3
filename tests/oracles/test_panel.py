"""Fusion by hand, and who is on a panel."""

from __future__ import annotations

import importlib.util
import itertools
from functools import partial

import numpy as np
import pytest

from alseg.oracles import fusion
from alseg.oracles.noisy import Noisy
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.panel import Panel
from alseg.oracles.simulated import Simulated
from alseg.oracles.sparse import Sparse
from alseg.oracles.sparsity import Columns
from tests.helpers.discs import make_dataset
from tests.helpers.drawn_targets import rings, square

PAPER = [[1, 2, 1.5], [0.5, 1, 0.5], [1 / 1.5, 2, 1]]
needs_simple_itk = pytest.mark.skipif(
    importlib.util.find_spec("SimpleITK") is None,
    reason='SimpleITK is not installed; pip install -c constraints.txt -e ".[dev,staple]" enables this test',
)


def votes(*answers, weights=None, threshold=0.5):
    """Fuse annotators' answers to a row of pixels."""
    stack = np.array(answers, dtype=np.uint8)[:, None]
    return fusion.vote(stack, weights or [1.0] * len(answers), threshold)[0].tolist()


def test_the_majority_by_hand():
    assert votes([0, 0, 1, 1, 1], [0, 1, 0, 1, 1], [0, 0, 1, 0, 1]) == [0, 0, 1, 1, 1]


def test_two_annotators_agree_or_it_is_background():
    assert votes([0, 1, 0, 1], [0, 0, 1, 1]) == [0, 0, 0, 1]


def test_classes_share_the_vote_for_foreground():
    # two of three say foreground, of different classes: the lowest id; three different ones likewise
    assert votes([1, 3, 1, 2], [2, 2, 1, 2], [0, 1, 2, 0]) == [1, 1, 1, 2]


def test_weights_and_threshold():
    assert votes([1, 0], [0, 1], [0, 1], weights=[0.6, 0.2, 0.2]) == [1, 0]
    assert votes([1, 1], [1, 1], [0, 1], threshold=0.7) == [0, 1]
    assert votes([2, 0], [1, 0], [0, 0], weights=[0.2, 0.4, 0.3]) == [1, 0]


def test_who_did_not_look_has_no_vote():
    assert votes([1, 1, 255, 255], [255, 0, 0, 255], [255, 0, 255, 255]) == [1, 0, 0, 255]


def test_hierarchy_weights_of_the_paper():
    assert fusion.hierarchy_weights(PAPER) == pytest.approx([0.4546, 0.1985, 0.3469], abs=5e-5)
    assert fusion.hierarchy_weights([[1, 3], [1 / 3, 1]]) == pytest.approx([0.75, 0.25])


def test_the_weights_of_the_paper_decide_as_the_majority():
    weights = fusion.hierarchy_weights(PAPER).tolist()
    answers = np.array(list(itertools.product([0, 1, 255], repeat=3)), dtype=np.uint8).T[:, None]
    both = (answers != 255).all(axis=0)
    assert np.array_equal(fusion.vote(answers, weights)[both], fusion.vote(answers, [1, 1, 1])[both])
    assert max(weights) < 0.5
    # with one weight above a half it is another matter
    assert votes([1], [0], [0], weights=[0.6, 0.2, 0.2]) == [1]


def test_the_fused_mask_is_better_than_each_annotator():
    dataset = make_dataset(n=8, size=64)
    readers = {
        "reader_1": partial(Noisy, annotator="reader_1"),
        "reader_2": partial(Noisy, annotator="reader_2", bias=1.5),
        "reader_3": partial(Noisy, annotator="reader_3", bias=-1.5),
    }
    fused = Panel(dataset, readers).annotate(dataset.ids).targets
    wrong = (fused != dataset.targets).sum()
    for reader in readers.values():
        assert wrong < (reader(dataset=dataset).annotate(dataset.ids).targets != dataset.targets).sum()


def test_cost_adds_up(dataset):
    cheap, dear = (partial(Simulated, seconds_per_image=s) for s in (5, 20))
    answer = Panel(dataset, {"a": cheap, "b": dear}).annotate(dataset.ids[:2])
    assert answer.cost.tolist() == [25, 25]
    assert np.array_equal(answer.targets, dataset.targets[:2])
    assert answer.annotator == "majority of a, b"


def test_any_oracle_may_be_on_it(dataset):
    columns = partial(Sparse, kind="columns", columns=Columns(None, 0.5))
    answer = Panel(dataset, {"a": columns, "b": partial(columns, seed=1)}).annotate(dataset.ids)
    known = answer.targets != 255
    assert np.array_equal(answer.targets[known], dataset.targets[known])


class Some(Oracle):
    """Has done some images and refuses some; the rest is still being annotated."""

    def __init__(self, dataset, done, refused):
        self.truth, self.done, self.refused = Simulated(dataset), done, refused

    def annotate(self, ids):
        done = self.truth.annotate([id_ for id_ in ids if id_ in self.done])
        refused = tuple(id_ for id_ in ids if id_ in self.refused)
        return Annotations(done.ids, done.targets, done.cost, "some", refused)


def test_an_image_is_done_when_all_are_done_with_it(make_set):
    dataset = make_set(*[square()] * 4)
    one, two = partial(Some, done="ab", refused="d"), partial(Some, done="a", refused="bcd")
    answer = Panel(dataset, {"one": one, "two": two}).annotate(["d", "c", "b", "a"])
    assert answer.ids == ("b", "a")
    assert answer.refused == ("d",)  # and c is awaited
    assert answer.cost.tolist() == [60, 120]
    assert np.array_equal(answer.targets, dataset.targets[:2])


@needs_simple_itk
def test_staple_trusts_who_agrees_with_the_others():
    truth = rings()
    poor = np.roll(truth, 9, axis=0)
    answers = np.stack([truth, np.roll(truth, 1, axis=1), poor])
    fused = fusion.staple(answers)
    assert fused.dtype == np.uint8
    assert set(np.unique(fused)) <= {0, 1, 2, 3}
    assert (fused != truth).mean() < 0.5 * (poor != truth).mean()


@needs_simple_itk
def test_staple_of_equal_answers_and_of_unknown_pixels():
    same = np.stack([square()] * 3)
    assert np.array_equal(fusion.staple(same), square())
    unknown = np.stack([square(), np.roll(square(), 1, axis=0), np.roll(square(), 1, axis=1)])
    unknown[:, 12:14] = 255
    unknown[0, 25:] = 255
    fused = fusion.staple(unknown)
    assert (fused[12:14] == 255).all()
    assert (np.delete(fused, [12, 13], axis=0) < 2).all()


@needs_simple_itk
def test_a_panel_with_staple():
    dataset = make_dataset(n=3, size=48)
    readers = {f"reader_{i}": partial(Noisy, annotator=f"reader_{i}", bias=i - 2.0) for i in range(1, 4)}
    answer = Panel(dataset, readers, fusion="staple").annotate(dataset.ids)
    assert answer.annotator.startswith("staple")
    assert (answer.targets != dataset.targets).mean() < 0.1


def test_staple_without_its_package(dataset, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "SimpleITK", None)
    with pytest.raises(ValueError, match=r"^fusion=staple: .*SimpleITK; pip install \"alseg\[staple\]\""):
        Panel(dataset, {"a": Simulated, "b": Simulated}, fusion="staple")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"annotators": {"a": Simulated}}, "^annotators: a panel has two annotators or more"),
        ({"fusion": "mean"}, r"^fusion=mean: .*majority, ahp, staple"),
        ({"threshold": 1.5}, r"^threshold=1\.5"),
        ({"fusion": "ahp"}, "^comparisons=null: fusion=ahp needs"),
        ({"fusion": "ahp", "comparisons": PAPER}, "compares 3 annotators, and the panel has 2"),
        ({"fusion": "ahp", "comparisons": [[1, 2], [2, 1]]}, r"entry \(0, 1\) is 2 and \(1, 0\) is 2"),
        ({"fusion": "ahp", "comparisons": [[1, 2, 3], [0.5, 1]]}, "square matrix"),
        ({"fusion": "ahp", "comparisons": [[1, -2], [-0.5, 1]]}, "square matrix"),
        ({"annotators": {"a": Noisy, "b": Noisy}}, r"a and b are both 'noisy'"),
        ({"annotators": {"a": Noisy, "b": partial(Simulated, bias=1)}}, r"^annotators\.b: "),
    ],
)
def test_impossible_panels(dataset, settings, message):
    with pytest.raises(ValueError, match=message):
        Panel(dataset, **{"annotators": {"a": Simulated, "b": Simulated}, **settings})
