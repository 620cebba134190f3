"""What is kept of single test images, from masks whose overlap is known to the files of a run."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from omegaconf import OmegaConf
from PIL import Image

from alseg import distributed
from alseg.callbacks.worst_cases import CaseMeter
from alseg.errors import ConfigError
from alseg.loop.job import build
from alseg.pictures.contact_sheet import read_contact_sheet
from alseg.pictures.outlines import outlined
from alseg.pictures.thumbnails import thumbnails
from alseg.runs.run_folder import RunFolder
from alseg.tracking.tracker import Tracker
from tests.helpers.discs import make_dataset
from tests.helpers.fits import training
from tests.helpers.loop_runs import ENTROPY, RANDOM, make_run
from tests.helpers.pools import make_pool
from tests.helpers.run_process import write_config
from tests.helpers.tiny_learner import tiny_learner
from tests.helpers.two_heads import classification_run, tiles


def square(columns, kind=1):
    """Four rows of so many columns."""
    mask = np.zeros((32, 32), dtype=np.uint8)
    mask[:4, :columns] = kind
    return mask


@pytest.fixture
def dataset():
    """Four images: squares of class 1, of both classes, of none, and of class 1 again."""
    both = square(8)
    both[10:14, :8] = 2
    data = make_dataset(n=4, groups=2, classes=3)
    return replace(data, targets=np.stack([square(8), both, square(0), square(8)]))


PREDICTED = [square(4), square(8), square(0), square(8, kind=2)]
"""Half of the square; class 1 right and class 2 missing; rightly nothing; the wrong class."""


def measured(dataset, worst=2, batches=((0, 1, 2, 3),), predicted=PREDICTED):
    meter = CaseMeter(dataset, worst)
    for rows in batches:
        batch = {"row": torch.tensor(rows), "target": torch.from_numpy(dataset.targets[list(rows)])}
        labels = torch.from_numpy(np.stack([predicted[row] for row in rows]).astype(np.int64))
        meter.on_test_batch_end(None, None, labels, batch, 0)
    return meter


def test_dice_of_every_image(dataset):
    table = measured(dataset).table()
    assert list(table.columns) == ["id", "group", "dice", "dice_disc_1", "dice_disc_2", "worst"]
    assert table["id"].tolist() == list(dataset.ids)
    assert table["group"].tolist() == list(dataset.groups)
    nan = math.nan
    assert table["dice_disc_1"].tolist() == pytest.approx([2 / 3, 1, nan, 0], nan_ok=True)
    assert table["dice_disc_2"].tolist() == pytest.approx([nan, 0, nan, 0], nan_ok=True)
    assert table["dice"].tolist() == pytest.approx([2 / 3, 0.5, nan, 0], nan_ok=True)
    assert table["worst"].tolist() == [pd.NA, 1, pd.NA, 0]


def test_pictures_of_the_worst_in_their_order(dataset, tmp_path):
    path = tmp_path / "worst.jpg"
    path.write_bytes(measured(dataset).sheet())
    sheet = read_contact_sheet(path)
    assert (sheet.n, sheet.size) == (2, (240, 240))
    pixels = np.asarray(Image.open(path)).astype(int)
    for place, row in enumerate((3, 1)):
        expected = outlined(dataset.images[row], dataset.targets[row], PREDICTED[row])
        assert np.abs(pixels[:, 240 * place : 240 * (place + 1)] - expected).mean() < 6  # of 255; JPEG


@pytest.mark.parametrize("batches", [((0,), (1,), (2,), (3,)), ((3, 2), (1, 0))], ids=["singly", "backwards"])
def test_batches_change_nothing(dataset, batches):
    whole, parts = measured(dataset), measured(dataset, batches=batches)
    pd.testing.assert_frame_equal(parts.table(), whole.table())
    assert parts.sheet() == whole.sheet()


def test_no_mask_but_of_the_worst_is_kept(dataset):
    assert set(measured(dataset, batches=((0, 1), (2, 3)))._masks) == {1, 3}


def test_equally_bad_ones_go_by_the_order_of_the_data_set(dataset):
    meter = measured(dataset, predicted=[square(0)] * 4)
    assert meter.table()["worst"].tolist() == [0, 1, pd.NA, pd.NA]  # 0, 0, nothing to be found, 0


def test_more_pictures_than_images(dataset):
    meter = measured(dataset, worst=50)
    assert meter.table()["worst"].tolist() == [2, 1, 3, 0]  # the one without anything is last


def test_the_parts_of_two_ranks_are_one(dataset, monkeypatch):
    alone = measured(dataset)
    mine, theirs = (measured(dataset, batches=batches) for batches in (((0,), (2,)), ((1, 3),)))
    parts = iter([[*theirs._masks.items()], theirs.cases])
    monkeypatch.setattr(distributed, "gather", lambda own: next(parts) + own)
    mine.gather()
    pd.testing.assert_frame_equal(mine.table(), alone.table())
    assert mine.sheet() == alone.sheet()


def test_unknown_pixels_are_left_out(dataset):
    dataset.targets[0, :4, 4:8] = 255  # the half that the prediction lacks
    assert measured(dataset).table()["dice"][0] == pytest.approx(1)


def test_classes_of_whole_images(tmp_path):
    data = tiles(n=4)
    data.targets[:] = [0, 1, 2, 0]
    meter = CaseMeter(data, 2)
    batch = {"row": torch.arange(4), "target": torch.from_numpy(data.targets)}
    probabilities = torch.tensor([[0.7, 0.2, 0.1], [0.6, 0.1, 0.3], [0.1, 0.3, 0.6], [0.25, 0.5, 0.25]])
    meter.on_test_batch_end(None, None, probabilities, batch, 0)
    table = meter.table()
    assert table["true"].tolist() == ["class_0", "class_1", "class_2", "class_0"]
    assert table["predicted"].tolist() == ["class_0", "class_0", "class_2", "class_1"]
    assert table["confidence"].tolist() == pytest.approx([0.7, 0.6, 0.6, 0.5])
    assert table["probability"].tolist() == pytest.approx([0.7, 0.1, 0.6, 0.25])
    assert table["worst"].tolist() == [pd.NA, 0, pd.NA, 1]
    (tmp_path / "worst.jpg").write_bytes(meter.sheet())
    assert read_contact_sheet(tmp_path / "worst.jpg").n == 2


def test_learners_that_return_something_else(dataset):
    batch = {"row": torch.tensor([0]), "target": torch.from_numpy(dataset.targets[:1])}
    meter = CaseMeter(dataset, 2)
    meter.on_test_batch_end(None, None, None, batch, 0)
    assert meter.cases == []
    with pytest.raises(TypeError, match=r"test_step must return the class ids \(B, H, W\)"):
        meter.on_test_batch_end(None, None, torch.zeros(1, 3, 32, 32), batch, 0)
    with pytest.raises(TypeError, match=r"test_step must return the probabilities \(B, K\)"):
        CaseMeter(tiles(n=4), 2).on_test_batch_end(None, None, torch.zeros(1), batch, 0)


def test_lightning_hands_over_what_was_tested():
    data = make_dataset()
    pool, learner = make_pool(data), tiny_learner(data)
    meter = CaseMeter(data, 3)
    found = training(eval_batch_size=3).evaluate(learner, pool, [meter])
    table = meter.table()
    assert sorted(table["id"]) == sorted(pool.split.test)
    assert table["dice"].mean() == pytest.approx(found["test/dice"], abs=1e-6)  # one class: the same mean


@pytest.mark.slow
def test_a_run_keeps_cases_and_thumbnails(tmp_path):
    run = make_run(tmp_path, strategy=ENTROPY, worst=2)
    run.run()
    metrics = pd.read_csv(tmp_path / "metrics.csv")
    for round_ in range(3):
        folder = tmp_path / "rounds" / f"{round_:02d}"
        table = pd.read_csv(folder / "cases.csv")
        assert sorted(table["id"]) == sorted(run.pool.split.test)
        assert table["dice"].mean() == pytest.approx(metrics["test/dice"][round_], abs=1e-5)
        worst = table.sort_values("worst").head(2)
        assert worst["dice"].max() <= table.loc[table["worst"].isna(), "dice"].min()
        assert read_contact_sheet(folder / "worst.jpg").n == 2

        query = run.ledger.find("queried", round_)
        assert query["groups"] == list(run.pool.groups(query["ids"]))
        sheet = read_contact_sheet(folder / "query.jpg")
        assert (sheet.n, sheet.size) == (len(query["ids"]), (32, 32))
        pixels = np.asarray(Image.open(folder / "query.jpg")).astype(int)
        rows = np.array([run.pool.row(id_) for id_ in query["ids"]])
        for place, small in enumerate(thumbnails(run.pool.dataset.images, rows)):
            assert np.abs(pixels[:32, 32 * place : 32 * (place + 1)] - small).mean() < 8


def test_a_run_without_pictures_of_the_worst(tmp_path):
    make_run(tmp_path, budget=(3, 2, 1)).run()
    assert not list(tmp_path.rglob("cases.csv"))
    assert not list(tmp_path.rglob("worst.jpg"))


def test_a_classification_keeps_what_its_learner_tells(tmp_path):
    classification_run(tmp_path, RANDOM, worst=2, budget=(6, 2, 1)).run()  # its test step returns nothing
    assert not list(tmp_path.rglob("cases.csv"))
    assert read_contact_sheet(tmp_path / "rounds" / "00" / "query.jpg").n == 6


@pytest.mark.slow
@pytest.mark.parametrize("event", ["queried", "evaluated"])
def test_killed_and_resumed_the_files_are_the_same(tmp_path, event):
    make_run(tmp_path / "whole", worst=3).run()

    class Kill(BaseException):
        pass

    run = make_run(tmp_path / "killed", worst=3)
    record = run.ledger.record

    def killed(kind, round_, **fields):
        if kind == event and round_ == 1:
            raise Kill
        return record(kind, round_, **fields)

    run.ledger.record = killed
    with pytest.raises(Kill):
        run.run()
    make_run(tmp_path / "killed", worst=3).run()
    names = ("query.jpg", "cases.csv", "worst.jpg")
    for file in (f"rounds/{round_:02d}/{name}" for round_ in range(3) for name in names):
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "killed" / file).read_bytes(), file
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_negative_number_of_pictures_is_refused(tmp_path):
    config = OmegaConf.load(write_config(tmp_path / "run") / "config.yaml")
    config.worst = -1
    with pytest.raises(ConfigError, match="worst=-1: 0 or more"):
        build(config, RunFolder(tmp_path / "run"), Tracker())
