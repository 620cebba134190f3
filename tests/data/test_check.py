from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from alseg.cli import main
from alseg.commands.where_text import read_where
from alseg.data.check import check
from alseg.data.column_facts import column_facts
from alseg.errors import ConfigError, DataError
from tests.helpers.printed_table import shown

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder


def test_segmentation(folder: Folder) -> None:
    masks = [[[0, 0, 0, 1]], [[0, 0, 2, 255]], 0]
    for i, mask in enumerate(masks):
        folder.save(f"{i}.png", np.zeros((4, 4)))
        folder.save(f"m{i}.png", np.broadcast_to(np.asarray(mask), (4, 4)))
    folder.table(
        "id,image,mask,group,split,spacing_y,spacing_x,cost,[site]",
        "0,0.png,m0.png,p,train,0.5,1,60,[red]",
        "1,1.png,m1.png,p,train,0.7,1,120,[blue]",
        "2,2.png,m2.png,q,test,0.9,1,180,[red]",
    )
    assert shown(check(folder.root, size=4)) == {
        "title": "set: segmentation",
        "images": "3",
        "size of the files": "4 x 4 (height x width)",
        "channels": "grey",
        "bits per channel": "8",
        "groups": "2, images in each: 1 to 2, median 1.5",
        "split train": "2 images of 1 groups",
        "split test": "1 images of 1 groups",
        "lengths in": "mm",
        "pixel height": "0.5 to 0.9 mm, median 0.7",
        "pixel width": "1 mm",
        "cost": "60 to 180 s, median 120, 0.10 h in all",
        "class 0 background": "81.82% of pixels, in 3 (100.00%) images",
        "class 1 class_1": "9.09% of pixels, in 1 (33.33%) images",
        "class 2 class_2": "9.09% of pixels, in 1 (33.33%) images",
        "only background": "1 (33.33%) images",
        "ignored": "8.33% of pixels, in 1 (33.33%) images",
        "column [site]": "[red]: 2, [blue]: 1",
        "training would see": "4 x 4 (height x width); data.fit=stretch",
        "its pixel height": "0.5 to 0.9 mm, median 0.7",
        "its pixel width": "1 mm",
    }


def test_masks_in_other_columns_and_regions(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.segmentation([0, [[0, 0, 255, 255]]])
    folder.save("colour.png", np.arange(48).reshape(4, 4, 3))
    (folder.root / "notes.txt").write_text("blurred", encoding="utf-8")
    folder.table(
        "id,image,mask,group,second,picture,notes,part",
        "a,a.png,a_mask.png,,,colour.png,notes.txt,0 0 4 2",
        "b,b.png,a_mask.png,,b_mask.png,colour.png,notes.txt,",
    )
    facts = shown(check(folder.root, size=4))
    assert facts["column second"] == "masks of 1 (50.00%) images"
    assert facts["column picture"] == "colour.png: 2"
    assert facts["column notes"] == "notes.txt: 2"
    assert "cut to" not in facts
    facts = shown(check(folder.root, size=4, mask="second", where={"second": "*"}))
    assert facts["column mask"] == "masks of 1 (100.00%) images"
    assert facts["class 1 foreground"] == "50.00% of pixels, in 1 (100.00%) images"
    facts = shown(check(folder.root, size=4, region="part"))
    assert facts["cut to"] == "height 2 to 4 px, median 3; width 4 px of the files; of their area 50 to 100%, median 75"
    assert facts["its pixel height"] == "0.5 to 1 px of the files, median 0.75"
    assert main(["data", "check", str(folder.root), "--region", "part"]) == 0
    assert "cut to" in capsys.readouterr().out
    assert main(["data", "check", str(folder.root), "--mask", "third"]) == 2
    assert "with files there are: mask, second, picture, notes" in capsys.readouterr().err


def test_classification(folder: Folder) -> None:
    folder.save("x.png", np.zeros((512, 256, 3)))
    folder.table("id,image,label,group", "a,x.png,u,1", "b,x.png,v,2", "c,x.png,u,3", "d,x.png,u,4")
    assert shown(check(folder.root, 256)) == {
        "title": "set: classification",
        "images": "4",
        "size of the files": "512 x 256 (height x width)",
        "channels": "colour",
        "bits per channel": "8",
        "groups": "4, images in each: 1",
        "lengths in": "px: pixels of the image files, for no physical spacing is stated",
        "class 0 u": "3 (75.00%) images",
        "class 1 v": "1 (25.00%) images",
        "training would see": "256 x 256 (height x width); data.fit=stretch",
        "warning": "changes the aspect ratio of 4 of 4 images, by 100%; data.fit=pad or data.fit=crop keeps it",
        "its pixel height": "2 px of the files",
        "its pixel width": "1 px of the files",
    }


def test_files_of_any_size_and_depth(folder: Folder) -> None:
    """Sizes, channels and bits are those of the files, whatever a training would make of them."""
    shapes = [(20, 30), (20, 30), (10, 10), (40, 20), (30, 30)]
    for i, shape in enumerate(shapes):
        folder.save(f"{i}.png", np.zeros(shape if i else (*shape, 3)), np.uint16 if i == 3 else np.uint8)
    folder.table("id,image,label,group", *(f"{i},{i}.png,{i % 2}," for i in range(5)))
    facts = shown(check(folder.root, 20))
    assert facts["size of the files"] == (
        "4 sizes, height 10 to 40 px, median 20; width 10 to 30 px, median 30; most often 20 x 30 (2)"
    )
    assert facts["channels"] == "grey: 4, colour: 1; all become colour"
    assert facts["bits per channel"] == "8: 4, 16: 1"
    assert facts["more than 8 bits"].startswith("1 of 5 images")
    assert facts["warning"] == (
        "enlarges 1 of 5 images, 2 times; data.size=10 would not changes the aspect ratio of 3 of 5 images, by 50 to 100%, "
        "median 50; data.fit=pad or data.fit=crop keeps it"
    )
    cropped, padded = (shown(check(folder.root, 10, fit=fit)) for fit in ("crop", "pad"))
    assert "warning" not in cropped
    assert cropped["cut to"].endswith("of their area 50 to 100%, median 66.67")
    assert "warning" not in padded
    assert padded["padding"] == "0 to 50%, median 30 of an image"
    folder.table("id,image,label,group", *(f"{i},{i}.png,{i % 2}," for i in range(3)))
    assert shown(check(folder.root, 10))["size of the files"] == "20 x 30: 2, 10 x 10: 1 (height x width)"


def test_pixels_are_counted_in_the_files(folder: Folder) -> None:
    """Whatever the size of a training, which may lose a small structure."""
    mask = np.zeros((64, 64))
    mask[10, 10:14] = 1
    folder.segmentation([mask], shape=(64, 64))
    for size in (4, 64, 512):
        assert shown(check(folder.root, size))["class 1 class_1"] == "0.10% of pixels, in 1 (100.00%) images"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["a", "b", "b", ""], "b: 2, a: 1; empty in 1"),
        (["", ""], "empty in all 2"),
        (["0", "1", "1"], "1: 2, 0: 1"),
        ([str(i / 2) for i in range(21)], "numbers 0 to 10, median 5; 21 different"),
        (["a", "b", "c"], "3 different values, each once, such as a"),
        ([f"p{i // 2}" for i in range(40)], "20 different values, most often p0: 2, p1: 2, p2: 2, p3: 2, p4: 2"),
        (["1", "2", "nan"], "3 different values, each once, such as 1"),
        (["3"], "3: 1"),
    ],
)
def test_columns(cells: list[str], expected: str) -> None:
    assert column_facts(cells) == expected


def test_the_command(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.segmentation([255, [[0, 0, 255, 255]], 255])
    folder.table(
        "id,image,mask,group,site", *(f"{i},{i}.png,{i}_mask.png,,{s}" for i, s in zip("abc", ["1_2", "12", "x"]))
    )
    assert main(["data", "check", str(folder.root)]) == 2
    assert "a_mask.png: it holds nothing but 255 (as does 1 more)" in (error := capsys.readouterr().err)
    assert "say --mask-255=foreground" in error
    assert (
        main(["data", "check", str(folder.root), "--mask-255=ignored_if_alone", "--fit", "pad", "--size", "8,4"]) == 0
    )
    out = capsys.readouterr().out
    assert "66.67% of pixels" in out  # ignored
    assert "8 x 4 (height x width); data.fit=pad" in out
    assert main(["data", "check", str(folder.root), "--where", "{site:12}"]) == 0
    assert "128 x 128 (height x width)" in (out := capsys.readouterr().out)  # as conf/data/folder.yaml says
    assert "12: 1" in out
    assert main(["data", "check", str(folder.root), "--where", "site", "--mask-255=ignored"]) == 2
    assert "write it as {COLUMN:VALUE}" in capsys.readouterr().err
    assert main(["data", "check", str(folder.root), "--size", "big"]) == 2
    assert "--size big: it must be a positive number of pixels or [height,width]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{site:1_2}", {"site": ["1_2"]}),
        ("site:true", {"site": ["true"]}),
        ("{site:[1.50,2026_11_29],kind:null}", {"site": ["1.50", "2026_11_29"], "kind": ["null"]}),
        ("{mask second:*}", {"mask second": ["*"]}),
        ("{'a, b': \"c: d\", e : 'f, g' }", {"a, b": ["c: d"], "e": ["f, g"]}),
        ("{e: ['f, g', h i]}", {"e": ["f, g", "h i"]}),
        ("{time:12:30}", {"time": ["12:30"]}),
    ],
)
def test_where_is_text(text: str, expected: dict[str, list[str]]) -> None:
    assert read_where(text) == expected


@pytest.mark.parametrize("text", ["", "{}", "site", "{site}", "{site:}", "{site:a,b}", "{:a}", "{site:[a}"])
def test_where_written_wrongly(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^--where .*write it as \{COLUMN:VALUE\}"):
        read_where(text)


def test_errors_come_through(folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        check(tmp_path / "nowhere", 4)
    folder.segmentation([0, 0], shape=(64, 64))
    path = folder.save("b.png", np.random.default_rng(0).integers(0, 256, (64, 64)))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(DataError, match=r"b\.png: it cannot be decoded"):
        check(folder.root, 4)
    folder.save("x.png", np.zeros((4, 4)))
    folder.table("id,image,label,group,split", "a,x.png,u,g,train", "b,x.png,v,g,test")
    with pytest.raises(DataError, match="group 'g' lies in the splits 'train' and 'test'"):
        check(folder.root, 4)


# What the sets' own README says of them: images, size, and some rows of the table.
README = {
    "chest_xray": ("704", "256 x 256", {"column site": "shenzhen: 566, montgomery: 138"}),
    "carotid_lumen": ("543", "256 x 256", {"groups": "15, images in each: 2 to 90, median 39"}),
    "nuclei": ("664", "128 x 128", {"column kind": "fluo: 541, stain: 107, bright: 16"}),
    "cardiac": ("944", "192 x 192", {"column scribble": "masks of 944 (100.00%) images"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", README)
def test_real_sets(data_root: Path, name: str) -> None:
    images, size, rows = README[name]
    facts = shown(check(data_root / name, 64))
    assert facts["images"] == images
    assert facts["size of the files"] == f"{size} (height x width)"
    assert {row: facts[row] for row in rows} == rows


@pytest.mark.slow
def test_real_scribbles(data_root: Path) -> None:
    facts = shown(check(data_root / "cardiac", 64, mask="scribble"))
    assert facts["class 3 class_3"].endswith("in 927 (98.20%) images")
    assert facts["ignored"].endswith("944 (100.00%) images")


@pytest.mark.slow
def test_small_crops_are_not_decoded_up(folder: Folder) -> None:
    """At the size of a training they would take gigabytes; what is kept of each is a few counts."""
    folder.save("x.png", np.zeros((27, 27, 3)))
    folder.table("id,image,label,group", *(f"{i},x.png,{i % 2}," for i in range(300)))
    tracemalloc.start()
    try:
        facts = shown(check(folder.root, 2048))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert facts["warning"] == "enlarges 300 of 300 images, 75.9 times; data.size=27 would not"
    assert peak < 10e6
