"""BUSI, Kvasir-SEG, ISIC 2018 and the common carotid artery: pictures with masks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from alseg.data.public.home import data_home
from alseg.data.public.sets import carotid_artery
from alseg.data.public.sets.carotid_artery import subjects
from alseg.errors import DataError
from tests.helpers.public.lesions import busi, half


@pytest.mark.slow
def test_busi(publisher, picture, zipped):
    """Several masks for one image, of one bit, in colour, or empty; "benign (1)" is not the start of "benign (10)"."""
    publisher.put("busi", "Dataset_BUSI.zip", zipped(busi(picture)))
    assert publisher.get("busi", "--accept-differences") == 0
    dataset = publisher.load("busi", 16)
    assert dataset.classes == ("background", "lesion")
    assert dataset.ids == ("normal (1)", "benign (1)", "benign (10)", "malignant (1)")
    assert dataset.targets.mean(axis=(1, 2)).tolist() == [0, 0.5, 0.5, 0.5]
    assert dataset.targets[1, :, 0].tolist() == [1] * 4 + [0] * 4 + [1] * 4 + [0] * 4
    assert dataset.metadata["finding"].tolist() == ["normal", "benign", "benign", "malignant"]
    assert dataset.groups == ("normal (1)", "benign (1)", "benign (1)", "malignant (1)")
    assert dataset.metadata["near_duplicates"].tolist() == ["", "benign (1)", "benign (1)", ""]
    publisher.short_run("busi")


@pytest.mark.slow
def test_busi_as_classes(publisher, picture, zipped, capfd):
    publisher.put("busi_classes", "Dataset_BUSI.zip", zipped(busi(picture)))
    assert publisher.get("busi_classes", "--accept-differences") == 0
    assert "1 images of malignant where the publisher states 210" in capfd.readouterr().err
    dataset = publisher.load("busi_classes", 16)
    assert dataset.targets.tolist() == [0, 1, 1, 2]
    assert dataset.groups[1] == dataset.groups[2]
    publisher.short_run("busi_classes")


@pytest.mark.slow
def test_kvasir_seg_masks_went_through_jpeg(publisher, picture, zipped):
    rng = np.random.default_rng(0)
    files = {"Kvasir-SEG/kavsir_bboxes.json": b"{}"}
    for name in ("cju0qkwl35piu0993l0dewei2", "cju0qoxqj9q6s0835b43399p4"):
        files[f"Kvasir-SEG/images/{name}.jpg"] = picture(rng.integers(0, 256, (16, 16, 3)), "JPEG")
        files[f"Kvasir-SEG/masks/{name}.jpg"] = picture(np.stack([half()] * 3, -1), "JPEG", quality=60)
    publisher.put("kvasir_seg", "kvasir-seg.zip", zipped(files))
    assert publisher.get("kvasir_seg", "--accept-differences") == 0
    dataset = publisher.load("kvasir_seg", 16)
    assert (dataset.targets == (half() > 0)).all()
    assert (data_home() / "kvasir_seg/images/cju0qkwl35piu0993l0dewei2.jpg").exists()
    publisher.short_run("kvasir_seg")


@pytest.mark.slow
def test_isic2018(publisher, picture, zipped):
    for i, part in enumerate(("Training", "Validation", "Test")):
        top = f"ISIC2018_Task1-2_{part}_Input"
        files = {f"{top}/ISIC_000000{i}.jpg": picture(np.full((16, 16, 3), 40), "JPEG"), f"{top}/ATTRIBUTION.txt": b"."}
        publisher.put("isic2018", f"{top}.zip", zipped(files | {f"{top}/LICENSE.txt": b"."}))
        top = f"ISIC2018_Task1_{part}_GroundTruth"
        publisher.put("isic2018", f"{top}.zip", zipped({f"{top}/ISIC_000000{i}_segmentation.png": picture(half())}))
    assert publisher.get("isic2018", "--accept-differences") == 0
    assert len(publisher.asked) == 6
    dataset = publisher.load("isic2018", 16)
    assert dataset.split == ("train", "val", "test")
    assert dataset.ids == ("ISIC_0000000", "ISIC_0000001", "ISIC_0000002")
    assert (dataset.targets == (half() > 0)).all()
    publisher.short_run("isic2018")


def test_masks_of_unequal_size(publisher, picture, zipped, capfd):
    files = busi(picture)
    files["Dataset_BUSI_with_GT/benign/benign (1)_mask_1.png"] = picture(half(8))
    publisher.put("busi", "Dataset_BUSI.zip", zipped(files))
    assert publisher.get("busi", "--accept-differences") == 2
    error = capfd.readouterr().err
    assert (
        "benign (1)_mask_1.png: it has 8x8 pixels (height x width) and benign (1)_mask.png 16x16; masks of one" in error
    )
    assert error.count("\n") == 1


RECORDINGS = {
    "202201121748100022VAS": 90,
    "202201121752220024VAS": 10,
    "202201121805150026VAS": 34,
    "202201121806070027VAS": 66,
    "202201121815070032VAS": 43,
}


def test_a_person_of_the_carotid_set_is_a_hundred_frames(tmp_path):
    people = subjects(dict(reversed(RECORDINGS.items())), tmp_path)
    assert [people[name] for name in RECORDINGS] == ["subject_01"] * 2 + ["subject_02"] * 2 + ["subject_03"]
    with pytest.raises(DataError, match="202201121752220024VAS has the frames 91 to 101; of each person there are 100"):
        subjects(RECORDINGS | {"202201121752220024VAS": 11}, tmp_path)


def test_a_person_of_the_real_carotid_set(data_root):
    """Half of the published files: five people of 2 to 5 recordings, and the beginning of the sixth."""
    manifest = pd.read_csv(data_root / "carotid_lumen/manifest.csv")
    people = subjects(Counter(manifest["group"]), data_root)
    assert manifest["group"].map(people).value_counts(sort=False).tolist() == [100] * 5 + [43]
    assert Counter(people.values()) == {f"subject_{i + 1:02d}": n for i, n in enumerate([2, 5, 2, 3, 2, 1])}


@pytest.mark.slow
def test_the_carotid_artery_by_people(publisher, picture, lay, zipped, monkeypatch):
    monkeypatch.setattr(carotid_artery, "FRAMES", 2)
    files = {}
    recordings = (
        ("202201121748100022VAS", (1069,)),
        ("202201121752220024VAS", (1080,)),
        ("202202071359200056VAS", (5, 6)),
    )
    for recording, frames in recordings:
        for frame in frames:
            name = f"{recording}_slice_{frame}.png"
            files[f"Common Carotid Artery Ultrasound Images/US images/{name}"] = picture(np.full((16, 16, 3), 40))
            files[f"Common Carotid Artery Ultrasound Images/Expert mask images/{name}"] = picture(half())
    brought = lay({"whatever the browser called it.zip": zipped(files)})
    assert publisher.get("carotid_artery", "--from", str(brought), "--accept-differences") == 0
    dataset = publisher.load("carotid_artery", 16)
    assert dataset.classes == ("background", "lumen")
    assert dataset.groups == ("subject_01",) * 2 + ("subject_02",) * 2
    assert dataset.metadata["recording"].tolist() == [recordings[i][0] for i in (0, 1, 2, 2)]
    assert dataset.targets.mean() == 0.5
    publisher.short_run("carotid_artery")
