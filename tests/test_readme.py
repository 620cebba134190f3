"""README's Python runs as it stands, with fewer steps, and its pictures are there."""

import re
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PICKS, STRATEGY, LOOP = re.findall(r"^```python\n(.*?)^```$", README, flags=re.M | re.S)


def test_picks_in_one_call():
    names = {}
    exec(PICKS, names)
    assert len(set(names["rows"])) == 10
    assert set(names["rows"]) <= set(range(200))


def test_a_strategy_by_hand():
    names = {}
    exec(STRATEGY, names)
    assert len(set(names["most_uncertain"])) == len(set(names["most_different"])) == 10
    assert set(names["most_uncertain"]) <= set(names["candidates"].ids)


@pytest.mark.slow
def test_a_run_by_hand(tmp_path):
    names = {}
    assert "STEPS = 50\n" in LOOP
    exec(LOOP.replace("STEPS = 50\n", "STEPS = 1\n"), names)
    assert pd.read_csv(tmp_path / "runs" / "mine" / "metrics.csv")["n_labelled"].tolist() == [4, 8, 12]
    assert [row["n_labelled"] for row in names["controller"].ledger.rows()] == [4, 8, 12]


@pytest.mark.parametrize("picture", re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README))
def test_pictures_are_small(picture):
    path = ROOT / picture
    assert path.stat().st_size < 200_000
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.width >= 500


def test_there_are_two_pictures():
    assert len(re.findall(r"!\[", README)) == 2


@pytest.mark.parametrize("page", sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]))
def test_links_between_pages_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
