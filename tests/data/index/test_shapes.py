"""Masks that COCO and CVAT describe, compared with those drawn by hand on images of 4 x 6 pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from alseg.data.folder import load_folder
from alseg.data.index.coco import counts_of_text, mask_of_counts

if TYPE_CHECKING:
    from tests.helpers.indexed import Indexed

SQUARE = [[1, 0, 3, 0, 3, 2, 1, 2]]
"""A polygon of columns 1 and 2 in rows 0 and 1."""
DRAWN = [[0, 1, 1, 0, 0, 0], [0, 1, 1, 0, 0, 0], [0] * 6, [0] * 6]


def coco(*annotations: dict[str, Any], **changes: Any) -> dict[str, Any]:
    images = [{"id": 7 + i, "file_name": name, "height": 4, "width": 6} for i, name in enumerate(("a.png", "b.png"))]
    return {
        "images": images,
        "categories": [{"id": 3, "name": "wall"}, {"id": 12, "name": "lumen"}],
        "annotations": [{"id": i, "image_id": 7, "category_id": 3, **one} for i, one in enumerate(annotations)],
        **changes,
    }


def test_polygons_of_coco(indexed: Indexed) -> None:
    """Category 12 is class 2 and lies on the first; an image without annotation waits for one."""
    indexed.images("images/a.png", "images/b.png")
    lumen = {"segmentation": [[2, 1, 6, 1, 6, 2, 2, 2], [0, 3, 1, 3, 1, 4, 0, 4]], "category_id": 12}
    indexed.json("annotations/instances.json", coco({"segmentation": SQUARE}, lumen, {"bbox": [0, 0, 1, 1]}))
    rows = indexed.run()
    assert [(row["id"], row["mask"]) for row in rows] == [("a", "class_ids/a.png"), ("b", "")]
    assert indexed.mask("a") == [[0, 1, 1, 0, 0, 0], [0, 1, 2, 2, 2, 2], [0] * 6, [2, 0, 0, 0, 0, 0]]
    assert "Shapes of different classes overlap in 1 pixels: the later shape is on top." in indexed.out
    assert "1 masks drawn from shapes" in indexed.out
    assert "data.classes=[background,wall,lumen]" in indexed.out
    assert indexed.left() == [
        "annotations/instances.json: 1 annotations have no outline (boxes or points alone), which make no mask"
    ]
    dataset = load_folder(indexed.root, [4, 6], classes=["background", "wall", "lumen"])
    assert dataset.has_target == (True, False)


def test_images_without_annotation_may_be_background(indexed: Indexed) -> None:
    indexed.images("a.png", "b.png")
    indexed.json("coco.json", coco({"segmentation": SQUARE}))
    rows = indexed.run("--empty", "background")
    assert [row["mask"] for row in rows] == ["class_ids/a.png", "class_ids/b.png"]
    assert indexed.mask("b") == [[0] * 6] * 4


def test_run_lengths_of_coco(indexed: Indexed) -> None:
    """Down the columns: 4 of background, 2, 2 of background, 2, and the rest."""
    indexed.images("a.png", "b.png")
    indexed.json("coco.json", coco({"segmentation": {"size": [4, 6], "counts": [4, 2, 2, 2, 14]}}))
    indexed.run()
    assert indexed.mask("a") == DRAWN


def text_of_counts(counts: list[int]) -> str:
    """The other way, number by number, as the format is described."""
    text = ""
    for i, count in enumerate(counts):
        value = count - counts[i - 2] if i > 2 else count
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = value != (-1 if bits & 16 else 0)
            text += chr(48 + bits + 32 * more)
    return text


def test_compressed_run_lengths(indexed: Indexed) -> None:
    """Three numbers as they are; the fourth as 14 less 2, whose five bits are those of ``<``: 48 + 12."""
    assert counts_of_text("422<") == [4, 2, 2, 14]
    rng = np.random.default_rng(0)
    for _ in range(200):
        counts = rng.integers(0, 10 ** int(rng.integers(1, 6)), rng.integers(1, 12)).tolist()
        assert counts_of_text(text_of_counts(counts)) == counts
    indexed.images("a.png", "b.png")
    indexed.json("coco.json", coco({"segmentation": {"size": [4, 6], "counts": text_of_counts([4, 2, 2, 2, 14])}}))
    indexed.run()
    assert indexed.mask("a") == DRAWN


@pytest.mark.parametrize("text", ["4\x00", "o", "P"])
def test_damaged_run_lengths(text: str) -> None:
    with pytest.raises(ValueError, match=r"no sign of|cut short"):
        counts_of_text(text)


def test_run_lengths_of_another_size() -> None:
    with pytest.raises(ValueError, match="of 5 pixels where the image has 24"):
        mask_of_counts([2, 3], (4, 6))


def test_coco_of_splits(indexed: Indexed) -> None:
    indexed.images("a.png", "b.png", "c.png")
    first = coco({"segmentation": SQUARE})
    other = coco({"segmentation": SQUARE})
    other["images"] = [{"id": 7, "file_name": "c.png", "height": 4, "width": 6}]
    indexed.json("instances_train2017.json", first)
    indexed.json("instances_val2017.json", other)
    assert [(row["id"], row["split"]) for row in indexed.run()] == [("a", "train"), ("b", "train"), ("c", "val")]


def test_what_alseg_hands_on_comes_back(indexed: Indexed) -> None:
    """255 is the category of pixels that nobody looked at, and a background with a category of its own is class 0."""
    indexed.images("a.png", "b.png")
    unknown = {"segmentation": [[0, 0, 1, 0, 1, 4, 0, 4]], "category_id": 255}
    none = {"segmentation": [[2, 0, 3, 0, 3, 1, 2, 1]], "category_id": 0}
    kinds = [{"id": 0, "name": "background"}, {"id": 1, "name": "wall"}, {"id": 255, "name": "not annotated"}]
    indexed.json("coco.json", coco({"segmentation": SQUARE, "category_id": 1}, unknown, none, categories=kinds))
    indexed.run()
    assert indexed.mask("a") == [[255, 1, 0, 0, 0, 0], [255, 1, 1, 0, 0, 0], [255, *[0] * 5], [255, *[0] * 5]]
    assert "data.classes=[background,wall]" in indexed.out


def test_coco_that_does_not_fit(indexed: Indexed) -> None:
    indexed.images("a.png", "x/b.png", "y/b.png")
    content = coco({"segmentation": SQUARE}, {"segmentation": SQUARE, "image_id": 99})
    content["images"].append({"id": 20, "file_name": "gone.png", "height": 4, "width": 6})
    content["images"][0]["height"] = 5
    indexed.json("coco.json", content)
    indexed.run(code=2)
    for expected in ("1 annotations name an image or a category", "a.png has 4x6 pixels", "2 images have this name"):
        assert expected in indexed.err


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (coco(images=[{"id": 1}]), "it is no complete COCO file (KeyError"),
        (coco({"segmentation": [[1, 2]]}), "its annotation is damaged (a polygon has three points or more"),
        (coco({"segmentation": {"size": [4, 6], "counts": [1]}}), "its annotation is damaged (run lengths of 1 pixels"),
    ],
)
def test_damaged_coco(indexed: Indexed, content: Any, expected: str) -> None:
    indexed.images("a.png", "b.png")
    indexed.json("coco.json", content)
    indexed.run(code=2)
    assert expected in indexed.err


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version>
<meta><task><labels><label><name>wall</name></label><label><name>lumen</name></label></labels></task></meta>
<image id="0" name="a.png" width="6" height="4">
  <polygon label="lumen" points="1.0,0.0;3.0,0.0;3.0,2.0;1.0,2.0" z_order="1"/>
  <mask label="wall" rle="1, 2, 1, 1" left="2" top="1" width="3" height="2" z_order="0"/>
  <box label="wall" xtl="0" ytl="0" xbr="1" ybr="1"/>
</image>
<image id="1" name="sub/b.png" width="6" height="4"></image>
</annotations>
"""


def test_shapes_of_cvat(indexed: Indexed) -> None:
    """The mask's box starts at column 2 and row 1: 1 pixel of background, 2 set, 1 of background and 1 set, along its rows."""
    indexed.images("a.png", "sub/b.png")
    (indexed.root / "annotations.xml").write_text(CVAT)
    rows = indexed.run()
    assert [(row["id"], row["mask"]) for row in rows] == [("a", "class_ids/a.png"), ("b", "")]
    assert indexed.mask("a") == [[0, 2, 2, 0, 0, 0], [0, 2, 2, 1, 1, 0], [0, 0, 0, 1, 0, 0], [0] * 6]
    assert "data.classes=[background,wall,lumen]" in indexed.out
    assert indexed.left() == ["annotations.xml: shapes of the kind box make no mask"]


def test_tags_of_cvat(indexed: Indexed) -> None:
    indexed.images("a.png", "b.png", "c.png")
    images = [
        '<image name="a.png" width="6" height="4"><tag label="benign"/></image>',
        '<image name="b.png" width="6" height="4"><tag label="benign"/><tag label="malignant"/></image>',
        '<image name="c.png" width="6" height="4"/>',
    ]
    (indexed.root / "annotations.xml").write_text(f"<annotations>{''.join(images)}</annotations>")
    assert [row["label"] for row in indexed.run()] == ["benign", "", ""]
    assert indexed.left() == [
        "annotations.xml: b.png has 2 tags (benign, malignant); one is its class, so it has none yet"
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [("1, 2, 1, 1", "1, 20"), ("1, 2, 1, 1", "x"), ('left="2"', 'left="5"'), ("1.0,0.0;", "1.0;"), ('top="1" ', "")],
)
def test_damaged_cvat(indexed: Indexed, old: str, new: str) -> None:
    indexed.images("a.png", "sub/b.png")
    (indexed.root / "annotations.xml").write_text(CVAT.replace(old, new))
    indexed.run(code=2)
    assert "damaged" in indexed.err


def test_two_images_of_one_id(indexed: Indexed) -> None:
    """Nothing tells whose the annotations are: both would get them."""
    indexed.images("a.png", "b.png")
    images = [{"id": 7, "file_name": name, "height": 4, "width": 6} for name in ("a.png", "b.png")]
    indexed.json("coco.json", coco({"segmentation": SQUARE}, images=images))
    indexed.run(code=2)
    assert "several of its images have the id 7" in indexed.err


@pytest.mark.parametrize("files", [("one.json", "one.json"), ("one.json", "two.json")])
def test_an_image_that_is_not_there_takes_no_others_place(indexed: Indexed, files: tuple[str, str]) -> None:
    """Of two images of one name in different folders only the second is there: it gets its own mask, whoever comes first."""
    indexed.images("case1/i.png", "case1/j.png")
    images = [{"id": 7 + i, "file_name": f"case{2 - i}/i.png", "height": 4, "width": 6} for i in (0, 1)]
    marks = [{"segmentation": SQUARE}, {"segmentation": [[0, 3, 1, 3, 1, 4, 0, 4]], "image_id": 8}]
    if files[0] == files[1]:
        indexed.json(files[0], coco(*marks, images=images))
    else:
        for file, image, mark in zip(files, images, marks):
            indexed.json(file, coco(mark, images=[image]))
    rows = indexed.run()
    assert [(row["image"], row["mask"]) for row in rows] == [("case1/i.png", "class_ids/i.png")]
    assert indexed.mask("i") == [[0] * 6, [0] * 6, [0] * 6, [1, 0, 0, 0, 0, 0]]
    assert any("case1/i.png has this name, but others are meant by it too" in line for line in indexed.left())


def test_an_image_with_boxes_alone_is_not_background(indexed: Indexed) -> None:
    indexed.images("a.png", "b.png")
    indexed.json("coco.json", coco({"segmentation": SQUARE}, {"bbox": [0, 0, 1, 1], "image_id": 8}))
    assert [row["mask"] for row in indexed.run("--empty", "background")] == ["class_ids/a.png", ""]


def test_run_lengths_of_a_turned_mask(indexed: Indexed) -> None:
    """As many pixels, but not of this image."""
    indexed.images("a.png", "b.png")
    indexed.json("coco.json", coco({"segmentation": {"size": [6, 4], "counts": [4, 2, 18]}}))
    indexed.run(code=2)
    assert "run lengths of 6x4 pixels (height x width) where the image has 4x6" in indexed.err


def test_categories_of_one_name(indexed: Indexed) -> None:
    """They are one class; and a background is the background, however it is written."""
    indexed.images("a.png", "b.png")
    names = [{"id": 3, "name": "wall"}, {"id": 5, "name": "Background"}, {"id": 12, "name": "wall"}]
    low = {"segmentation": [[0, 3, 1, 3, 1, 4, 0, 4]], "category_id": 12}
    hole = {"segmentation": [[1, 0, 2, 0, 2, 1, 1, 1]], "category_id": 5}
    indexed.json("coco.json", coco({"segmentation": SQUARE}, low, hole, categories=names))
    indexed.run()
    assert indexed.mask("a") == [[0, 0, 1, 0, 0, 0], [0, 1, 1, 0, 0, 0], [0] * 6, [1, 0, 0, 0, 0, 0]]
    assert "data.classes=[background,wall]" in indexed.out


def test_an_image_of_cvat_with_boxes_alone_is_not_background(indexed: Indexed) -> None:
    indexed.images("a.png", "b.png")
    box = '<box label="x" xtl="0" ytl="0" xbr="4" ybr="4" z_order="0"/>'
    drawn = '<polygon label="x" points="1,0;3,0;3,2;1,2" z_order="0"/>'
    images = "".join(
        f'<image id="{i}" name="{name}.png" width="6" height="4">{shape}</image>'
        for i, (name, shape) in enumerate((("a", box), ("b", drawn)))
    )
    (indexed.root / "annotations.xml").write_text(f"<annotations>{images}</annotations>", encoding="utf-8")
    assert [row["mask"] for row in indexed.run("--empty", "background")] == ["", "class_ids/b.png"]
