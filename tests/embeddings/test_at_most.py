"""Features that serve the map alone are of images no larger than they are."""

import logging

import numpy as np
import pytest

from alseg.data.dataset import Dataset
from alseg.data.pool import PoolDataModule
from alseg.data.split import Split
from alseg.embeddings import cache
from alseg.embeddings.cache import embed
from alseg.embeddings.pixels import Pixels
from alseg.embeddings.timm_model import TimmModel
from alseg.loop.feature_space import FrozenSpace


@pytest.fixture(scope="module")
def network():
    return TimmModel("mobilenetv3_small_050", "none", accelerator="cpu", precision="32")


@pytest.mark.parametrize(
    ("images", "seen"),
    [((96, 128), (96, 128)), ((512, 300), (224, 224)), ((100, 500), (100, 224)), ((8, 90), (64, 90))],
)
def test_images_are_never_enlarged_but_where_nothing_would_be_seen(network, images, seen):
    assert network.at_most(*images).size == seen
    assert network.size == (224, 224)


def test_they_are_the_features_of_that_size(network):
    images = np.random.default_rng(0).integers(0, 256, (2, 1, 64, 96), dtype=np.uint8)
    asked = TimmModel("mobilenetv3_small_050", "none", size=[64, 96], accelerator="cpu", precision="32")
    smaller = network.at_most(64, 96)
    np.testing.assert_array_equal(smaller.extract(images), asked.extract(images))
    assert smaller.identity == asked.identity != network.identity  # an entry of the cache of its own


def test_a_size_that_was_asked_for_stays(network):
    asked = TimmModel("mobilenetv3_small_050", "none", size=128, accelerator="cpu", precision="32")
    assert asked.at_most(64, 64).size == (128, 128)


def test_a_network_of_one_size_keeps_it():
    one = TimmModel("vit_tiny_patch16_224", "none", accelerator="cpu", precision="32")
    assert one.at_most(64, 64).size == (224, 224)


def test_other_embeddings_stay_as_they_are():
    pixels = Pixels()
    assert pixels.at_most(8, 8) is pixels


@pytest.mark.parametrize(("compared", "size"), [(True, [224, 224]), (False, [64, 72])])
def test_a_space_that_nobody_compares_in_takes_images_as_they_are(network, compared, size):
    ids = ("a", "b")
    images, targets = np.zeros((2, 1, 64, 72), np.uint8), np.zeros((2, 64, 72), np.uint8)
    data = Dataset("two", "segmentation", ids, ids, images, targets, ("background", "disc"), np.ones((2, 2)))
    pool = PoolDataModule(
        data, Split(ids, (), ()), seed=0, steps=1, batch_size=1, unlabelled_batch_size=1, eval_batch_size=1
    )
    space = FrozenSpace(pool, lambda: network, None, 0, compared)
    assert space._embedding.identity["preprocessing"]["size"] == size


def test_what_takes_long_is_said_beforehand(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO, logger="alseg")
    monkeypatch.setattr(cache, "ROWS", 10)
    now = iter(range(0, 10_000, 60))
    monkeypatch.setattr(cache.time, "perf_counter", lambda: float(next(now)))
    images = np.zeros((35, 1, 4, 4), np.uint8)
    embed(Pixels(size=2), images, tmp_path)
    said = [record.getMessage() for record in caplog.records if "to go" in record.getMessage()]
    assert len(said) == 1  # after the first of four blocks
    assert said[0].endswith("about 3 min to go")
