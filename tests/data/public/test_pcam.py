"""PCam: tiles in HDF5, compressed, with a table of slides beside them."""

from __future__ import annotations

import gzip
import importlib.util
import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from alseg.cli import main
from alseg.data.public import unpack
from alseg.data.public.sets import pcam
from alseg.data.public.source import Source
from tests.helpers.public.pcam import PARTS, STEM, Files, files, h5py, hdf5, table


def offer(publisher, changes: Files) -> None:
    for name, content in (files() | {f"{STEM}_{name}": content for name, content in changes.items()}).items():
        publisher.put("pcam", name, content)


@pytest.mark.slow
def test_pcam(publisher, monkeypatch, capfd):
    monkeypatch.setattr(pcam, "BLOCK", 2)  # the last block of five is not full
    offer(publisher, {})
    assert publisher.get("pcam", "--accept-differences") == 0
    assert "5 images in train where the publisher states 262,144" in capfd.readouterr().err
    assert len(publisher.asked) == 9
    dataset = publisher.load("pcam", 96)
    assert dataset.classes == ("no tumour", "tumour")
    assert dataset.ids[4:6] == ("train_000004", "val_000000")
    assert dataset.split == ("train",) * 5 + ("val",) * 2 + ("test",) * 3
    assert dataset.images[:, 1, 90, 3].tolist() == [0, 1, 2, 3, 4, 50, 51, 100, 101, 102]
    assert dataset.targets.tolist() == [0, 1, 0, 1, 0, 0, 1, 0, 1, 0]
    assert dataset.groups[3:6] == ("camelyon16_train_001", "camelyon16_train_002", "camelyon16_valid_000")
    assert dataset.metadata.loc["train_000003"].to_dict() == {"coord_y": "103", "coord_x": "203"}
    publisher.short_run("pcam")


def test_pcam_was_unpacked_before(publisher, lay):
    unpacked = {
        name.removesuffix(".gz"): gzip.decompress(content) if name.endswith(".gz") else content
        for name, content in files().items()
    }
    assert publisher.get("pcam", "--from", str(lay(unpacked)), "--accept-differences") == 0
    assert publisher.asked == []


def linked() -> bytes:
    """A file whose array lies in another file."""
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file["x"] = h5py.ExternalLink("/etc/secret.h5", "x")
    return gzip.compress(out.getvalue())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"valid_x.h5.gz": files()[f"{STEM}_valid_x.h5.gz"][:-20]}, "valid_x.h5.gz: it cannot be unpacked"),
        ({"valid_x.h5.gz": b"<html>Sorry</html>"}, "valid_x.h5.gz: it cannot be unpacked"),
        ({"valid_x.h5.gz": gzip.compress(b"<html>Sorry</html>")}, "valid_x.h5: it cannot be read as HDF5"),
        ({"valid_x.h5.gz": gzip.compress(hdf5("y", np.zeros((2, 96, 96, 3), np.uint8)))}, "it has no array 'x'"),
        ({"valid_x.h5.gz": linked()}, "it has no array 'x'"),
        (
            {"valid_x.h5.gz": gzip.compress(hdf5("x", np.zeros((2, 96, 96), np.uint8)))},
            "'x' has the shape (2, 96, 96) of uint8; uint8 of ('N', 96, 96, 3) is expected",
        ),
        (
            {"valid_y.h5.gz": gzip.compress(hdf5("y", np.zeros((3, 1, 1, 1), np.uint8)))},
            "it has 2 tiles, camelyonpatch_level_2_split_valid_y.h5 3 labels and camelyonpatch_level_2_split_valid_meta.csv 2",
        ),
        (
            {"valid_y.h5.gz": gzip.compress(hdf5("y", np.full((2, 1, 1, 1), 2, np.uint8)))},
            "it holds the label 2; there are 0 and 1",
        ),
        ({"valid_meta.csv": b",coord_y,wsi\n0,1,a\n1,1,a\n"}, "valid_meta.csv: it has no column coord_x"),
        ({"valid_meta.csv": table("valid", 2)[:-30]}, "valid_meta.csv: a row names no slide"),
        ({"valid_meta.csv": table("train", 2)}, "its group 'camelyon16_train_000' lies in the splits train and val"),
    ],
    ids=["cut", "page", "page in gz", "key", "link", "shape", "number", "label", "column", "row", "slide twice"],
)
def test_pcam_is_not_the_publishers(publisher, capfd, changes, message):
    offer(publisher, changes)
    assert publisher.get("pcam", "--accept-differences") == 2
    error = capfd.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_bomb_in_gz(publisher, monkeypatch, capfd):
    monkeypatch.setattr(unpack, "SMALL", 10**5)
    offer(publisher, {"train_x.h5.gz": gzip.compress(bytes(10**6))})
    assert publisher.get("pcam") == 2
    assert "train_x.h5' unpacks to more than the archive says or may; it is not used" in capfd.readouterr().err


@pytest.mark.slow
def test_only_a_block_of_tiles_is_in_memory(tmp_path: Path):
    n = 4 * pcam.BLOCK
    for part in PARTS:
        with h5py.File(tmp_path / f"{STEM}_{part}_x.h5", "w") as file:
            file.create_dataset("x", (n, 96, 96, 3), np.uint8, chunks=(32, 96, 96, 3))  # nothing of it is stored
        (tmp_path / f"{STEM}_{part}_y.h5").write_bytes(hdf5("y", np.zeros((n, 1, 1, 1), np.uint8)))
        (tmp_path / f"{STEM}_{part}_meta.csv").write_bytes(table(part, n))
    source = Source("pcam", [tmp_path], [], "here")
    tracemalloc.start()
    try:
        assert sum(item.image().nbytes for item in pcam.convert(source)) == 3 * n * 96 * 96 * 3
        assert tracemalloc.get_traced_memory()[1] < 3 * pcam.BLOCK * 96 * 96 * 3
    finally:
        tracemalloc.stop()


def test_without_h5py_it_says_what_installs_it_before_anything_is_fetched(monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "h5py" else find(name, *more))
    assert main(["data", "get", "pcam", "--yes"]) == 2
    assert capsys.readouterr().err == 'alseg data: pcam: it is read with h5py; pip install "alseg[pcam]"\n'
