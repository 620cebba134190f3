"""Paths as two people spell them."""

import pytest

from alseg.identity.places import joined, same_place


@pytest.mark.parametrize("spelling", ["ds", "./ds", "ds/", "x/../ds", "link", "{here}/ds", "{here}/link"])
def test_one_place_from_here(spelling, tmp_path):
    (tmp_path / "ds").mkdir()
    (tmp_path / "x").mkdir()
    (tmp_path / "link").symlink_to("ds")
    assert same_place("ds", spelling.format(here=tmp_path))
    assert not same_place("x", spelling.format(here=tmp_path))
    assert not same_place(None, spelling)


@pytest.mark.parametrize(
    ("paths", "places"),
    [
        (["ds", "/a/ds", "../ds", "./ds/"], {"/a/ds"}),
        (["data/ds", "/a/data/ds", "ds"], {"/a/data/ds"}),
        (["/a/ds", "/b/ds"], {"/a/ds", "/b/ds"}),
        (["/a/ds", "/b/ds", "ds"], {"/a/ds", "/b/ds", "ds"}),  # it could be either
        (["/a/ds", "s"], {"/a/ds", "s"}),
    ],
)
def test_one_place_from_who_knows_where(paths, places):
    found = joined(paths)
    assert set(found) == set(paths)
    assert set(found.values()) == places
