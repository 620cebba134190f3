"""``alseg data index`` on folders that a test lays out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from alseg.cli import main
from alseg.data.folder import load_folder
from alseg.data.formats.brush import brush_of
from alseg.data.index.index import ids_of
from tests.helpers.medical_files import nifti

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.indexed import Indexed


# --- folders without a description


def test_images_alone(indexed: Indexed) -> None:
    indexed.images("b.png", "a.PNG", ".hidden.png")
    (indexed.root / "notes.txt").write_text("mine")
    rows = indexed.run()
    assert rows == [{"id": "a", "image": "a.PNG", "group": ""}, {"id": "b", "image": "b.png", "group": ""}]
    assert indexed.left() == ["notes.txt: it is no image"]
    assert "No groups are known" in indexed.out
    assert "2 images (images), none of which has a mask or label" in indexed.out
    assert "data.task=segmentation 'data.classes=[background,lesion]' oracle=folder" in indexed.out
    dataset = load_folder(indexed.root, 4, task="classification", classes=["a", "b"])
    assert dataset.has_target == (False, False)


def test_groups_by_the_names(indexed: Indexed) -> None:
    indexed.images("p1_a.png", "p1_b.png", "p2_a.png")
    assert [row["group"] for row in indexed.run("--group", "^(p[0-9]+)_")] == ["p1", "p1", "p2"]
    assert "No groups" not in indexed.out


@pytest.mark.parametrize(
    ("regex", "expected"),
    [
        ("^(x", "it is no regular expression"),
        ("^p", "it has 0 groups in brackets; one says the patient"),
        ("^(q)", "it finds nothing in 'p1', the name of p1.png"),
    ],
)
def test_groups_that_cannot_be_found(indexed: Indexed, regex: str, expected: str) -> None:
    indexed.images("p1.png")
    indexed.run("--group", regex, code=2)
    assert expected in indexed.err


def test_images_with_masks_for_some(indexed: Indexed) -> None:
    indexed.images("images/a.png", "images/b.png", "images/c.png", "images/d.png")
    indexed.images("masks/a.png", "masks/b_mask.png", "masks/e.png", "masks/d.png", "masks/d_seg.png")
    rows = indexed.run()
    assert [(row["id"], row["mask"]) for row in rows] == [
        ("a", "masks/a.png"),
        ("b", "masks/b_mask.png"),
        ("c", ""),
        ("d", ""),
    ]
    assert indexed.left() == [
        "images/d.png: masks/d.png and masks/d_seg.png may both be its mask, so it has none yet",
        "masks/e.png: it is the mask of no image; names must match, but for _mask and _seg",
    ]
    assert load_folder(indexed.root, 4).has_target == (True, True, False, False)


def test_two_folders_of_masks(indexed: Indexed) -> None:
    indexed.images("images/a.png", "masks/a.png", "labels/a.png")
    indexed.run(code=2)
    assert "masks and labels may all hold masks" in indexed.err


def test_folders_are_asked_for(indexed: Indexed) -> None:
    indexed.images("cat/1.png", "dog/1.png", "0.png")
    indexed.run(code=2)
    assert "there are images in 2 folders, such as cat, dog; say by --folders class" in indexed.err
    rows = indexed.run("--folders", "class")
    assert [(row["id"], row["label"]) for row in rows] == [("0", ""), ("cat_1", "cat"), ("dog_1", "dog")]
    assert "data.classes=[cat,dog]" in indexed.out
    assert load_folder(indexed.root, 4).targets.tolist() == [-1, 0, 1]


def test_folders_of_patients(indexed: Indexed) -> None:
    indexed.images("images/p1/a.png", "images/p2/a.png")
    rows = indexed.run("--folders", "group")
    assert [(row["id"], row["group"]) for row in rows] == [("images_p1_a", "p1"), ("images_p2_a", "p2")]


def test_classes_in_splits(indexed: Indexed) -> None:
    indexed.images("train/cat/1.png", "train/dog/2.png", "test/cat/3.png", "val/dog/4.png")
    rows = indexed.run("--folders", "class")
    assert [(row["label"], row["split"]) for row in rows] == [
        ("cat", "test"),
        ("cat", "train"),
        ("dog", "train"),
        ("dog", "val"),
    ]
    assert load_folder(indexed.root, 4).split == ("test", "train", "train", "val")


def test_what_is_tested_on_needs_a_mask(indexed: Indexed) -> None:
    indexed.images("train/images/a.png", "test/images/b.png", "test/images/c.png", "test/masks/c.png")
    assert [row["id"] for row in indexed.run()] == ["c", "a"]
    assert indexed.left() == ["test/images/b.png: it is of the split test and has no mask or label to compare with"]


def test_nothing_is_written_over(indexed: Indexed) -> None:
    indexed.images("a.png")
    (indexed.root / "class_ids").mkdir()
    assert main(["data", "index", str(indexed.root)]) == 2
    assert "class_ids: it is there already, and is never written over" in indexed.capfd.readouterr().err
    (indexed.root / "class_ids").rmdir()
    (indexed.root / "manifest.csv").write_text("mine")
    assert main(["data", "index", str(indexed.root)]) == 2
    assert (indexed.root / "manifest.csv").read_text() == "mine"


def test_no_image(indexed: Indexed, tmp_path: Path) -> None:
    (indexed.root / "notes.txt").write_text("mine")
    indexed.run(code=2)
    assert "there is no image in it" in indexed.err
    assert main(["data", "index", str(tmp_path / "nowhere")]) == 2
    assert "no such folder" in indexed.capfd.readouterr().err


def test_the_error_for_a_folder_without_a_manifest_points_here(indexed: Indexed) -> None:
    indexed.images("a.png")
    assert main(["data", "check", str(indexed.root)]) == 2
    assert f"alseg data index {indexed.root} writes one" in indexed.capfd.readouterr().err


def test_links_that_lead_out(indexed: Indexed, tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    indexed.images("a.png")
    Image.fromarray(np.zeros((2, 2), np.uint8)).save(store / "b.png")
    (indexed.root / "b.png").symlink_to(store / "b.png")
    (indexed.root / "more").symlink_to(store)
    assert [row["id"] for row in indexed.run()] == ["a"]
    assert "leads out of" in indexed.left()[0]
    (indexed.root / "manifest.csv").unlink()
    rows = indexed.run("--follow-links", "--folders", "nothing")
    assert [row["id"] for row in rows] == ["a", "b", "more_b"]
    assert "data.follow_links=true" in indexed.out
    options = {"task": "segmentation", "classes": ["a", "b"], "follow_links": True}
    assert len(load_folder(indexed.root, 4, **options)) == 3  # type: ignore[arg-type]


def test_ids() -> None:
    assert ids_of(["x/a.png", "y/b.png"]) == ["a", "b"]
    assert ids_of(["x/a.png", "y/A.png"]) == ["x_a", "y_A"]
    assert ids_of(["x/a.png", "x/a.jpg"]) == ["x_a.png", "x_a.jpg"]


# --- nnU-Net


def test_nnunet(indexed: Indexed) -> None:
    indexed.images("imagesTr/c1_0000.png", "imagesTr/c1_0001.png", "imagesTr/c2_0000.png", "imagesTr/c2_0001.png")
    indexed.images("labelsTr/c1.png", "labelsTr/c9.png", "imagesTs/c3_0000.png", "imagesTs/c3_0001.png")
    indexed.json("dataset.json", {"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "tumour": 1}})
    rows = indexed.run()
    assert [(row["image"], row["mask"]) for row in rows] == [
        ("imagesTr/c1_0000.png", "labelsTr/c1.png"),
        ("imagesTr/c2_0000.png", ""),
        ("imagesTs/c3_0000.png", ""),
    ]
    assert "split" not in rows[0]
    assert indexed.left() == [
        "labelsTr/c9.png: it is the mask of no image in imagesTr",
        "3 files of other channels than 0: an image has one; --channel N takes another",
    ]
    assert "data.classes=[background,tumour]" in indexed.out
    (indexed.root / "manifest.csv").unlink()
    assert indexed.run("--channel", "1")[0]["image"] == "imagesTr/c1_0001.png"
    (indexed.root / "manifest.csv").unlink()
    indexed.run("--channel", "2", code=2)
    assert "--channel 2: c1 of imagesTr has 0, 1" in indexed.err


def test_numbers_that_are_no_channels(indexed: Indexed) -> None:
    indexed.images(
        "imagesTr/scan_1999.png", "labelsTr/scan_1999.png", "imagesTs/scan_2001.png", "imagesTs/scan_2002.png"
    )
    indexed.json("dataset.json", {"labels": {"background": 0, "tumour": 1}})
    assert [(row["id"], bool(row["mask"])) for row in indexed.run()] == [
        ("scan_1999", True),
        ("scan_2001", False),
        ("scan_2002", False),
    ]


def test_volumes_of_the_decathlon_with_a_test_set(indexed: Indexed) -> None:
    for part in ("Tr", "Ts"):
        for kind in ("images", "labels"):
            (indexed.root / f"{kind}{part}").mkdir()
            nifti(indexed.root / f"{kind}{part}" / f"case_{part}.nii.gz", np.zeros((4, 4, 2)), np.eye(4))
    indexed.json("dataset.json", {"modality": {"0": "MRI"}, "labels": {"0": "background", "1": "spleen"}})
    rows = indexed.run()
    assert [(row["id"], row["mask"], row["split"]) for row in rows] == [
        ("case_Tr", "labelsTr/case_Tr.nii.gz", "train"),
        ("case_Ts", "labelsTs/case_Ts.nii.gz", "test"),
    ]
    assert "They are volumes or DICOM files: alseg data convert" in indexed.out
    to = indexed.root.parent / "slices"
    assert main(["data", "convert", str(indexed.root), "--to", str(to)]) == 0
    assert len((to / "manifest.csv").read_text().splitlines()) == 5


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"background": 0, "whole": [1, 2]}, "its labels are not names with one id each"),
        ({"background": 0, "tumour": 3}, "its labels have the ids 0, 3"),
        (None, "its labels are not names"),
    ],
)
def test_a_description_of_nnunet_that_is_not_understood(indexed: Indexed, labels: Any, expected: str) -> None:
    indexed.images("imagesTr/a_0000.png")
    indexed.json("dataset.json", {"labels": labels})
    indexed.run(code=2)
    assert expected in indexed.err


# --- several layouts


def test_two_descriptions(indexed: Indexed) -> None:
    indexed.images("a.png")
    indexed.json("coco.json", {"images": [], "annotations": [], "categories": []})
    indexed.json("studio.json", [{"id": 1, "data": {"image": "a.png"}, "annotations": []}])
    indexed.run(code=2)
    assert "it is laid out as coco and as label_studio; say which counts by --layout" in indexed.err
    indexed.run("--layout", "cvat", code=2)
    assert "nothing in" in indexed.err
    assert [row["id"] for row in indexed.run("--layout", "label_studio")] == ["a"]
    assert "coco.json: it is no image" in indexed.left()


def test_masks_of_label_studio(indexed: Indexed) -> None:
    """A brush stroke of three pixels, and above it a polygon of the two pixels at the top left, by hand."""
    indexed.images("a.png", "b.png", "c.png", "d.png")
    stroke = np.zeros((4, 6), dtype=bool)
    stroke[0, 1:4] = True
    about = {"original_width": 6, "original_height": 4, "image_rotation": 0}
    brush = {
        **about,
        "type": "brushlabels",
        "value": {"rle": brush_of(stroke), "format": "rle", "brushlabels": ["wall"]},
    }
    points = [[0, 0], [100 / 3, 0], [100 / 3, 25], [0, 25]]
    polygon = {**about, "type": "polygonlabels", "value": {"points": points, "polygonlabels": ["lumen"]}}
    box = {**about, "type": "rectanglelabels", "value": {"rectanglelabels": ["wall"]}}
    tasks = [
        {
            "id": 1,
            "data": {"image": "/data/upload/3/0a1b2c3d-a.png"},
            "annotations": [
                {"result": [], "was_cancelled": False, "updated_at": "2026-01-01"},
                {"result": [brush, polygon, box], "was_cancelled": False, "updated_at": "2026-01-02"},
            ],
        },
        {
            "id": 2,
            "data": {"image": "/data/local-files/?d=b.png"},
            "annotations": [{"result": [], "was_cancelled": True}],
        },
        {"id": 3, "data": {"image": "http://here:8080/c.png"}, "annotations": [{"result": []}]},
        {"id": 4, "data": {"image": "gone.png"}, "annotations": []},
    ]
    indexed.json("export.json", tasks)
    rows = indexed.run()
    assert [(row["id"], row["mask"]) for row in rows] == [("a", "class_ids/a.png"), ("b", ""), ("c", "class_ids/c.png")]
    assert indexed.mask("a") == [[1, 1, 2, 2, 0, 0], [0] * 6, [0] * 6, [0] * 6]
    assert indexed.mask("c") == [[0] * 6] * 4
    assert "data.classes=[background,lumen,wall]" in indexed.out
    assert "1 tasks were skipped by their annotators" in indexed.out
    assert "1 tasks have several annotations: the one that was changed last counts" in indexed.out
    assert "shapes of different classes overlap in 1 pixels" in indexed.out.replace("Shapes", "shapes")
    assert indexed.left() == [
        "export.json: task 1: regions of the kind rectanglelabels are neither masks nor classes",
        "export.json: task 4: gone.png: there is no such image",
        "d.png: it belongs to no image",
    ]


def test_choices_of_label_studio(indexed: Indexed) -> None:
    indexed.images("a.png", "b.png", "c.png")

    def task(number: int, *choices: str) -> dict[str, Any]:
        result = [{"type": "choices", "value": {"choices": list(choices)}}] if choices else []
        return {
            "id": number,
            "data": {"picture": f"{'abc'[number]}.png", "note": "old"},
            "annotations": [{"result": result}],
        }

    indexed.json("export.json", [task(0, "benign"), task(1, "benign", "malignant"), task(2, "malignant")])
    rows = indexed.run()
    assert [row["label"] for row in rows] == ["benign", "", "malignant"]
    assert indexed.left() == ["export.json: task 1: b.png has 2 choices; one is its class, so it has none yet"]


@pytest.mark.parametrize("size", [(4, 5), (6, 4)])
def test_a_drawing_of_another_size(indexed: Indexed, size: tuple[int, int]) -> None:
    indexed.images("a.png")
    value = {"points": [[0, 0], [9, 0], [9, 9]], "polygonlabels": ["x"]}
    part = {"original_height": size[0], "original_width": size[1], "type": "polygonlabels", "value": value}
    indexed.json("export.json", [{"id": 1, "data": {"image": "a.png"}, "annotations": [{"result": [part]}]}])
    assert indexed.run()[0]["mask"] == ""
    assert "a.png was drawn at" in indexed.left()[0]


def test_a_damaged_brush(indexed: Indexed) -> None:
    indexed.images("a.png")
    part = {
        "original_height": 4,
        "original_width": 6,
        "type": "brushlabels",
        "value": {"rle": [1, 2], "brushlabels": ["x"]},
    }
    indexed.json("export.json", [{"id": 1, "data": {"image": "a.png"}, "annotations": [{"result": [part]}]}])
    indexed.run(code=2)
    assert "its annotation is damaged" in indexed.err


def test_other_regions_alone_are_no_background(indexed: Indexed) -> None:
    """An image on which somebody drew a rectangle shows something; which pixels, nobody said."""
    indexed.images("a.png", "b.png")
    about = {"original_width": 6, "original_height": 4}
    box = {"type": "rectanglelabels", **about, "value": {"x": 0, "y": 0, "width": 50, "rectanglelabels": ["x"]}}
    points = [[0, 0], [50, 0], [50, 50]]
    drawn = {"type": "polygonlabels", **about, "value": {"points": points, "polygonlabels": ["x"]}}
    tasks = [
        {"id": i, "data": {"image": f"{name}.png"}, "annotations": [{"result": [part]}]}
        for i, (name, part) in enumerate((("a", box), ("b", drawn)))
    ]
    indexed.json("export.json", tasks)
    assert [row["mask"] for row in indexed.run()] == ["", "class_ids/b.png"]


def test_uploads_of_one_name(indexed: Indexed) -> None:
    """Two files of one name were uploaded, and one is here: nothing tells which."""
    indexed.images("a.png", "b.png")
    tasks = [
        {"id": i, "data": {"image": f"/data/upload/1/{start}-a.png"}, "annotations": [{"result": [choice]}]}
        for i, (start, choice) in enumerate(
            (start, {"type": "choices", "value": {"choices": [name]}})
            for start, name in (("01234567", "x"), ("89abcdef", "y"))
        )
    ]
    tasks.append({"id": 3, "data": {"image": "b.png"}, "annotations": []})
    indexed.json("export.json", tasks)
    assert [(row["id"], row["label"]) for row in indexed.run()] == [("b", "")]
    assert sum("a.png has this name, but others are meant by it too" in line for line in indexed.left()) == 2


@pytest.mark.parametrize("images", [("a.jpg", "a.png"), ("a.png", "a_seg.png")])
def test_a_mask_that_fits_two_images(indexed: Indexed, images: tuple[str, str]) -> None:
    mask = f"masks/{images[1]}"
    indexed.images(*(f"images/{name}" for name in images), mask)
    assert [row["mask"] for row in indexed.run()] == ["", ""]
    said = f"{mask}: it may be the mask of images/{images[0]} and of images/{images[1]}, so it is of none yet"
    assert said in indexed.left()


def test_a_region_with_two_labels(indexed: Indexed) -> None:
    """Nothing tells which of them it is; the first would be a guess."""
    indexed.images("a.png", "b.png")
    about = {"type": "polygonlabels", "original_width": 6, "original_height": 4}
    tasks = [
        {
            "id": i,
            "data": {"image": f"{name}.png"},
            "annotations": [
                {"result": [{**about, "value": {"points": [[0, 0], [50, 0], [50, 50]], "polygonlabels": labels}}]}
            ],
        }
        for i, (name, labels) in enumerate((("a", ["x", "y"]), ("b", ["x"])))
    ]
    indexed.json("export.json", tasks)
    assert [row["mask"] for row in indexed.run()] == ["", "class_ids/b.png"]
    assert "export.json: task 0: a.png has a region with 2 labels; give it one" in indexed.left()


def test_a_name_with_a_percent_sign(indexed: Indexed) -> None:
    """It is itself before it is an address."""
    indexed.images("a b.png", "a%20b.png")
    choice = {"type": "choices", "value": {"choices": ["x"]}}
    tasks = [{"id": 1, "data": {"image": "a%20b.png"}, "annotations": [{"result": [choice]}]}]
    indexed.json("export.json", tasks)
    assert [(row["image"], row["label"]) for row in indexed.run()] == [("a%20b.png", "x")]


def test_names_that_no_table_holds(indexed: Indexed) -> None:
    """The manifest would name another file, or none."""
    indexed.images("a.png", " c.png", "n\nl.png", "two  blanks.png")
    assert [row["image"] for row in indexed.run()] == ["a.png", "two  blanks.png"]
    assert sum("do not stay in a table; rename it" in line for line in indexed.left()) == 2
