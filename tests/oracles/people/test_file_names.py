"""Names of files for ids."""

from __future__ import annotations

import os

import pytest

from alseg.oracles.people.file_names import safe_names

PLAIN = ["001", "patient001_frame01_slice_00", "a.b-c_D", "_x", "x" * 60, "a.png"]
ODD = [
    "a/b",
    "../../etc/passwd",
    "ä",
    "a b",
    "x" * 61,
    ".hidden",
    "-rf",
    "con",
    "NUL.txt",
    "a.",
    "=1+1",
    "\u202ea",
    "a\\b",
    "日本",
    ".",
]


@pytest.mark.parametrize("id_", PLAIN)
def test_what_every_file_system_takes_stays(id_: str) -> None:
    assert safe_names([id_, "other"])[id_] == id_


@pytest.mark.parametrize("id_", ODD)
def test_any_other_gets_a_name_of_its_own(id_: str) -> None:
    name = safe_names([id_, "other"])[id_]
    assert name != id_
    assert name.isascii()
    assert name.replace("-", "").replace("_", "").isalnum()
    assert name[0] not in "-."
    assert len(name) <= 60
    assert name == safe_names(["other", id_])[id_]


def test_all_differ_however_the_file_system_compares_them() -> None:
    ids = [*PLAIN, *ODD, "A/B", "a_b", "a?b", "a*b", "Ä", "a\u0308", "X" * 60, "A.png", "y" * 70, "y" * 71]
    names = safe_names(ids)
    assert len({name.casefold() for name in names.values()}) == len(ids)
    assert all(os.sep not in name for name in names.values())
