"""The page in a real browser: what a person sees and does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from alseg.maps.feature_map import FeatureMap
from alseg.maps.page import html
from tests.helpers.small_map import make_map

pytest.importorskip("aiohttp", reason="the browser is spoken to by aiohttp: pip install aiohttp")

from tests.helpers.chromium import Chromium

pytestmark = pytest.mark.slow

MAP = "alsegMap.draw(), document.getElementById('points').toDataURL()"


def open_map(browser: Chromium, map_: FeatureMap, folder: Path) -> None:
    path = folder / "map.html"
    path.write_text(html(map_), encoding="utf-8")
    browser.errors.clear()
    browser.requests.clear()
    browser.open(path)


def hover(browser: Chromium, id_: str, row: int) -> str:
    """Point at an image; what is said of it, when its thumbnail is there."""
    x, y = browser.value(f"alsegMap.place({id_!r})")
    browser.mouse("mouseMoved", x, y)
    browser.until(f"document.querySelector('#tip canvas').dataset.shown === '{row}'")
    assert browser.value("document.getElementById('tip').hidden") is False
    return str(browser.value("document.getElementById('words').innerText"))


def test_it_loads_and_shows_the_thumbnail_of_what_is_pointed_at(browser, tmp_path):
    map_ = make_map()
    map_.thumbnails[10, :8] = 0  # dark above, light below
    map_.thumbnails[10, 8:] = 200
    open_map(browser, map_, tmp_path)
    assert browser.value("document.getElementById('tip').hidden") is True
    words = hover(browser, "image_010", 10)
    for part in ("image_010", "group patient_3", "class malignant", "cluster 1"):
        assert part in words
    assert "pick" not in words
    pixels = "document.querySelector('#tip canvas').getContext('2d').getImageData(0, 0, 16, 16).data"
    shown = browser.value(f"Array.from({pixels})")
    grey = np.array(shown).reshape(16, 16, 4)[..., 0]
    assert np.abs(grey.astype(int) - map_.thumbnails[10]).max() <= 6
    assert "pick 3 of round 0 by cluster_fps: medoid of cluster 2" in hover(browser, "image_002", 2)
    assert "refused" in hover(browser, "image_001", 1)
    browser.mouse("mouseMoved", 2, 2)
    browser.until("document.getElementById('tip').hidden")
    assert browser.errors == []
    assert browser.requests == []


def test_the_slider_changes_what_is_shown(browser, tmp_path):
    open_map(browser, make_map(), tmp_path)

    def seen() -> tuple[str, str, str]:
        texts = (browser.value(f"document.getElementById('{id_}').innerText") for id_ in ("told", "list"))
        return (*texts, browser.value(MAP))

    cold = seen()
    assert cold[0] == "0 · 0 images labelled before · 4 picks by cluster_fps"
    assert "1. image_000" in cold[1]
    assert "score" not in hover(browser, "image_030", 30)
    browser.value("document.getElementById('round').focus()")
    browser.key("ArrowRight")
    browser.until("document.getElementById('told').innerText.startsWith('1')")
    query = seen()
    assert query[0] == "1 · 3 images labelled before · 4 picks by entropy"  # one of the first four was refused
    assert "1. image_004" in query[1]
    assert query[2] != cold[2]
    browser.until("document.getElementById('words').innerText.includes('score 0.')")
    browser.key("Home")
    browser.until("document.getElementById('told').innerText.startsWith('0')")
    assert seen() == cold
    assert browser.errors == []


def test_colours_sizes_and_picks_can_be_chosen(browser, tmp_path):
    open_map(browser, replace(make_map(), shares=np.linspace(0, 0.5, 60)), tmp_path)
    browser.value("document.getElementById('round').focus()")
    browser.key("End")
    browser.until("document.getElementById('told').innerText.startsWith('2')")
    pictures = {}
    for id_, choice in (
        *(("colour", way) for way in ("cluster", "class", "group", "share", "score", "round")),
        *(("picks", way) for way in ("numbers", "path", "both", "none")),
    ):
        select = f"document.getElementById('{id_}')"
        browser.value(f"{select}.value = '{choice}', {select}.dispatchEvent(new Event('change'))")
        assert browser.value(f"{select}.value") == choice
        pictures[id_, choice] = browser.value(MAP)
    browser.value("document.getElementById('size').click()")
    pictures["size", "on"] = browser.value(MAP)
    del pictures["picks", "numbers"]  # which was so from the start
    assert len(set(pictures.values())) == len(pictures)
    assert browser.errors == []


def test_28_groups_differ_and_the_legend_finds_and_filters(browser, tmp_path):
    groups = tuple(f"recording {i % 28:02d}" for i in range(60))
    sites = {"site": ["Lyon", "Utrecht"] * 30}
    open_map(browser, replace(make_map(rounds=0), clusters=None, classes=None, groups=groups, metadata=sites), tmp_path)
    looks = [tuple(browser.value(f"alsegMap.look('image_{i:03d}')")) for i in range(28)]
    assert len(set(looks)) == 28
    entries = "document.querySelectorAll('#legend button[data-code]')"
    assert browser.value(f"{entries}.length") == 28
    words = hover(browser, "image_005", 5)
    assert "group recording 05" in words
    assert "site Utrecht" in words
    assert browser.value("document.querySelector('#legend .here').innerText") == "recording 05 (2)"
    browser.value(
        "(sought => { sought.value = '07'; sought.dispatchEvent(new Event('input')); })(document.getElementById('sought'))"
    )
    assert browser.value(f"{entries}.length") == 1
    everything = browser.value(MAP)
    browser.value(f"{entries}[0].click()")
    alone = browser.value(MAP)
    assert alone != everything
    browser.value("document.getElementById('all').click()")
    assert browser.value(MAP) == everything
    browser.value(f"{entries}[0].dispatchEvent(new Event('pointerenter'))")
    assert browser.value(MAP) == alone
    browser.value(f"{entries}[0].dispatchEvent(new Event('pointerleave'))")
    select = "document.getElementById('colour')"
    browser.value(f"{select}.value = 'column 0', {select}.dispatchEvent(new Event('change'))")
    assert browser.value("document.getElementById('legend').innerText").split("\n") == ["Lyon (30)", "Utrecht (30)"]
    assert browser.value("document.getElementById('sought').hidden") is True
    assert browser.errors == []


def test_zoomed_and_moved_it_still_finds_what_is_pointed_at(browser, tmp_path):
    open_map(browser, make_map(), tmp_path)
    x, y = (round(value) for value in browser.value("alsegMap.place('image_034')"))
    browser.mouse("mouseWheel", x, y, deltaX=0, deltaY=-600)
    old_x, old_y = browser.value("alsegMap.place('image_034')")
    before = browser.value("alsegMap.place('image_035')")[0] - browser.value("alsegMap.place('image_034')")[0]
    browser.mouse("mousePressed", x, y, button="left", clickCount=1)
    browser.mouse("mouseMoved", x - 40, y + 30, button="left", buttons=1)
    browser.mouse("mouseReleased", x - 40, y + 30, button="left", clickCount=1)
    assert browser.value("alsegMap.place('image_034')") == pytest.approx([old_x - 40, old_y + 30])
    hover(browser, "image_034", 34)
    browser.value("document.getElementById('reset').click()")
    after = browser.value("alsegMap.place('image_035')")[0] - browser.value("alsegMap.place('image_034')")[0]
    assert before == pytest.approx(after * np.exp(0.9))
    assert browser.errors == []


def test_names_are_text(browser, tmp_path):
    evil = "</script><img src=x onerror=alert(1)><b>bold"
    map_ = make_map(ids=(evil, *(f"image_{i:03d}" for i in range(1, 60))))
    open_map(browser, replace(map_, name=evil, classes=(evil,) * 60), tmp_path)
    words = hover(browser, evil, 0)
    assert evil in words
    assert f"class {evil}" in words
    assert browser.value("document.title") == f"Map of {evil}"
    assert browser.value("document.images.length") == 0
    assert browser.errors == []


def test_bare_maps(browser, tmp_path):
    bare = replace(make_map(), classes=None, clusters=None, groups=make_map().ids, rounds=())
    open_map(browser, bare, tmp_path)
    assert hover(browser, "image_059", 59) == "image_059"
    one = np.zeros(1, np.intp)
    alone = replace(bare, ids=("alone",), groups=("alone",), xy=bare.xy[one], thumbnails=bare.thumbnails[one])
    open_map(browser, alone, tmp_path)
    assert hover(browser, "alone", 0) == "alone"
    assert browser.errors == []
