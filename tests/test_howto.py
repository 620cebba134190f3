"""The commands of the how-to pages about data, called as they stand, on small folders of the kind that each page is about."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alseg.cli import main
from docs.build_site.cells import words
from tests.helpers.medical_files import nifti

PAGES = Path(__file__).parents[1] / "docs" / "howto"


def follow(page: str) -> None:
    """Call every ``alseg data`` of the blocks of a page, one after the other."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (PAGES / page).read_text(encoding="utf-8"), re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("alseg data ")]
    assert len(lines) > 1
    for line in lines:
        assert main(words(line)[1:]) == 0, line


def rows(folder: str) -> list[dict[str, str]]:
    with Path(folder, "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def save(name: str, pixels: object = np.zeros((8, 8), np.uint8)) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(name)


def volume(name: str, values: object) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    nifti(Path(name), np.asarray(values), np.eye(4))


def test_images_and_masks_in_folders():
    for name in ("p1_a", "p1_b", "p2_a"):
        save(f"scans/images/{name}.png")
        save(f"scans/masks/{name}.png", np.eye(8))
    follow("folders.md")
    assert [(row["id"], row["mask"], row["group"]) for row in rows("scans")] == [
        ("p1_a", "masks/p1_a.png", "p1"),
        ("p1_b", "masks/p1_b.png", "p1"),
        ("p2_a", "masks/p2_a.png", "p2"),
    ]


def test_folders_of_classes_and_of_patients():
    text = (PAGES / "folders.md").read_text(encoding="utf-8")
    classes, patients = (words(line)[1:] for line in re.findall(r"`(alseg data index [^`]*--folders [^`]*)`", text))
    save("tiles/tumour/s12_0431.png")
    save("tiles/stroma/s03_0002.png")
    save("patients/anna/1.png")
    assert main(classes) == main(patients) == 0
    assert {(row["label"], row["group"]) for row in rows("tiles")} == {("tumour", "s12"), ("stroma", "s03")}
    assert [row["group"] for row in rows("patients")] == ["anna"]


def test_coco():
    save("coco/images/p1_7.png", np.zeros((6, 8)))
    drawn = {"id": 1, "image_id": 7, "category_id": 3, "segmentation": [[2, 1, 6, 1, 6, 4, 2, 4]]}
    image = {"id": 7, "file_name": "p1_7.png", "width": 8, "height": 6}
    text = {"categories": [{"id": 3, "name": "cell"}], "images": [image], "annotations": [drawn]}
    Path("coco/annotations.json").write_text(json.dumps(text))
    follow("coco.md")
    (row,) = rows("coco")
    assert (row["mask"], row["group"]) == ("class_ids/p1_7.png", "p1")
    expected = np.zeros((6, 8), int)
    expected[1:4, 2:6] = 1
    assert np.asarray(Image.open("coco/class_ids/p1_7.png")).tolist() == expected.tolist()


def test_nnunet():
    root = "Dataset004_Hippocampus"
    for name in ("h_001", "h_002"):
        volume(f"{root}/imagesTr/{name}_0000.nii.gz", np.arange(80, dtype=np.int16).reshape(4, 5, 4))
        volume(f"{root}/labelsTr/{name}.nii.gz", np.arange(80, dtype=np.uint8).reshape(4, 5, 4) % 2)
    settings = {"channel_names": {"0": "MR"}, "labels": {"background": 0, "hippocampus": 1}, "file_ending": ".nii.gz"}
    Path(root, "dataset.json").write_text(json.dumps(settings))
    follow("nnunet.md")
    assert len(rows("hippocampus")) == 8
    assert len({row["group"] for row in rows("hippocampus")}) == 2


@pytest.mark.parametrize("masks", [True, False])
def test_volumes(masks):
    volume("volumes/images/v1.nii.gz", np.linspace(-300, 300, 48).reshape(4, 4, 3))
    if masks:
        volume("volumes/masks/v1.nii.gz", np.eye(4, dtype=np.uint8)[..., None].repeat(3, axis=2))
    follow("dicom.md")
    assert [bool(row.get("mask")) for row in rows("slices")] == [masks] * 3
    pixels = np.stack([np.asarray(Image.open(Path("slices", row["image"]))) for row in rows("slices")])
    assert (pixels.min(), pixels.max()) == (0, 255)  # of a window that is narrower than the values
