"""A data set that was written to since its runs began is told, and one that was not is not."""

import os

import numpy as np
import pytest

from alseg.identity.sources import stamp
from alseg.report.read.read_runs import read_run
from alseg.report.read.touched import touched_notes


@pytest.fixture
def data(tmp_path):
    root = tmp_path / "ds"
    root.mkdir()
    for name in ("manifest.csv", "a.png"):
        (root / name).write_text(name)
    return root


def runs_on(make_run, root, n=2):
    config = {"name": "ds", "root": str(root), "size": 64}
    paths = [make_run("random", seed, folder=f"{root.name}{seed}", data=config) for seed in range(n)]
    for path in paths:
        np.savez(path / "data.npz", stamp=np.array(stamp({"data": config})))
    return [read_run(path) for path in paths]


def test_a_file_written_to_is_told_once_for_all_runs_on_it(make_run, data):
    runs = runs_on(make_run, data)
    assert touched_notes(runs) == ()
    os.utime(data / "a.png", (1, 1))
    (note,) = touched_notes(runs)
    assert note.startswith(
        f"{data}: its files have been written to since 2 of these runs began, {runs[0].path} the first"
    )


def test_what_is_gone_or_was_not_recorded_says_nothing(make_run, data, tmp_path):
    runs = runs_on(make_run, data, 1)
    unrecorded = read_run(make_run("entropy", 0, folder="old", data={"name": "ds", "root": str(data), "size": 64}))
    data.rename(tmp_path / "elsewhere")
    assert touched_notes([*runs, unrecorded]) == ()
