"""MLflow: read back from a server of its own."""

import importlib.util
import json
import math
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from PIL import Image

from alseg.tracking.mlflow import MlflowTracker

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("mlflow") is None, reason="needs mlflow: pip install 'alseg[mlflow]'"),
]


def free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """MLflow's own tracking server over a new database; it takes a while to start on a busy machine."""
    folder = tmp_path_factory.mktemp("mlflow")
    uri = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/m.db", "--artifacts-destination", str(folder / "artifacts")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            cwd=folder,
            # It would start five more processes for jobs of its own.
            env=os.environ | {"MLFLOW_DISABLE_TELEMETRY": "1", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        )
    try:
        deadline = time.monotonic() + 300
        while True:
            try:
                with urllib.request.urlopen(f"{uri}/health", timeout=5) as answer:
                    assert answer.status == 200
                break
            except OSError:
                told = (folder / "log").read_text()
                assert process.poll() is None, told
                assert time.monotonic() < deadline, told
                time.sleep(0.5)
        yield uri
    finally:
        process.terminate()
        process.wait(60)


def test_a_run_that_goes_on_is_one_run_on_the_server(tmp_path, show, server):
    from mlflow.tracking import MlflowClient

    folder = tmp_path / "sweep" / "a" / "seed=3"
    folder.mkdir(parents=True)
    show(MlflowTracker(uri=server), folder, exit_code=1)
    client = MlflowClient(server)
    where = client.get_experiment_by_name("alseg")
    (run,) = client.search_runs([where.experiment_id])
    assert run.info.status == "FAILED"

    (folder / "map.html").write_text("the map")
    Image.new("RGB", (8, 6)).save(folder / "map.png")
    show(MlflowTracker(uri=server, pictures="all"), folder)
    (run,) = client.search_runs([where.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "entropy-d-l-seed3"
    group = (tmp_path / "sweep" / "tracking_group").read_text().strip()
    expected = {"strategy": "entropy", "data": "d", "learner": "l", "budget": "low 10+3x5", "seed": "3", "sweep": group}
    assert expected.items() <= run.data.tags.items()

    def metric(name):
        return {(m.step, m.value) for m in client.get_metric_history(run.info.run_id, name)}

    assert metric("test/dice") == {(10, 0.75)}
    assert metric("by_cost/dice") == {(60, 0.75)}
    assert metric("cost") == {(10, 60.2)}
    assert metric("labels/working_dice") == {(10, 0.5)}
    assert metric("fit/loss/round_02") == {(10, 0.5)}

    files = {
        file.path for at in (None, "map", "query", "query/01") for file in client.list_artifacts(run.info.run_id, at)
    }
    assert {"config.yaml", "map/map.html", "map/map.png", "query/01.json", "query/01/002.png"} <= files
    table = json.loads(Path(client.download_artifacts(run.info.run_id, "query/01.json", str(tmp_path))).read_text())
    assert table["columns"] == ["strategy", "order", "id", "group", "score"]
    assert table["data"][1][2:] == ["i1", "g", 0.2]


def test_a_server_that_is_not_there_stops_no_run(tmp_path, show, caplog):
    show(MlflowTracker(uri=f"http://127.0.0.1:{free_port()}"), tmp_path)
    assert caplog.text.count("MLflow: ") == 1
    assert "the run goes on without it" in caplog.text


def test_without_a_server_it_is_kept_in_a_file(tmp_path, show, caplog):
    """With classes of any name, a value that is none, and an interruption at the end."""
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path}/new/m.db"
    tracker = MlflowTracker(uri=uri, experiment=" ")
    show(tracker, tmp_path)
    client = MlflowClient(uri)

    def stored():
        (experiment,) = (e for e in client.search_experiments() if e.name.startswith("alseg-"))
        (run,) = client.search_runs([experiment.experiment_id])
        return run

    assert stored().info.status == "FINISHED"
    assert stored().data.metrics["test/dice"] == 0.75

    tracker.start(tmp_path, {"strategy": {"name": "s" * 300}, "seed": 0})
    row = {"test/recall_a (b)": 0.25, "test/recall_a [b]": 0.5, "test/recall_c": float("nan"), "test/dice": 0.875}
    tracker.log_round({"n_labelled": 20, "cost": 90.0, **row, "test/iou": float("inf"), "test/f1": float("-inf")})
    tracker.log_fit({"fit/step": 1, "fit/round": 0, "fit/val/recall_a, b": 0.5})
    tracker.finish(143)
    found = stored()
    assert found.info.status == "KILLED"
    kept = {name: value for name, value in found.data.metrics.items() if name.startswith("test/recall_a b-")}
    assert sorted(kept.values()) == [0.25, 0.5]
    assert found.data.metrics["test/dice"] == 0.875
    assert math.isnan(found.data.metrics["test/recall_c"])
    assert found.data.metrics["test/iou"] > 1e300
    assert any(
        re.fullmatch("fit/val/recall_a_b-......|fit/val/recall_a b-....../round_00", k) for k in found.data.metrics
    )
    assert caplog.text.count("MLflow: ") == caplog.text.count("is called") == 2  # once in each start
