"""A disk that is full: ``/dev/full`` takes nothing, and says so as a full disk does."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

import numpy as np
import pytest

from alseg import cli
from alseg.data.cache import Spec, on_disk
from alseg.errors import DataError, RunFolderError, of_disk
from alseg.files import write_text
from alseg.loop import job
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from alseg.sweeps.notes import Note, Notes
from alseg.terminal import LogFile
from tests.helpers.quick_parts import quick_config

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


def full_at(path: Path) -> Path:
    """A file that can be opened, and takes nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(FULL)
    return path


def test_an_atomic_write_names_its_file_and_leaves_what_was_there(tmp_path):
    path = tmp_path / "state.json"
    write_text(path, "old")
    full_at(tmp_path / ".state.json.tmp")
    with pytest.raises(OSError) as error:
        write_text(path, "new")
    assert (error.value.errno, error.value.filename) == (errno.ENOSPC, str(path))
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


def test_the_ledger_names_itself(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    full_at(ledger.path)
    with pytest.raises(OSError) as error:
        ledger.append("started", 0)
    assert error.value.filename == str(tmp_path / "ledger.jsonl")
    assert ledger.events == []


def test_the_fault_behind_others_is_found():
    full, other = OSError(errno.ENOSPC, "full"), OSError(errno.ENOENT, "not there")
    behind = RuntimeError("a callback failed")
    behind.__cause__ = full
    assert of_disk(behind) is full
    assert of_disk(other) is None
    assert of_disk(None) is None


@pytest.mark.slow
def test_a_run_says_it_in_a_line_and_goes_on(tmp_path):
    config, folder = quick_config(tmp_path / "config"), tmp_path / "run"
    config.budget.rounds = 1
    blocked = full_at(folder / "rounds" / "00" / ".annotations.npz.tmp")
    with pytest.raises(RunFolderError) as error:
        job.run_job(config, folder)
    assert "No space left on device; once there is room, the same command goes on" in str(error.value)
    assert "\n" not in str(error.value)
    assert (
        folder / "FAILED"
    ).read_text() == f"[Errno 28] No space left on device: '{folder}/rounds/00/annotations.npz'\n"
    blocked.unlink(missing_ok=True)
    assert job.run_job(config, folder).phase == "done"
    assert RunFolder(folder).done.exists()
    assert not RunFolder(folder).failed.exists()


def test_a_command_says_it_in_a_line(tmp_path, capsys, monkeypatch):
    def main(_):
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise RuntimeError("the writer of a library failed") from error

    monkeypatch.setattr("alseg.commands.report.main", main)
    assert cli.main(["report", "x"]) == 2
    assert capsys.readouterr().err == "alseg report: No space left on device\n"


def test_the_blocks_of_a_cache_are_taken_before_it_is_filled(tmp_path, monkeypatch):
    def fallocate(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", fallocate)
    with pytest.raises(DataError, match="No space left on device"):
        on_disk({"a": Spec((4,), np.uint8)}, lambda arrays: pytest.fail("it was filled"), tmp_path, "key")
    assert [path.name for path in tmp_path.iterdir()] == ["key.lock"]


def test_a_log_loses_its_lines_and_a_sweep_keeps_its_notes(tmp_path, capsys):
    handler = LogFile(full_at(tmp_path / "run.log"), delay=True)
    handler.emit(logging.makeLogRecord({"msg": "round 0"}))
    handler.close()
    assert capsys.readouterr().err == ""

    notes = Notes(tmp_path / "sweep")
    lock = notes.open()
    full_at(notes.path / ".0.json.tmp")
    notes.write(0, Note("run", "running"))
    assert notes.read({}) == {0: Note("run", "running")}
    notes.write(0, Note("run", "done"))
    assert notes.read({}) == {0: Note("run", "done")}
    notes.close(lock)
