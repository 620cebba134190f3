"""Tables of the report on terminals of any width."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.console import Console

from alseg.report.grid import Cell, Grid
from alseg.report.pages.fitting_table import FittingTable, fitting

LABELS = ("random · supervised", "a_strategy_with_a_name_of_more_than_forty_letters · unisal", "k_center · sequal")
HEADER = ("Condition", "Seeds", "AUBC", "AUBC − random", *(str(budget) for budget in range(20, 130, 10)))


def grid():
    rows = [
        (Cell(label), Cell("5"), *(Cell(f"0.{i}{k:02d} ± 0.009") for k in range(13))) for i, label in enumerate(LABELS)
    ]
    return Grid(HEADER, tuple(rows))


def printed(width, table=None):
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(FittingTable(table or grid(), "data: Dice"))
    return console.file.getvalue()


@pytest.mark.parametrize("width", [24, 30, 60, 80, 100, 120, 200, 300])
def test_no_digit_is_cut_and_no_number_wraps(width):
    """Every number stands whole in a line, every name is whole once its folds are joined, and no line is too long."""
    text = printed(width)
    lines = [line for line in text.splitlines() if line.startswith("│")]
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]
    assert all(re.fullmatch(r"(5|0\.\d{3} ± 0\.009)?", cell) for row in cells for cell in row[1:])
    assert sum(bool(row[-1]) for row in cells) == len(LABELS)
    assert "".join("".join(row[0] for row in cells).split()) == "".join("".join(LABELS).split())
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


@pytest.mark.parametrize("width", [30, 80, 100, 120, 200, 300])
def test_what_is_dropped_is_said(width):
    text = printed(width)
    head = next(line for line in text.splitlines() if line.startswith("┃"))
    kept = {cell.strip() for cell in head.strip("┃").split("┃")}
    said = " ".join(text.split("No room for ")[1].split()).split(":")[0] if "No room for" in text else ""
    assert kept | {*filter(None, said.split(", "))} == {*HEADER}
    assert kept & {*said.split(", ")} == set()
    assert ("report.html" in text) == bool(said)


def test_the_first_columns_and_the_last_are_kept():
    """80: a line of 1, names of 16 (19 with their frame) and 13 + 3 of the last leave 44 for 5 + 3, 13 + 3 and 13 + 3."""
    assert fitting(grid(), 80) == ([0, 1, 2, 3, 14], 16 + 4)
    assert fitting(grid(), 83) == ([0, 1, 2, 3, 14], 16 + 7)
    assert fitting(grid(), 92) == ([0, 1, 2, 3, 4, 14], 16)
    assert fitting(grid(), 400) == ([*range(15)], len(LABELS[1]))


def test_markup_and_emoji_in_names_are_shown_as_they_are():
    table = Grid(("Condition", "AUBC"), ((Cell("[red]x[/red] :smile: 🧠"), Cell("0.5")),))
    assert "[red]x[/red] :smile: 🧠" in printed(60, table)
