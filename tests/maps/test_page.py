import json
import re
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest

from alseg.maps.page import content, html, summary
from alseg.maps.palette import category_looks
from alseg.maps.picture import picture
from alseg.maps.write_map import write_map
from tests.helpers.small_map import make_map


def inside(page: str) -> dict:
    """The data of a page, read as a browser would: up to the first end of a script element."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script', page, re.S)
    assert found is not None
    return json.loads(found[1])


def floats(text: str) -> list[float]:
    return np.frombuffer(b64decode(text), "<f4").tolist()


@pytest.mark.slow
def test_everything_is_written_and_alike_each_time(tmp_path):
    files = write_map(make_map(), tmp_path / "deep" / "one")
    assert sorted(p.name for p in (tmp_path / "deep" / "one").iterdir()) == ["map.html", "map.png", "map.svg"]
    assert (tmp_path / "deep" / "one" / "map.png").read_bytes().startswith(b"\x89PNG")
    for one, two in zip(files, write_map(make_map(), tmp_path / "two")):
        assert one.read_bytes() == two.read_bytes(), one.name


def test_the_page_holds_the_map():
    map_ = make_map()
    data = inside(html(map_))
    assert tuple(data["ids"]) == map_.ids
    assert floats(data["xy"]) == map_.xy.ravel().tolist()
    ways = data["colourings"]
    assert list(ways) == ["cluster", "class", "group"]
    assert [ways["group"]["names"][code] for code in ways["group"]["of"]] == list(map_.groups)
    assert [ways["class"]["names"][code] for code in ways["class"]["of"]] == list(map_.classes)
    assert ways["cluster"]["names"] == ["cluster 0", "cluster 1", "cluster 2"]
    assert ways["cluster"]["of"] == [i % 3 for i in range(60)]
    cold, query, _ = data["rounds"]
    assert (cold["picks"], cold["refused"], cold["scores"]) == ([0, 1, 2, 3], [1], None)
    assert cold["reasons"][2] == "medoid of cluster 2"
    scores = floats(query["scores"])
    assert np.isnan(scores[:4]).all()
    assert scores[4:] == [float(np.float32(map_.rounds[1].scores[id_])) for id_ in map_.ids[4:]]


def test_clusters_keep_their_numbers_and_gaps_have_none():
    map_ = replace(make_map(), clusters=np.where(np.arange(60) < 20, -1, 7))
    data = content(map_)["colourings"]["cluster"]
    assert data["names"] == ("cluster 7",)
    assert set(data["of"][:20]) == {-1}
    assert set(data["of"][20:]) == {0}
    assert "1 cluster " in summary(map_)


def test_groups_of_one_image_each_are_not_told():
    assert "group" not in content(replace(make_map(), groups=make_map().ids))["colourings"]


def test_columns_of_the_manifest_are_categories_or_numbers():
    columns = {
        "site": ["Lyon", "", "Lyon"] * 20,
        "age": [str(20 + i) if i else "" for i in range(60)],
        "grade": [str(i % 3) for i in range(60)],
        "same": ["x"] * 60,
        "file": [f"{i}.png" for i in range(60)],
    }
    found = content(replace(make_map(), metadata=columns))["colourings"]
    assert list(found) == ["cluster", "class", "group", "column 0", "column 1", "column 2", "column 4"]
    assert (found["column 0"]["title"], found["column 0"]["names"]) == ("site", ("Lyon", "not stated"))
    assert found["column 0"]["of"] == [0, 1, 0] * 20
    ages = floats(found["column 1"]["values"])
    assert np.isnan(ages[0])
    assert ages[1:] == [20 + i for i in range(1, 60)]
    assert found["column 2"]["names"] == ("0", "1", "2")
    assert next(iter(content(replace(make_map(), metadata=columns, colour="grade"))["colourings"])) == "column 2"


@pytest.mark.slow
def test_ten_thousand_values_are_one_category_beyond_two_hundred():
    n = 10_000
    small = make_map()
    many = {"file": [f"scan {i}" + "x" * 500 for i in range(n - 5)] + ["often"] * 5}
    map_ = replace(
        small,
        ids=tuple(map(str, range(n))), groups=("a",) * n, classes=None, clusters=None, rounds=(),
        xy=np.random.default_rng(0).normal(size=(n, 2)), thumbnails=np.zeros((n, 8, 8), np.uint8), metadata=many,
    )  # fmt: skip
    assert content(map_)["colourings"] == {}
    found = content(replace(map_, colour="file"))["colourings"]["column 0"]
    assert (len(found["names"]), found["names"][0], found["names"][-1]) == (200, "often", "other values")
    assert max(map(len, found["names"])) <= 60
    assert np.bincount(found["of"])[-1] == n - 5 - 198


def test_forty_two_categories_differ_by_colour_or_shape():
    looks = category_looks(42)
    assert len(set(looks)) == 42
    assert {shape for _, shape in looks[:6]} == {0}
    groups = tuple(f"group {i % 28}" for i in range(60))
    found = content(replace(make_map(), groups=groups))["colourings"]["group"]
    assert len(set(zip(found["colours"], found["shapes"]))) == 28


def test_the_legend_of_the_picture_says_what_colours_are():
    def entries(map_):
        figure = picture(map_)
        return [text.get_text() for legend in figure.legends for text in (legend.get_title(), *legend.get_texts())]

    assert entries(make_map()) == ["cluster", "cluster 0 (20)", "cluster 1 (20)", "cluster 2 (20)"]
    clusters = np.where(np.arange(60) < 20, -1, 7)
    assert entries(replace(make_map(), clusters=clusters)) == ["cluster", "cluster 7 (40)", "none (20)"]
    sites = {"site": ["$x$", "_y"] * 30, "age": [str(i) for i in range(60)]}
    assert entries(replace(make_map(), metadata=sites, colour="site")) == ["site", r"\$x\$ (30)", " _y (30)"]
    numbers = picture(replace(make_map(), metadata=sites, colour="age"))
    assert numbers.legends == []
    assert [ax.get_ylabel() for ax in numbers.axes] == ["", "age"]
    many = entries(replace(make_map(), clusters=np.arange(60)))
    assert (len(many), many[-1]) == (1 + 42 + 1, "and 18 more")


def test_names_cannot_break_the_page():
    evil = "</script><script>alert(1)</script><!--"
    ids = (evil, *(f"image_{i}" for i in range(59)))
    map_ = replace(make_map(ids=ids), name=evil, groups=(evil, "&amp;") * 30, classes=(evil,) * 60)
    page = html(map_)
    assert page.count("<script") == page.count("</script>") == 2
    assert "<!--" not in page
    data = inside(page)
    assert data["ids"][0] == evil
    assert data["colourings"]["group"]["names"] == [evil, "&amp;"]


def test_the_page_needs_no_network():
    page = html(make_map())
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|url\(|@import|<link", page)
    assert not re.search(r'(?:src|href)="', page)


def test_a_map_without_anything_but_places(tmp_path):
    bare = replace(make_map(), classes=None, clusters=None, groups=make_map().ids, rounds=())
    data = inside(html(bare))
    assert (data["colourings"], data["rounds"]) == ({}, [])
    write_map(bare, tmp_path)


@pytest.mark.slow
def test_20_000_images_stay_below_40_mb():
    """Even noise, which JPEG cannot make small; and fifty rounds of scores."""
    n = 20_000
    rng = np.random.default_rng(0)
    small = make_map()
    noise = rng.integers(0, 256, (500, 48, 48), dtype=np.uint8)
    ids = tuple(f"recording_{i:05d}/frame_{i:06d}" for i in range(n))
    query = replace(small.rounds[1], picks=ids[:100], reasons=("",) * 100, scores=dict(zip(ids, rng.random(n))))
    map_ = replace(
        small,
        ids=ids,
        groups=tuple(f"recording_{i // 20}" for i in range(n)),
        classes=None,
        clusters=np.arange(n) % 50,
        xy=rng.normal(size=(n, 2)),
        thumbnails=noise[np.arange(n) % 500],
        rounds=(query,) * 50,
    )
    page = html(map_)
    assert len(page.encode()) < 40e6
    sheets = inside(page)["sheets"]
    assert len(sheets["files"]) == -(-n // sheets["per"])
    assert max(sheets["size"]) >= 24  # still something to look at
