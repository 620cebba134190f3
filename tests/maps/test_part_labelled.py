"""Maps of data sets of which a part has labels: the page tells which, and none of them is picked."""

from dataclasses import replace

import numpy as np
import pytest

from alseg.embeddings.pixels import Pixels
from alseg.errors import ConfigError
from alseg.maps import from_data
from alseg.maps.colouring import colourings
from alseg.maps.from_data import map_of_data
from alseg.maps.page import html, summary
from alseg.maps.shown_classes import class_names, foreground_shares, labelled
from alseg.selection.k_center import KCenter
from alseg.selection.labelled import Labelled
from alseg.strategy import Strategy
from tests.helpers.discs import make_dataset
from tests.helpers.part_labelled import with_targets
from tests.helpers.two_heads import tiles

TRUTH = make_dataset(n=12, size=8, groups=6, classes=3)
GIVEN = TRUTH.ids[4:7]
ROWS = np.arange(12)


def test_what_has_no_label_has_no_class_and_no_share():
    dataset = with_targets(TRUTH, GIVEN)
    there = [id_ in GIVEN for id_ in TRUTH.ids]
    assert labelled(dataset, ROWS) == tuple(there)
    assert [name == "no label yet" for name in class_names(dataset, ROWS)] == [not one for one in there]
    shares = foreground_shares(dataset, ROWS)
    assert np.isnan(shares).tolist() == [not one for one in there]
    assert np.array_equal(shares[4:7], foreground_shares(TRUTH, ROWS)[4:7])
    truth = tiles()
    names = class_names(with_targets(truth, truth.ids[:2]), np.arange(4))
    assert names == (*class_names(truth, np.arange(2)), "no label yet", "no label yet")


@pytest.mark.parametrize("truth", [TRUTH, tiles()])
def test_nothing_is_labelled(truth):
    dataset, rows = with_targets(truth, ()), np.arange(4)
    assert class_names(dataset, rows) is foreground_shares(dataset, rows) is None
    assert labelled(dataset, rows) == (False,) * 4


@pytest.fixture
def flat(monkeypatch):
    """Features of two numbers that lie on a line, which are their own map."""
    features = np.stack([np.arange(12.0) ** 2, np.zeros(12)], axis=1).astype(np.float32)
    monkeypatch.setattr(from_data, "embed_dataset", lambda embedding, dataset: features)
    monkeypatch.setattr(from_data, "map_2d", lambda features, tsne, seed: features)


def mapped(dataset, start, n=2):
    return map_of_data(dataset, Pixels(), None, start, n, 0)


def test_what_is_labelled_is_not_picked_and_counts_as_labelled(flat):
    """On a line at 0, 1, 4, ..., 121 with 16, 25 and 36 labelled the farthest is 121, then 81, 40 from it and 45 from 36."""
    start = Strategy("k_center", KCenter(normalise=False), space="embedding")
    map_ = mapped(with_targets(TRUTH, GIVEN), start)
    assert map_.rounds[0].picks == (TRUTH.ids[11], TRUTH.ids[9])
    assert summary(map_) == "12 images · 6 groups · 3 labels · 1 round · 2 picks"
    found = colourings(map_)["labelled"]
    assert (found.names, found.codes.tolist()) == (("has a label", "no label yet"), [1] * 4 + [0] * 3 + [1] * 5)
    assert "NaN" not in html(map_)


def test_no_pick_is_asked_for(flat):
    map_ = mapped(with_targets(TRUTH, GIVEN), Strategy("labelled", Labelled()))
    assert map_.rounds[0].picks == ()


def test_more_than_wait(flat):
    start = Strategy("k_center", KCenter(), space="embedding")
    with pytest.raises(ConfigError, match="from 1 to 9, the images without a label of discs"):
        mapped(with_targets(TRUTH, GIVEN), start, n=10)
    assert len(mapped(replace(TRUTH), start, n=12).rounds[0].picks) == 12
