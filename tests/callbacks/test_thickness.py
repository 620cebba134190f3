"""The CIMT of test images, from bands whose thickness is known to the columns of a run."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from alseg import distributed
from alseg.callbacks.thickness import ThicknessMeter, thickness_metrics
from alseg.data.phantoms.carotid import phantom_carotid
from alseg.errors import DataError
from tests.helpers.discs import make_dataset
from tests.helpers.fits import training
from tests.helpers.loop_runs import make_run
from tests.helpers.pools import make_pool
from tests.helpers.tiny_learner import tiny_learner

COLUMNS = [
    "id", "group", "reference_mm", "predicted_mm", "reference_max_mm", "predicted_max_mm", "li_mm", "ma_mm", "columns"
]  # fmt: skip


def band(top, rows, left=0, columns=32):
    mask = np.zeros((32, 32), dtype=np.uint8)
    mask[top : top + rows, left : left + columns] = 2
    return mask


@pytest.fixture
def dataset():
    """Four images of level walls, 0.1 mm per row and 0.2 mm per column: 4, 5, 6 and no rows thick."""
    data = make_dataset(n=4, groups=2, classes=3)
    walls = np.stack([band(8, 4), band(8, 5), band(8, 6), band(0, 0)])
    return replace(data, targets=walls, spacing=np.tile([0.1, 0.2], (4, 1)), cimt="disc_2")


def measured(dataset, predicted, batches=((0, 1, 2, 3),)):
    meter = ThicknessMeter(dataset, dataset.cimt)
    for rows in batches:
        batch = {"row": torch.tensor(rows), "target": torch.from_numpy(dataset.targets[list(rows)])}
        labels = torch.from_numpy(np.stack([predicted[row] for row in rows]).astype(np.int64))
        meter.on_test_batch_end(None, None, labels, batch, 0)
    return meter


def test_level_walls(dataset):
    # a row too thick at the bottom; a row too thin, shifted down by one; the same; a wall where there is none
    predicted = [band(8, 5), band(9, 4), band(8, 6), band(8, 6)]
    table = measured(dataset, predicted).table()
    assert list(table.columns) == COLUMNS
    assert table["id"].tolist() == list(dataset.ids)
    assert table["group"].tolist() == list(dataset.groups)
    assert table["reference_mm"].tolist() == pytest.approx([0.4, 0.5, 0.6, math.nan], nan_ok=True)
    assert table["predicted_mm"].tolist() == pytest.approx([0.5, 0.4, 0.6, math.nan], nan_ok=True)
    assert table["predicted_max_mm"].tolist() == pytest.approx([0.5, 0.4, 0.6, math.nan], nan_ok=True)
    assert table["li_mm"].tolist() == pytest.approx([0, 0.1, 0, math.nan], nan_ok=True)
    assert table["ma_mm"].tolist() == pytest.approx([0.1, 0, 0, math.nan], nan_ok=True)
    assert table["columns"].tolist() == [32, 32, 32, 0]

    # differences in µm: +100, -100, 0; mean of all six thicknesses 500
    metrics = thickness_metrics(table)
    assert metrics["test/cimt_um"] == pytest.approx(500)
    assert metrics["test/cimt_reference_um"] == pytest.approx(500)
    assert metrics["test/cimt_bias_um"] == pytest.approx(0, abs=1e-9)
    assert metrics["test/cimt_sd_um"] == pytest.approx(100)
    assert metrics["test/cimt_abs_bias_um"] == pytest.approx(200 / 3)
    assert metrics["test/cimt_li_um"] == pytest.approx(100 / 3)
    assert metrics["test/cimt_ma_um"] == pytest.approx(100 / 3)
    assert metrics["test/cimt_pearson"] == pytest.approx(0.5)  # of (5, 4, 6) with (4, 5, 6)
    assert metrics["test/cimt_cv"] == pytest.approx(100 / math.sqrt(2) / 500)
    assert metrics["test/cimt_failures"] == 0


def test_walls_are_compared_where_both_are(dataset):
    """A prediction of the left half is measured against the left half, and is no thinner for it."""
    dataset.targets[0, 12:20, 16:] = 2  # the right half of the reference is thicker
    row = measured(dataset, [band(8, 4, columns=16), *dataset.targets[1:]]).table().iloc[0]
    assert (row["reference_mm"], row["predicted_mm"], row["columns"]) == (pytest.approx(0.4), pytest.approx(0.4), 16)


def test_a_missing_prediction_is_a_failure(dataset):
    # nothing at all, and a speck of fewer columns than a wall has
    table = measured(dataset, [band(0, 0), band(8, 5, columns=9), band(8, 6), band(0, 0)]).table()
    assert table["predicted_mm"].isna().tolist() == [True, True, False, True]
    assert table["reference_mm"].tolist() == pytest.approx([0.4, 0.5, 0.6, math.nan], nan_ok=True)
    metrics = thickness_metrics(table)
    assert metrics["test/cimt_failures"] == pytest.approx(2 / 3)  # without a reference, nothing can fail
    assert metrics["test/cimt_bias_um"] == pytest.approx(0)
    assert math.isnan(metrics["test/cimt_sd_um"])

    nothing = thickness_metrics(measured(dataset, [band(0, 0)] * 4).table())
    assert nothing.pop("test/cimt_failures") == 1
    assert all(math.isnan(value) for value in nothing.values())


def test_ignored_pixels_are_left_out(dataset):
    dataset.targets[0, 12:14] = 255  # two rows that nobody looked at, below the wall
    assert measured(dataset, [band(8, 6), *dataset.targets[1:]]).table()["predicted_mm"][0] == pytest.approx(0.4)


def test_the_parts_of_two_ranks_are_one_table(dataset, monkeypatch):
    predicted = [band(8, 5), band(9, 4), band(8, 6), band(0, 0)]
    alone = measured(dataset, predicted).table()
    mine, theirs = (measured(dataset, predicted, batches) for batches in (((0,), (2,)), ((1, 3),)))
    monkeypatch.setattr(distributed, "gather", lambda parts: theirs.found + parts)
    pd.testing.assert_frame_equal(mine.table(), alone)


def test_a_learner_that_returns_no_class_ids(dataset):
    meter = ThicknessMeter(dataset, "disc_2")
    batch = {"row": torch.tensor([0]), "target": torch.from_numpy(dataset.targets[:1])}
    with pytest.raises(TypeError, match=r"test_step must return the class ids \(B, H, W\)"):
        meter.on_test_batch_end(None, None, None, batch, 0)


def test_lightning_hands_over_what_was_tested():
    data = replace(make_dataset(), cimt="disc_1")
    pool, learner = make_pool(data), tiny_learner(data)
    meter = ThicknessMeter(data, "disc_1")
    training(eval_batch_size=3).evaluate(learner, pool, [meter])
    assert sorted(meter.table()["id"]) == sorted(pool.split.test)


@pytest.mark.slow
def test_the_phantom_against_its_own_millimetres():
    data = phantom_carotid(size=[128, 256], patients=8, frames=1)
    assert data.cimt == "intima_media"
    meter = ThicknessMeter(data, data.cimt)
    batch = {"row": torch.arange(len(data)), "target": torch.from_numpy(data.targets)}
    meter.on_test_batch_end(None, None, batch["target"].long(), batch, 0)
    table = meter.table()
    assert table["predicted_mm"].to_numpy() == pytest.approx(data.metadata["imt_mm"].to_numpy(), rel=0.05)
    assert thickness_metrics(table)["test/cimt_icc"] == pytest.approx(1)


@pytest.mark.slow
def test_every_round_of_a_run_is_measured(tmp_path):
    data = replace(make_dataset(n=40, groups=20), cimt="disc_1")
    run = make_run(tmp_path, data)
    run.run()
    rows = pd.read_csv(tmp_path / "metrics.csv")
    for round_ in range(3):
        table = pd.read_csv(tmp_path / "rounds" / f"{round_:02d}" / "cimt.csv")
        assert sorted(table["id"]) == sorted(run.pool.split.test)
        for name, value in thickness_metrics(table).items():
            assert rows[name][round_] == pytest.approx(value, abs=0.01, nan_ok=True), name  # files keep 6 digits of mm


@pytest.mark.slow
def test_a_killed_evaluation_measures_again(tmp_path):
    data = replace(make_dataset(n=40, groups=20), cimt="disc_1")
    make_run(tmp_path / "whole", data).run()

    def crash(*_, **__):
        raise KeyboardInterrupt

    run = make_run(tmp_path / "killed", data)
    record = run.ledger.record
    run.ledger.record = lambda event, *a, **k: crash() if event == "evaluated" else record(event, *a, **k)
    with pytest.raises(KeyboardInterrupt):
        run.run()
    make_run(tmp_path / "killed", data).run()
    for round_ in range(3):
        whole, killed = (tmp_path / n / "rounds" / f"{round_:02d}" / "cimt.csv" for n in ("whole", "killed"))
        assert whole.read_bytes() == killed.read_bytes()


def test_a_data_set_that_declares_nothing_has_no_columns(tmp_path):
    make_run(tmp_path, budget=(3, 2, 1)).run()
    assert not [c for c in pd.read_csv(tmp_path / "metrics.csv").columns if "cimt" in c]
    assert not list(tmp_path.rglob("cimt.csv"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cimt": "wall"}, "data.cimt=wall is none of its foreground classes: disc_1"),
        ({"cimt": "background"}, "data.cimt=background is none of its foreground classes: disc_1"),
        ({"cimt": "disc_1", "unit": "px"}, "data.cimt=disc_1 is a thickness in mm.*state data.spacing"),
    ],
)
def test_what_cannot_be_measured(change, message):
    with pytest.raises(DataError, match=message):
        replace(make_dataset(), **change)
