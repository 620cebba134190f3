"""A run goes on only with what it began with, and says what has changed."""

import json
from dataclasses import replace

import numpy as np
import pytest

from alseg.data.split import Split
from alseg.errors import RunFolderError
from alseg.identity.content import content_of
from alseg.identity.sources import Sources
from alseg.runs.ledger import Ledger
from alseg.runs.record import begin
from alseg.runs.run_folder import RunFolder
from tests.helpers.pools import make_pool


def go(folder, dataset, answers=None, weights=None, split=None):
    """Begin a run, or go on with it, as far as its data are concerned."""
    pool = make_pool(dataset)
    pool.split = split or pool.split
    content = content_of(dataset, answers)
    begin(Ledger(folder / "ledger.jsonl"), RunFolder(folder), pool, 0, content, Sources(weights=weights or {}))
    return pool


def inverted(dataset):
    return replace(dataset, targets=1 - dataset.targets)


def test_the_same_data_go_on_whatever_they_are_called(tmp_path, dataset):
    go(tmp_path, dataset)
    go(tmp_path, replace(dataset, name="moved"))
    assert len(Ledger(tmp_path / "ledger.jsonl").events) == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (inverted, "masks of 24 images, e.g. id image_000"),
        (lambda d: replace(d, images=255 - d.images), "images of 24 images, e.g. id image_000"),
        (lambda d: replace(d, spacing=d.spacing * 2), "spacing of 24 images"),
        (lambda d: replace(d, cost=np.ones(24)), ": cost;"),
        (lambda d: replace(d, groups=("a", *d.groups[1:])), "groups of 1 image, e.g. id image_000"),
    ],
)
def test_a_change_half_way_is_refused_and_named(change, text, tmp_path, dataset):
    go(tmp_path, dataset)
    with pytest.raises(RunFolderError, match="the data set has changed since this run began") as caught:
        go(tmp_path, change(dataset))
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_order_or_split_is_refused(tmp_path, dataset):
    go(tmp_path, dataset)
    ids = dataset.ids
    with pytest.raises(RunFolderError, match="which of them are in pool, validation and test set"):
        go(tmp_path, dataset, split=Split(ids[:16], ids[18:20], (*ids[16:18], *ids[20:])))


def test_answers_and_weights_are_what_a_run_reads_too(tmp_path, dataset):
    began = {"answers": {"image_001": b"a"}, "weights": {"learner.weights_path": "abc"}}
    go(tmp_path, dataset, **began)
    go(tmp_path, dataset, **began)
    with pytest.raises(RunFolderError, match="answers of 1 image, e.g. id image_001"):
        go(tmp_path, dataset, **began | {"answers": {"image_001": b"b"}})
    with pytest.raises(RunFolderError, match=r"the file of learner\.weights_path"):
        go(tmp_path, dataset, **began | {"weights": {"learner.weights_path": "abd"}})


def test_without_its_small_file_a_run_still_tells_the_part(tmp_path, dataset):
    go(tmp_path, dataset)
    (tmp_path / "data.npz").write_bytes(b"damaged")
    go(tmp_path, dataset)
    with pytest.raises(RunFolderError, match="began: masks; choose"):
        go(tmp_path, inverted(dataset))


def started(folder, data):
    folder.mkdir(exist_ok=True)
    (folder / "ledger.jsonl").write_text(json.dumps({"event": "started", "round": 0, "data": data}) + "\n")


def test_a_run_of_an_earlier_version_goes_on_by_what_that_recorded(tmp_path, dataset, caplog):
    started(tmp_path, make_pool(dataset).fingerprint())
    go(tmp_path, inverted(dataset))
    assert "whether these have changed since is not known" in caplog.text
    with pytest.raises(RunFolderError, match="other images, groups or splits"):
        go(tmp_path, replace(dataset, groups=("a", *dataset.groups[1:])))


def test_a_run_of_a_later_version_is_not_guessed_at(tmp_path, dataset):
    started(tmp_path, {"version": 99, "images": "?"})
    with pytest.raises(RunFolderError, match="another version of alseg began this run"):
        go(tmp_path, dataset)
