"""Weights & Biases, offline: read back from the file that `wandb sync` would upload."""

import json
import os
import struct
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import wandb
from PIL import Image
from wandb.proto import wandb_internal_pb2

from alseg.errors import RunFolderError
from alseg.tracking.tracker import Query
from alseg.tracking.wandb import WandbTracker
from alseg.tracking.wandb_report import _of_runs, log_report


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


CONFIG = {
    "name": "n",
    "seed": 3,
    "strategy": {"name": "entropy"},
    "data": {"name": "d"},
    "learner": {"name": "l"},
    "budget": {"name": "low", "initial": 10, "query": 5, "rounds": 4},
}
ROW = {"round": 0, "n_labelled": 10, "cost": 60.0, "seconds_scan": None, "test/dice": 0.75, "labels/working_dice": 0.5}


def query(n=3):
    images = np.arange(n * 2000, dtype=np.uint32).astype(np.uint8).reshape(n, 1, 40, 50)
    return Query(1, "entropy", [f"i{k}" for k in range(n)], [0.1] * n, ["g"] * n, images)


def run(folder: Path, exit_code: int = 0, pictures: str = "queries") -> None:
    tracker = WandbTracker(pictures=pictures)
    tracker.start(folder, CONFIG)
    tracker.log_query(query())
    for curves in tracker.loggers(0):
        curves.log_metrics({"train/loss": 0.5, "epoch": 0}, step=10)
    tracker.log_round(ROW)
    tracker.finish(exit_code)


def history(logged: list[wandb_internal_pb2.Record]) -> dict[str, object]:
    """The last value of everything that was logged."""
    found = {}
    for record in logged:
        for item in record.history.item:
            found["/".join(item.nested_key) or item.key] = json.loads(item.value_json)
    return found


def of_kind(logged: list[wandb_internal_pb2.Record], kind: str) -> list:
    return [getattr(record, kind) for record in logged if record.WhichOneof("record_type") == kind]


def test_all_picks_are_in_the_table_though_not_all_have_pictures():
    tracker, logged = WandbTracker(), {}
    tracker._log = logged.update
    tracker._log_query(replace(query(3), images=query(3).images[:2]))
    table = logged["query/01"]
    assert [(row[2], row[-1] is not None) for row in table.data] == [("i0", True), ("i1", True), ("i2", False)]


def test_metadata_stand_beside_the_picks_under_names_of_their_own():
    tracker, logged = WandbTracker(), {}
    tracker._log = logged.update
    about = {"site": ["a", "b", ""], "score": ["=1+1", "y", "z"]}
    tracker._log_query(replace(query(3), metadata=about))
    table = logged["query/01"]
    assert table.columns == ["strategy", "order", "id", "group", "score", "image", "site", "score (metadata)"]
    assert [row[6:] for row in table.data] == [["a", "=1+1"], ["b", "y"], ["", "z"]]


@pytest.mark.parametrize(("pictures", "query_has", "map_has"), [
    ("none", False, {"map/picture"}), ("queries", True, {"map/picture"}), ("all", True, {"map/picture", "map/page"}),
])  # fmt: skip
def test_one_setting_says_which_pictures_leave_the_machine(tmp_path, pictures, query_has, map_has):
    """A service sees the points of the map in any case, and thumbnails of the whole pool only if it is told to."""
    (tmp_path / "map.html").write_text("thumbnails of all images")
    Image.new("RGB", (8, 8)).save(tmp_path / "map.png")
    tracker, logged = WandbTracker(pictures=pictures), {}
    tracker._log, tracker.live, tracker.folder = logged.update, True, tmp_path
    tracker.log_query(query())
    tracker._log_map_files()
    assert ("image" in logged.pop("query/01").columns) == query_has
    assert logged.keys() == map_has


def test_another_choice_of_pictures_is_refused():
    with pytest.raises(ValueError, match="pictures=some: choose none, queries, all"):
        WandbTracker(pictures="some")


@pytest.mark.slow
def test_one_run_that_keeps_its_id_and_says_how_it_ended(tmp_path, monkeypatch):
    monkeypatch.delenv("WANDB_DATA_DIR", raising=False)
    sweep = tmp_path / "sweep"
    folder = sweep / "strategy=entropy" / "seed=3"
    folder.mkdir(parents=True)
    run(folder, exit_code=1)
    assert wandb.run is None
    (folder / "map.html").write_text("<html><body>the map</body></html>")
    Image.new("RGB", (8, 8)).save(folder / "map.png")
    time.sleep(1.1)  # W&B names the folder of an offline run by the second, and would write over the first one
    run(folder, pictures="all")
    assert "WANDB_DATA_DIR" not in os.environ
    wandb.teardown()  # finish() does not wait for W&B's service to close the log; the end of a process does, as this does
    logged = records(folder)
    starts = of_kind(logged, "run")
    assert {s.run_id for s in starts} == {(folder / "wandb_id").read_text().strip()}
    assert starts[0].display_name == "entropy-d-l-seed3"
    words = ["strategy=entropy", "data=d", "learner=l", "budget=low 10+3x5", "seed=3"]
    assert [list(s.tags) for s in starts] == [words, words]
    assert {s.run_group for s in starts} == {(sweep / "tracking_group").read_text().strip()}
    assert starts[0].run_group.startswith("n-")
    assert [e.exit_code for e in of_kind(logged, "exit")] == [1, 0]

    axes = {m.glob_name or m.name: m.step_metric for m in of_kind(logged, "metric")}
    assert {axes[name] for name in ("test/*", "val/*", "labels/*")} == {"n_labelled"}
    assert axes["by_cost/*"] == "cost"
    assert axes["fit/*"] == "fit/step"

    values = history(logged)
    assert values["n_labelled"] == 10
    assert values["cost"] == 60.0
    assert values["test/dice"] == values["by_cost/dice"] == 0.75
    assert values["labels/working_dice"] == 0.5
    assert "seconds_scan" not in values
    assert values["fit/loss"] == 0.5

    # what `wandb sync` uploads beside the log: all of it is there, and below the run folder
    (latest,) = {p.parent for p in folder.rglob("*.wandb")} - {sorted(folder.rglob("*.wandb"))[0].parent}
    for name in ("map/page/path", "map/picture/path", "query/01/path"):
        assert (latest / "files" / str(values[name])).is_file()
    assert "the map" in (latest / "files" / str(values["map/page/path"])).read_text()
    contents = {
        entry.path: Path(entry.local_path) for a in of_kind(logged, "artifact") for entry in a.manifest.contents
    }
    assert len([path for path in contents if path.startswith("media/images/")]) == 3
    assert all(path.is_relative_to(folder) and path.is_file() for path in contents.values())
    table = json.loads(contents["query/01.table.json"].read_text())
    assert table["columns"] == ["strategy", "order", "id", "group", "score", "image"]
    assert [row[2] for row in table["data"]] == ["i0", "i1", "i2"]
    assert {row[5]["path"] for row in table["data"]} <= set(contents)


@pytest.mark.slow
def test_the_report_of_a_sweep_is_a_run_in_its_group(tmp_path, monkeypatch):
    monkeypatch.delenv("WANDB_DATA_DIR", raising=False)
    folder, report = tmp_path / "sweep" / "a" / "seed=0", tmp_path / "report"
    for where in (folder, report / "runs"):
        where.mkdir(parents=True)
    (folder / "config.yaml").write_text("name: n\nlogger: {name: wandb, project: mine, mode: offline}\n")
    (folder / "ledger.jsonl").touch()
    (report / "report.html").write_text("<html><body>the report</body></html>")
    (report / "runs" / "1.html").write_text("one run")
    (report / "table.csv").write_text("strategy,dice,note\nrandom,0.5,\nentropy,,better\n")
    where = log_report(report, [tmp_path / "sweep"])
    wandb.teardown()
    assert where.is_dir()
    logged = records(report)
    (start,) = of_kind(logged, "run")
    assert (start.project, start.job_type, start.display_name) == ("mine", "report", "report")
    assert start.run_group == (tmp_path / "sweep" / "tracking_group").read_text().strip()
    values = history(logged)
    assert (where / "files" / str(values["report/page/path"])).is_file()
    found = {a.type: a for a in of_kind(logged, "artifact")}
    assert found["report"].name == f"report-{start.run_group}"
    files = {entry.path: Path(entry.local_path) for entry in found["report"].manifest.contents}
    assert set(files) == {"report.html", "table.csv", "runs/1.html"}
    assert all(path.is_file() for path in files.values())
    (table,) = (e for e in found["run_table"].manifest.contents if e.path.endswith(".table.json"))
    assert json.loads(Path(table.local_path).read_text())["data"] == [
        ["random", 0.5, None],
        ["entropy", None, "better"],
    ]


def test_a_report_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(RunFolderError, match=r"there is no report\.html; alseg report RUNS --out"):
        log_report(tmp_path, [tmp_path])
    (tmp_path / "report.html").touch()
    with pytest.raises(RunFolderError, match="there is no run below it"):
        log_report(tmp_path, [tmp_path])


@pytest.mark.parametrize("error", [RuntimeError("no service"), TimeoutError()])
def test_trouble_with_wandb_never_stops_a_run(tmp_path, monkeypatch, caplog, error):
    def broken(**_):
        raise error

    monkeypatch.setattr(wandb, "init", broken)
    run(tmp_path)
    assert (str(error) or repr(error)) in caplog.text
    assert caplog.text.count("goes on without it") == 1


def test_the_group_is_that_of_the_first_run_that_can_be_read(tmp_path):
    for name, text in (("a", ""), ("b", "seed: ["), ("c", "seed: 3\nname: whole\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ledger.jsonl").touch()
        (tmp_path / name / "config.yaml").write_text(text)
    assert _of_runs([tmp_path])[0] == {"seed": 3, "name": "whole"}
