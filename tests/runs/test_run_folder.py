"""Run folders: whole files, and one process at a time."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from alseg.errors import RunFolderError
from alseg.oracles.oracle import Annotations
from alseg.runs.run_folder import RunFolder, State

HOLD = """
import sys, time
from pathlib import Path
from alseg.runs.run_folder import RunFolder
with RunFolder(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(60)
"""


DAMAGED = (
    *(b"", b"\xff", b"[]", b"3", b"{}x", b'{"round": 1}x', b'{"phase": "dance", "round": 0}', b'{"more": 1}'),
    *(b'{"round": -1, "phase": "scan"}', b'{"round": "1", "phase": "scan"}', b'{"round": true, "phase": "scan"}'),
)


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_state_is_one_line(tmp_path, content):
    (tmp_path / "state.json").write_bytes(content)
    with pytest.raises(RunFolderError, match=r"state\.json: .*the file was damaged"):
        RunFolder(tmp_path).load_state()


def test_state_round_trip(tmp_path):
    run = RunFolder(tmp_path)
    assert run.load_state() == State(0, "cold_start")
    run.save_state(State(3, "scan"))
    assert RunFolder(tmp_path).load_state() == State(3, "scan")
    assert [p.name for p in tmp_path.iterdir()] == ["state.json"]


def test_annotations_round_trip_and_damage(tmp_path):
    run = RunFolder(tmp_path)
    targets = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    run.save_annotations(1, Annotations(("ä", "b"), targets, np.ones(2), "truth"))
    ids, loaded = run.load_annotations(1)
    assert ids == ["ä", "b"]
    assert np.array_equal(loaded, targets)
    path = tmp_path / "rounds" / "01" / "annotations.npz"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(RunFolderError, match=r"annotations\.npz"):
        run.load_annotations(1)


@pytest.mark.slow
def test_a_live_folder_is_refused_and_a_dead_lock_is_not_in_the_way(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(RunFolderError, match=f"process {process.pid} is at work"), RunFolder(tmp_path).lock():
        pass
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with RunFolder(tmp_path).lock():
        assert (tmp_path / ".lock.pid").read_text().strip() == str(os.getpid())
