"""Every start of a run leaves a line that says by which version, which command and on which machine."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import alseg
from alseg.identity import code
from alseg.report.read.provenance import read_starts
from alseg.runs import provenance
from alseg.runs.run_folder import RunFolder


@pytest.fixture
def command(monkeypatch):
    monkeypatch.setenv(provenance.COMMAND, "")  # put back whatever it was
    provenance.remember_command("alseg", "run", "-m", "seed=0,1", "name=two words")


def test_a_run_that_goes_on_adds_a_line(tmp_path, command):
    folder = RunFolder(tmp_path)
    provenance.record_start(folder, "cpu")
    (tmp_path / "provenance.jsonl").write_text((tmp_path / "provenance.jsonl").read_text() + '{"cut')
    provenance.record_start(folder, "cpu")
    first, cut, second = (tmp_path / "provenance.jsonl").read_text().splitlines()
    assert cut == '{"cut'  # what a kill has left stays apart
    for line in map(json.loads, (first, second)):
        assert line["alseg"] == alseg.__version__
        assert line["command"] == "alseg run -m seed=0,1 'name=two words'"
        assert line["machine"]["gpu"] == ""
        assert line["machine"]["python"] == ".".join(map(str, sys.version_info[:3]))


def test_the_report_reads_what_a_run_recorded(tmp_path, command):
    provenance.record_start(RunFolder(tmp_path), "cpu")
    (start,), unread = read_starts(tmp_path)
    assert unread is None
    assert (start.alseg, start.commit) == (alseg.__version__, code.commit())
    assert f"torch {provenance.version('torch')}" in start.machine


def test_without_a_command_line_the_process_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv(provenance.COMMAND, raising=False)
    monkeypatch.setattr(sys, "argv", ["script.py", "a b"])
    provenance.record_start(RunFolder(tmp_path), "cpu")
    assert read_starts(tmp_path)[0][0].command == "script.py 'a b'"


def test_the_commit_is_that_of_the_repository_that_tracks_the_package(tmp_path, monkeypatch):
    def git(*words):
        subprocess.run(["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True)

    git("init", "-q")
    file = tmp_path / "__init__.py"
    file.touch()
    monkeypatch.setattr(code, "FILE", file)
    assert code.commit.__wrapped__() == ""  # installed below a repository that is not its own
    git("add", ".")
    git("commit", "-q", "-m", "x")
    clean = code.commit.__wrapped__()
    assert len(clean) >= 12
    file.write_text("# changed")
    assert code.commit.__wrapped__() == f"{clean}-dirty"
