"""Texts of tables that a spreadsheet program would compute: written with an apostrophe, and read without it."""

from __future__ import annotations

import csv
import errno
import os
from pathlib import Path

import numpy as np
import pytest

from alseg import cli
from alseg.commands import init
from alseg.files import csv_text, text_of_cell
from alseg.maps.map_file import Places, read_places, write_places
from alseg.report.read.run_details import _cases
from alseg.report.statistics.stratified import read_values

TEXTS = ("=cmd('calc')", "+1-1", "-a", "@x", "'=x", "''=x", "'plain", "-1.5", "x", "", "'", "ä")


@pytest.mark.parametrize("text", TEXTS)
def test_there_and_back(text):
    assert text_of_cell(csv_text(text)) == text
    assert not csv_text(text).startswith(("=", "+1-", "-a", "@"))
    assert text_of_cell(text) == text or text.startswith("'")


def test_the_map_keeps_ids_and_groups(tmp_path):
    ids = tuple(text for text in TEXTS if text)
    places = Places(ids, np.zeros((len(ids), 2), np.float32), groups=ids)
    write_places(tmp_path / "map.csv", places)
    cells = [cell for row in csv.reader((tmp_path / "map.csv").open()) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "-a"))]
    back = read_places(tmp_path / "map.csv")
    assert (back.ids, back.groups) == (ids, ids)


def test_cases_of_a_report(tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text("id,group,dice,worst\n'=cmd('calc'),'-a,0.5,0\n-1,b,0.25,\n")
    assert [case["id"] for case in _cases(path)] == ["=cmd('calc')", "-1"]
    assert read_values(path)[0] == ["=cmd('calc')", "-1"]


def test_a_project_that_has_no_room_leaves_nothing(tmp_path, monkeypatch, capsys):
    written: list[Path] = []
    write_text = Path.write_text

    def full(path: Path, *arguments, **named):
        written.append(path)
        if len(written) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write_text(path, *arguments, **named)

    monkeypatch.setattr(Path, "write_text", full)
    assert cli.main(["init", str(tmp_path / "odd_project")]) == 2
    assert capsys.readouterr().err == f"alseg init: {written[-1]}: No space left on device\n"
    assert not any((tmp_path / "odd_project").iterdir())
    assert init.main([str(tmp_path / "odd_project")]) == 0
