"""Near-duplicates: found as by brute force, whatever the size of the blocks, and told with what to do."""

from __future__ import annotations

import csv
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from alseg.cli import main
from alseg.data import duplicates
from alseg.data.convert.item import Item
from alseg.data.convert.near_duplicates import COLUMN, GROUP, near_duplicates_share_groups
from alseg.data.duplicates import digests, joined_names, near_duplicates, thumbnail, thumbnails
from alseg.data.manifest import read_manifest

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder


def pairs(found: duplicates.Duplicates) -> list[tuple[int, int]]:
    return sorted((int(one), int(two)) for one, two in found.pairs)


def test_a_thumbnail_by_hand():
    """0, 10, 10, 20 of mean 10: -10, 0, 0, 10 of length 10 * sqrt(2). One grey value has no direction."""
    image = np.array([[[0, 10], [10, 20]]], np.uint8)
    assert thumbnail(image).tolist() == pytest.approx([-(0.5**0.5), 0, 0, 0.5**0.5])
    assert not thumbnail(np.full((3, 4, 4), 7, np.uint8)).any()


@pytest.mark.parametrize("block", [1, 3, 7, 1024])
def test_as_by_brute_force(monkeypatch: pytest.MonkeyPatch, block: int):
    """Forty pictures, some of which are others with noise; numpy's correlation says which."""
    rng = np.random.default_rng(0)
    base = rng.normal(0, 30, (12, 64))
    pixels = base[rng.integers(0, 12, 40)] + rng.normal(0, 3, (40, 64))
    small = np.stack([(row - row.mean()) / np.linalg.norm(row - row.mean()) for row in pixels]).astype(np.float32)
    table = np.corrcoef(pixels)
    monkeypatch.setattr(duplicates, "BLOCK", block)
    found = near_duplicates(small, 0.9905)
    wanted = [(i, j) for i in range(40) for j in range(i + 1, 40) if table[i, j] > 0.9905]
    assert 5 < len(wanted) < 60
    assert pairs(found) == wanted
    assert found.count == len(wanted)
    assert [float(r) for r in found.correlation] == pytest.approx([table[i, j] for i, j in found.pairs], abs=1e-5)
    first = list(range(40))
    for _ in range(40):
        for i, j in wanted:
            first[i] = first[j] = min(first[i], first[j])
    assert found.clusters.tolist() == first


def test_constant_pictures_are_the_same_only_if_their_files_are(folder: Folder):
    for name, value in (("a", 5), ("b", 5), ("c", 6)):
        folder.save(f"{name}.png", np.full((8, 8), value))
    paths = [folder.root / f"{name}.png" for name in "abc"]
    small = thumbnails(paths, progress=False)
    assert pairs(near_duplicates(small)) == []
    assert pairs(near_duplicates(small, digest=digests(paths))) == [(0, 1)]


def test_memory_where_all_are_alike(monkeypatch: pytest.MonkeyPatch):
    """Half a million pairs, of which a thousand are kept."""
    monkeypatch.setattr(duplicates, "KEPT", 1000)
    monkeypatch.setattr(duplicates, "BLOCK", 128)
    small = np.tile(np.array([[0.6, 0.8]], np.float32), (1000, 1))
    tracemalloc.start()
    found = near_duplicates(small)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.count, len(found.pairs), found.clusters.max()) == (1000 * 999 // 2, 1000, 0)
    assert peak < 5e6


def test_groups_in_a_chain_become_one():
    """a and b share a cluster, b and c another; d is alone."""
    groups = ["a", "b", "b", "c", "d", "c"]
    assert joined_names(groups, np.array([0, 0, 2, 2, 4, 5])) == ("a", "a", "a", "a", "d", "a")
    assert joined_names(groups, np.arange(6)) == tuple(groups)


@pytest.fixture
def look_alikes(folder: Folder) -> Folder:
    """b is a in more light, d a copy of c; e is none of them."""
    rng = np.random.default_rng(0)
    first, second, third = rng.integers(0, 200, (3, 32, 32))
    for name, pixels in zip("abcde", (first, first + 20, second, second, third)):
        folder.save(f"{name}.png", pixels)
    return folder


def check(folder: Folder, *options: str) -> int:
    return main(["data", "check", str(folder.root), "--size", "8", *options])


def test_what_is_said_and_written(look_alikes: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rows = [
        "a;a.png;x;p;0,5;0,5",
        "b;b.png;y;q;0,5;0,5",
        "c;c.png;x;;0,5;0,5",
        "d;d.png;x;;0,5;0,5",
        "e;e.png;y;q;0,5;0,5",
    ]
    look_alikes.table("id;image;label;group;spacing_y;spacing_x", *rows)
    goal = tmp_path / "grouped.csv"
    assert check(look_alikes, "--duplicates", "--write-groups", str(goal)) == 0
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "2 of the same file or with a correlation above 0.995" in said
    assert "images in pairs 4 of 5, in 2 clusters of 2" in said
    assert "across groups 2 pairs, such as " in said
    assert "c and d (1.0000)" in said
    assert "; one may be trained on and the other tested: --write-groups FILE writes a manifest in which they" in said
    assert "across classes 1 pairs, such as a and b (1.0000); one label of two may be wrong" in said
    assert f"{goal}: 2 groups fewer. To use it, put it in the place of" in said
    with goal.open(newline="") as file:
        assert [row["group"] for row in csv.DictReader(file, delimiter=";")] == ["p", "p", "c", "c", "p"]
    goal.rename(look_alikes.root / "manifest.csv")
    manifest = read_manifest(look_alikes.root)
    assert manifest.groups == ("p", "p", "c", "c", "p")
    assert manifest.spacing is not None
    assert manifest.spacing.tolist() == [[0.5, 0.5]] * 5
    assert check(look_alikes, "--duplicates", "0.999") == 0
    assert "across groups none" in " ".join(capsys.readouterr().out.replace("│", " ").split())


def test_what_is_refused(look_alikes: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    look_alikes.table("id,image,label,group,split", "a,a.png,x,,train", "b,b.png,x,,test", "e,e.png,y,,test")
    goal = tmp_path / "there.csv"
    assert check(look_alikes, "--write-groups", str(goal)) == 2
    said = capsys.readouterr()
    assert "across splits" in said.out
    assert (
        "near-duplicates lie in two splits, as 'a' in train and 'b' in test, and a group must lie in one; empty"
        in said.err
    )
    assert not goal.exists()
    goal.write_text("mine")
    assert check(look_alikes, "--duplicates", "--write-groups", str(goal)) == 2
    assert "there.csv: it is there already; give another name" in capsys.readouterr().err
    assert goal.read_text() == "mine"
    assert check(look_alikes, "--duplicates", "1.5") == 2
    assert "--duplicates 1.5: it is a correlation, above 0 and at most 1" in capsys.readouterr().err


def test_the_description_of_such_groups_names_threshold_and_column():
    assert f"more than {duplicates.CORRELATION:g}; " in GROUP
    assert f"column {COLUMN} " in GROUP


def test_converted_images_that_look_the_same_share_a_group():
    """In each split: 0 and 2 are the same and train, 3 is the same and test."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 256, (2, 28, 28), np.uint8)
    made = [(first, "train"), (second, "train"), (first, "train"), (first, "test")]
    items = [Item(f"i{n}", lambda p=p: p, label="x", split=split) for n, (p, split) in enumerate(made)]
    found = list(near_duplicates_share_groups(items))
    assert [item.group for item in found] == ["i0", "", "i0", "i3"]
    assert [item.metadata[COLUMN] for item in found] == ["i0", "", "i0", "i0"]
    assert list(near_duplicates_share_groups([])) == []


@pytest.mark.slow
def test_breast_ultrasound_that_is_published_twice(data_root: Path):
    """One picture is there as benign and as malignant."""
    manifest = read_manifest(data_root / "breast_ultrasound")
    found = near_duplicates(thumbnails(manifest.images, progress=False))
    alike = [(manifest.ids[i], manifest.ids[j]) for i, j in found.pairs]
    assert any({"benign_433", "malignant_145"} == set(pair) for pair in alike)
    assert 50 < found.count < 200
