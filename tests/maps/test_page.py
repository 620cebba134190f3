import json
import re
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest

from alseg.maps.page import content, html, summary
from alseg.maps.write_map import write_map
from tests.helpers.small_map import make_map


def inside(page: str) -> dict:
    """The data of a page, read as a browser would: up to the first end of a script element."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script', page, re.S)
    assert found is not None
    return json.loads(found[1])


def floats(text: str) -> list[float]:
    return np.frombuffer(b64decode(text), "<f4").tolist()


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
    assert [data["groups"]["names"][code] for code in data["groups"]["of"]] == list(map_.groups)
    assert [data["classes"]["names"][code] for code in data["classes"]["of"]] == list(map_.classes)
    assert data["clusters"]["names"] == ["cluster 0", "cluster 1", "cluster 2"]
    assert data["clusters"]["of"] == [i % 3 for i in range(60)]
    cold, query, _ = data["rounds"]
    assert (cold["picks"], cold["refused"], cold["scores"]) == ([0, 1, 2, 3], [1], None)
    assert cold["reasons"][2] == "medoid of cluster 2"
    scores = floats(query["scores"])
    assert np.isnan(scores[:4]).all()
    assert scores[4:] == [float(np.float32(map_.rounds[1].scores[id_])) for id_ in map_.ids[4:]]


def test_clusters_keep_their_numbers_and_gaps_have_none():
    map_ = replace(make_map(), clusters=np.where(np.arange(60) < 20, -1, 7))
    data = content(map_)["clusters"]
    assert data["names"] == ["cluster 7"]
    assert set(data["of"][:20]) == {-1}
    assert set(data["of"][20:]) == {0}
    assert "1 cluster " in summary(map_)


def test_groups_of_one_image_each_are_not_told():
    assert content(replace(make_map(), groups=make_map().ids))["groups"] is None


def test_names_cannot_break_the_page():
    evil = "</script><script>alert(1)</script><!--"
    ids = (evil, *(f"image_{i}" for i in range(59)))
    map_ = replace(make_map(ids=ids), name=evil, groups=(evil, "&amp;") * 30, classes=(evil,) * 60)
    page = html(map_)
    assert page.count("<script") == page.count("</script>") == 2
    assert "<!--" not in page
    data = inside(page)
    assert data["ids"][0] == evil
    assert data["groups"]["names"] == [evil, "&amp;"]


def test_the_page_needs_no_network():
    page = html(make_map())
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|url\(|@import|<link", page)
    assert not re.search(r'(?:src|href)="', page)


def test_a_map_without_anything_but_places(tmp_path):
    bare = replace(make_map(), classes=None, clusters=None, rounds=())
    data = inside(html(bare))
    assert (data["classes"], data["clusters"], data["rounds"]) == (None, None, [])
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
