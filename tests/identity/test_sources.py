"""Whether files look touched, and what is in those of weights."""

import os
import shutil

import pytest

from alseg.identity.sources import stamp, weights_of


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "ds"
    (folder / "images").mkdir(parents=True)
    (folder / "manifest.csv").write_text("id,image\na,images/a.png\n")
    (folder / "images" / "a.png").write_bytes(b"pixels")
    (folder / "again").symlink_to(".")  # a circle ends
    (folder / "nowhere").symlink_to("gone")
    return folder


def of(root):
    return stamp({"data": {"root": str(root)}, "oracle": {"root": None}})


def test_a_stamp_stays_until_something_is_touched(root, tmp_path):
    (tmp_path / "link").symlink_to("ds")
    first = of(root)
    assert first == of(tmp_path / "link") == of("ds")
    os.utime(root / "images" / "a.png", ns=(1, 1))
    touched = of(root)
    (root / "manifest.csv").write_text("id,image\nb,images/a.png\n")
    assert len({first, touched, of(root)}) == 3


def test_where_there_is_no_folder_there_is_no_stamp(root):
    shutil.rmtree(root)
    assert of(root) == ""
    assert stamp({"data": {"seed": 0}}) == ""


def test_weights_are_what_is_in_their_file(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"tensors")
    (tmp_path / "other").write_bytes(b"tensor")

    def digest(file, weights="path", group="learner"):
        return weights_of({group: {"weights": weights, "weights_path": file}})

    assert digest("one") == digest(str(tmp_path / "two")) != digest("other")
    assert set(digest("one")) == {"learner.weights_path"}
    assert digest("one", weights="packaged") == digest("missing") == digest(None) == {}
    assert digest("one", group="embedding") == {}  # nobody compares images by it
