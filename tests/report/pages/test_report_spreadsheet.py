"""Text that a spreadsheet program would compute is quoted; numbers are not touched."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from alseg.report.pages.spreadsheet import harmless
from alseg.report.write_report import write_report


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode())))


def test_text_is_quoted_and_numbers_stay():
    table = b'condition,value\n=1+1,-0.5\n"+a, b",1e-3\n-x,+2\n@sum,-inf\n"say ""=hi""",-\n\ttab,-1_0\n'
    assert cells(harmless(table)) == [
        ["condition", "value"],
        ["'=1+1", "-0.5"],
        ["'+a, b", "1e-3"],
        ["'-x", "+2"],
        ["'@sum", "-inf"],
        ['say "=hi"', "'-"],
        ["'\ttab", "'-1_0"],
    ]


def test_a_table_of_plain_text_is_the_same_byte_by_byte():
    for table in (b"", b"a,b\n-1,2\n", b"a,b\r\n-1.5e-7,nan\r\n"):
        assert harmless(table) == table


@pytest.mark.slow
def test_names_from_run_folders_in_the_files_of_a_report(make_run, tmp_path):
    make_run('=cmd|"/c calc"!A1', 0, folder="a", data={"name": "@data"})
    make_run("-minus", 0, {10: -0.5, 20: -0.25}, folder="b", data={"name": "@data"})
    write_report([tmp_path / "runs"], tmp_path / "out", runs=False)
    found = {path.name: cells(path.read_bytes()) for path in (tmp_path / "out").glob("*.csv")}
    everything = {cell for table in found.values() for row in table for cell in row}
    assert '\'=cmd|"/c calc"!A1' in everything
    assert {"'@data", "'-minus", "-0.5"} <= everything
    assert not any(cell.startswith(("=", "@")) for cell in everything)
