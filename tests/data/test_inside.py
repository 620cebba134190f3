"""The files that a table may name, and what the line says of the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alseg.data.inside import DataFolder, inside
from alseg.errors import DataError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A data set with links of every kind: within, out of it, to a folder, into nothing and in a circle."""
    root, store = tmp_path / "set", tmp_path / "store"
    for folder in (root / "images", root / "scan", store):
        folder.mkdir(parents=True)
    for file in (root / "images/A.PNG", root / "b.tif", store / "4f2a", store / "secret", root / "scan/1"):
        file.write_bytes(b"x")
    (root / "within.png").symlink_to("images/A.PNG")
    (root / "out.nii.gz").symlink_to(store / "4f2a")
    (root / "far").symlink_to(store)
    (root / "dead.png").symlink_to("nowhere.png")
    (root / "circle").symlink_to("circle")
    (root / "scan/2").symlink_to(store / "4f2a")
    os.mkfifo(root / "pipe")
    return root


def refused(root: Path, name: str, **options: bool) -> str:
    with pytest.raises(DataError) as caught:
        inside(root, name, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(root), "SET").replace(str(root.parent), "UP")


@pytest.mark.parametrize("name", ["images/A.PNG", "images\\A.PNG", "./images//A.PNG", "scan/../images/A.PNG"])
def test_ways_to_write_a_name(root: Path, name: str) -> None:
    assert inside(root, name) == root / "images/A.PNG"


def test_a_mask_that_is_missing_is_not_mistaken_for_its_image(root: Path) -> None:
    (root / "masks").mkdir()
    assert refused(root, "masks/a.png").startswith("'masks/a.png' does not exist in SET; give the path")


def test_a_name_may_hold_a_backslash(root: Path) -> None:
    (root / "images\\A.PNG").write_bytes(b"the file itself goes first")
    assert inside(root, "images\\A.PNG").read_bytes() == b"the file itself goes first"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("images/a.png", "'images/a.png' does not exist in SET; there is 'images/A.PNG'"),
        ("Images/A.png", "'Images/A.png' does not exist in SET; there is 'images/A.PNG'"),
        ("images\\a", "'images\\\\a' does not exist in SET; there is 'images/A.PNG'"),
        ("b.png", "'b.png' does not exist in SET; there is 'b.tif'"),
        ("a.jpg", "'a.jpg' does not exist in SET; there is 'images/A.PNG'"),
        ("set/images/a.png", "'set/images/a.png' does not exist in SET; there is 'images/A.PNG'"),
        ("a.png.png", "'a.png.png' does not exist in SET; there is 'images/A.PNG'"),
        ("\u201eb.tif\u201c", "'\u201eb.tif\u201c' does not exist in SET; there is 'b.tif'"),
        ("~/a.png", "'~/a.png' is an absolute path"),
        ("https://there/a.png", "'https://there/a.png' is an absolute path"),
        ("nothing.png", "'nothing.png' does not exist in SET; give the path relative to that folder"),
        ("b.tif/c.png", "'b.tif/c.png' does not exist in SET; give the path relative to that folder"),
        ("", "'' is a folder; if it holds a DICOM series"),
        ("images", "'images' is a folder; if it holds a DICOM series"),
        ("/etc/passwd", "'/etc/passwd' is an absolute path; write it relative to SET"),
        ("C:\\Users\\me\\a.png", "'C:\\\\Users\\\\me\\\\a.png' is an absolute path; write it relative to SET"),
        ("\\\\server\\a.png", "'\\\\\\\\server\\\\a.png' is an absolute path"),
        ("../store/4f2a", "'../store/4f2a' leads out of SET; files of a data set must lie in its folder"),
        ("images\\..\\..\\store\\4f2a", "'images/../../store/4f2a' leads out of SET"),
        ("x" * 300, f"'{'x' * 300}' is not a usable path"),
        ("a\0b", "'a\\x00b' is not a usable path"),
        ("pipe", "'pipe' is no ordinary file; give an image"),
        ("dead.png", "'dead.png' is a link to SET/nowhere.png, which is not there; copy the file itself"),
        ("circle", "'circle' is a link to SET/circle, which is not there"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("follow", [False, True])
def test_what_is_refused_with_links_and_without(root: Path, name: str, message: str, follow: bool) -> None:
    assert refused(root, name, follow_links=follow).startswith(message)


@pytest.mark.parametrize("name", ["out.nii.gz", "far/4f2a", "scan"])
def test_links_out_of_the_folder(root: Path, name: str) -> None:
    """A followed link keeps its own name: that of the file it leads to often says nothing of the format."""
    message = refused(root, name, folders=True)
    assert "leads out of SET; files of a data set must lie in its folder (data.follow_links=true (alseg" in message
    found = inside(root, name, folders=True, follow_links=True)
    assert found == root / name
    assert found.exists()


def test_links_do_not_let_the_table_out(root: Path) -> None:
    """``far/..`` is the set, not what the store lies in."""
    (root.parent / "secret").write_bytes(b"")
    assert "does not exist" in refused(root, "far/../secret", follow_links=True)
    assert "leads out of" in refused(root, "far/../../secret", follow_links=True)
    assert inside(root, "far/secret", follow_links=True).is_file()


def test_links_within_the_folder_and_to_it(root: Path) -> None:
    assert inside(root, "within.png") == root / "images/A.PNG"
    alias = root.parent / "alias"
    alias.symlink_to(root)
    assert DataFolder(alias).file("within.png") == root / "images/A.PNG"
