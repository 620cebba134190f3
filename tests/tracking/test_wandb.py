"""Weights & Biases, offline: read back from the file that `wandb sync` would upload."""

import json
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import wandb
from wandb.proto import wandb_internal_pb2

from alseg.tracking.tracker import Query
from alseg.tracking.wandb import WandbTracker


def records(folder: Path) -> list[wandb_internal_pb2.Record]:
    """Everything in the transaction logs below a folder."""
    found = []
    for path in sorted(folder.rglob("*.wandb")):
        for data in chunks(path.read_bytes()):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            found.append(record)
    return found


def chunks(log: bytes) -> Iterator[bytes]:
    """The entries of a file in LevelDB's log format: 32 KiB blocks of chunks (crc, length, kind), behind 7 bytes."""
    place, entry = 7, b""
    while place + 7 <= len(log):
        if 32768 - place % 32768 < 7:  # the rest of a block is padding
            place += 32768 - place % 32768
            continue
        length, kind = struct.unpack("<HB", log[place + 4 : place + 7])
        entry += log[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # whole, or last
            yield entry
            entry = b""


CONFIG = {"name": "n", "seed": 3, "strategy": {"name": "entropy"}, "data": {"name": "d"}, "learner": {"name": "l"}}


def query(n=3):
    return Query(1, "entropy", [f"i{k}" for k in range(n)], [0.1] * n, ["g"] * n, np.zeros((n, 1, 40, 50), np.uint8))


def run(folder: Path, exit_code: int = 0) -> None:
    tracker = WandbTracker()
    tracker.start(folder, CONFIG)
    tracker.log_query(query())
    for curves in tracker.loggers(0):
        curves.log_metrics({"train/loss": 0.5, "epoch": 0}, step=10)
    tracker.log_round({"round": 0, "n_labelled": 10, "cost": 60.0, "seconds_scan": None, "test/dice": 0.75})
    tracker.finish(exit_code)


@pytest.mark.slow
def test_one_run_that_keeps_its_id_and_says_how_it_ended(tmp_path):
    run(tmp_path, exit_code=1)
    assert wandb.run is None
    time.sleep(1.1)  # W&B names the folder of an offline run by the second, and would write over the first one
    run(tmp_path)
    logged = records(tmp_path)
    starts = [r.run for r in logged if r.WhichOneof("record_type") == "run"]
    assert {s.run_id for s in starts} == {(tmp_path / "wandb_id").read_text().strip()}
    assert starts[0].display_name == "entropy-d-l-seed3"
    assert list(starts[0].tags) == ["entropy", "d", "l"]
    assert starts[0].run_group == "n"
    exits = [r.exit.exit_code for r in logged if r.WhichOneof("record_type") == "exit"]
    assert exits == [1, 0]

    metrics = [r.metric for r in logged if r.WhichOneof("record_type") == "metric"]
    axes = {m.glob_name or m.name: m.step_metric for m in metrics}
    assert axes["test/*"] == "n_labelled"
    assert axes["fit/*"] == "fit/step"

    history = {}
    for record in logged:
        for item in record.history.item:
            history["/".join(item.nested_key) or item.key] = json.loads(item.value_json)
    assert history["n_labelled"] == 10
    assert history["test/dice"] == 0.75
    assert "seconds_scan" not in history
    assert history["fit/loss"] == 0.5
    tables = [json.loads(p.read_text()) for p in tmp_path.rglob("*.table.json")]
    assert tables[0]["columns"] == ["order", "id", "group", "score", "image"]
    assert [row[1] for row in tables[0]["data"]] == ["i0", "i1", "i2"]


@pytest.mark.parametrize("error", [RuntimeError("no service"), TimeoutError()])
def test_trouble_with_wandb_never_stops_a_run(tmp_path, monkeypatch, caplog, error):
    def broken(**_):
        raise error

    monkeypatch.setattr(wandb, "init", broken)
    run(tmp_path)
    assert (str(error) or repr(error)) in caplog.text
    assert caplog.text.count("goes on without it") == 1
