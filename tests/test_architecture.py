"""The plan of docs/architecture.md against the imports of the code."""

import re
from pathlib import Path

import pytest

from benchmarks.architecture import GROUND, House, look, table

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
EVERYWHERE = {GROUND}
"""What every room may import."""


@pytest.fixture(scope="module")
def house():
    return look()


def allowed():
    """Room to the rooms that it may import from, as the page has them."""
    rows = re.findall(r"^\| `([a-z_]+)` \|[^|]*\| ([^|]*) \|$", PAGE.read_text(encoding="utf-8"), flags=re.M)
    return {room: set(re.findall(r"`([a-z_]+)`", others)) for room, others in rows}


@pytest.mark.slow
def test_rooms_import_what_the_plan_allows_and_no_more(house):
    found = {room: others - EVERYWHERE for room, others in house.rooms.items() if room != GROUND}
    assert found == allowed()


@pytest.mark.slow
def test_there_are_no_circles(house):
    assert house.circles() == []


def test_the_ground_floor_is_tidy(house):
    assert sum(house.room_of(module) == GROUND for module in house.lines) <= 12


def test_leaves_know_neither_lightning_nor_hydra():
    root = Path(__file__).parents[1] / "alseg"
    for room in ("acquisition", "selection", "metrics", "oracles", "embeddings"):
        for path in (root / room).rglob("*.py"):
            assert not re.search(r"^\s*(from|import) (pytorch_lightning|hydra)\b", path.read_text(), flags=re.M), path


def test_circles_are_found():
    lines = {f"alseg.{name}.x": 1 for name in "abc"}
    loop = {
        "alseg.a.x": frozenset({"alseg.b.x"}),
        "alseg.b.x": frozenset({"alseg.c.x"}),
        "alseg.c.x": frozenset({"alseg.a.x"}),
    }
    assert House(lines, loop).circles() == [["a", "b", "c"]]
    assert House(lines, loop | {"alseg.c.x": frozenset()}).circles() == []
    assert dict(table(House(lines, loop)))["imports from room to room"] == "3"
