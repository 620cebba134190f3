"""CRC5000, CRC100K, MedMNIST, Chaoyang and BreakHis: tiles with labels."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from alseg.data.public.home import data_home
from alseg.data.public.sets import crc100k, crc5000, medmnist

RNG = np.random.default_rng(0)


def tile(picture, format_: str = "TIFF", side: int = 12) -> bytes:
    return picture(RNG.integers(0, 256, (side, side, 3)), format_)


def test_crc5000_from_download_to_a_run(publisher, picture, zipped, capfd):
    top = "Kather_texture_2016_image_tiles_5000"
    files = {}
    for number, folder in enumerate(crc5000.FOLDERS):
        for slide in range(1, 6):
            name = f"{number:X}{slide}A_CRC-Prim-HE-{slide:02d}_00{number}b.tif_Row_1_Col_{slide}.tif"
            files[f"{top}/{folder}/{name}"] = tile(picture)
    files[f"{top}/__MACOSX/01_TUMOR/._x.tif"] = b"junk"
    publisher.put("crc5000", f"{top}.zip", zipped(files))
    assert publisher.get("crc5000") == 2
    assert (
        "40 images where the publisher states 5,000; 5 images of TUMOR where the publisher states 625"
        in capfd.readouterr().err
    )
    assert publisher.get("crc5000", "--accept-differences") == 0
    assert publisher.asked == [f"/crc5000/{top}.zip"]  # the download is kept, and not made again
    dataset = publisher.load("crc5000", 12)
    assert dataset.classes == ("TUMOR", "STROMA", "COMPLEX", "LYMPHO", "DEBRIS", "MUCOSA", "ADIPOSE", "EMPTY")
    assert np.bincount(dataset.targets).tolist() == [5] * 8
    assert set(dataset.groups) == {f"CRC-Prim-HE-{slide:02d}" for slide in range(1, 6)}
    publisher.short_run("crc5000")


def test_crc100k_tests_on_the_other_centre(publisher, picture, zipped, capfd):
    for top, part in (("NCT-CRC-HE-100K", "AAAA"), ("CRC-VAL-HE-7K", "TCGA-AAAA")):
        files = {f"{top}/{name}/{name}-{part}{i}.tif": tile(picture) for name in crc100k.CLASSES for i in range(2)}
        publisher.put("crc100k", f"{top}.zip", zipped(files))
    assert publisher.get("crc100k", "--accept-differences") == 0
    assert "18 images in train where the publisher states 100,000" in capfd.readouterr().err
    dataset = publisher.load("crc100k", 12)
    assert dataset.classes == crc100k.CLASSES
    assert dataset.split == ("train",) * 18 + ("test",) * 18
    assert dataset.groups == dataset.ids
    assert dataset.ids[0] == "ADI-AAAA0"
    publisher.short_run("crc100k")


def test_a_class_is_missing(publisher, picture, zipped, capfd):
    files = {f"Kather/{folder}/a_CRC-Prim-HE-01.tif": tile(picture) for folder in list(crc5000.FOLDERS)[:7]}
    publisher.put("crc5000", "Kather_texture_2016_image_tiles_5000.zip", zipped(files))
    assert publisher.get("crc5000") == 2
    assert "Kather has no pictures in 08_EMPTY; is the download complete?" in capfd.readouterr().err


def npz(classes: int, shape: tuple[int, ...], **changes) -> bytes:
    """A file as MedMNIST's, with one image of each class in each split."""
    arrays = {}
    for i, split in enumerate(("train", "val", "test")):
        arrays[f"{split}_images"] = np.full((classes, *shape), 10 * i, np.uint8) + np.arange(
            classes, dtype=np.uint8
        ).reshape(-1, *[1] * len(shape))
        arrays[f"{split}_labels"] = np.arange(classes, dtype=np.uint8)[:, None]
    file = io.BytesIO()
    np.savez_compressed(file, **(arrays | changes))
    return file.getvalue()


@pytest.mark.parametrize("name", medmnist.SETS)
def test_medmnist(publisher, name):
    classes = medmnist.SETS[name][1]
    in_colour = name in ("pathmnist", "dermamnist", "retinamnist", "bloodmnist")
    publisher.put(name, f"{name}.npz", npz(len(classes), (28, 28, 3) if in_colour else (28, 28)))
    assert publisher.get(name, "--accept-differences") == 0
    dataset = publisher.load(name, 28)
    n = len(classes)
    assert dataset.classes == classes
    assert dataset.channels == (3 if in_colour else 1)
    assert dataset.split == ("train",) * n + ("val",) * n + ("test",) * n
    assert dataset.targets.tolist() == [*range(n)] * 3
    assert dataset.images[:, 0, 5, 7].tolist() == [10 * split + i for split in range(3) for i in range(n)]
    publisher.short_run(name)


def test_medmnist_holds_no_pickle(publisher, capfd):
    class Trap:
        def __reduce__(self):
            return (open, ("trapped", "w"))

    publisher.put("breastmnist", "breastmnist.npz", npz(2, (28, 28), train_labels=np.array([Trap()], dtype=object)))
    assert publisher.get("breastmnist") == 2
    assert "breastmnist.npz: it is no MedMNIST file" in capfd.readouterr().err
    assert not Path("trapped").exists()


def test_medmnist_of_another_kind(publisher, capfd):
    publisher.put("breastmnist", "breastmnist.npz", npz(2, (28, 28), val_labels=np.zeros((2, 14), np.uint8)))
    assert publisher.get("breastmnist") == 2
    assert "val has images (2, 28, 28) of uint8 and labels (2, 14)" in capfd.readouterr().err
    publisher.put("octmnist", "octmnist.npz", npz(5, (28, 28)))
    assert publisher.get("octmnist") == 2
    assert "train image 4 has the label 4; there are 4 classes from 0" in capfd.readouterr().err


def test_chaoyang_is_brought(publisher, picture, lay, capfd):
    assert publisher.get("chaoyang") == 2
    error = capfd.readouterr().err
    assert "fetch its files from https://github.com/bupt-ai-cz/HSA-NRL and give their folder with --from DIR" in error
    files = {}
    for split in ("train", "test"):
        entries = [{"name": f"{split}/5301-1-IMG{label}x0-0.JPG", "label": label} for label in range(4)]
        files[f"chaoyang-data/{split}.json"] = json.dumps(entries).encode()
        files |= {f"chaoyang-data/{entry['name']}": tile(picture, "JPEG") for entry in entries}
    brought = lay(files)
    assert publisher.get("chaoyang", "--from", str(brought), "--accept-differences") == 0
    dataset = publisher.load("chaoyang", 12)
    assert dataset.classes == ("normal", "serrated", "adenocarcinoma", "adenoma")
    assert dataset.targets.tolist() == [0, 1, 2, 3] * 2
    assert dataset.split == ("train",) * 4 + ("test",) * 4
    publisher.short_run("chaoyang")
    assert (brought / "chaoyang-data/train/5301-1-IMG0x0-0.JPG").exists()  # what a user brings stays where it is


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"name": "../../secret.png", "label": 0}, "leads out of"),
        ({"name": "train/no.JPG", "label": 0}, "does not exist in"),
        ({"name": "a.JPG", "label": 4}, "no list of names with labels from 0 to 3"),
        ({"name": "a.JPG", "label": -1}, "no list of names with labels from 0 to 3"),
        ({"label": 1}, "no list of names with labels from 0 to 3"),
    ],
    ids=["outside", "missing", "beyond", "negative", "nameless"],
)
def test_chaoyang_lists(publisher, picture, lay, capfd, entry, message):
    brought = lay({"train.json": json.dumps([entry]).encode(), "test.json": b"[]", "a.JPG": tile(picture, "JPEG")})
    (brought.parent / "secret.png").write_bytes(tile(picture, "PNG"))
    assert publisher.get("chaoyang", "--from", str(brought)) == 2
    assert message in capfd.readouterr().err


def test_breakhis(publisher, picture, tarred, capfd):
    top = "BreaKHis_v1/histology_slides/breast"
    names = {
        "benign/SOB/adenosis/SOB_B_A_14-22549AB/40X": "SOB_B_A-14-22549AB-40-001.png",
        "benign/SOB/adenosis/SOB_B_A_14-22549CD/100X": "SOB_B_A-14-22549CD-100-002.png",
        "benign/SOB/tubular_adenoma/SOB_B_TA_14-3411F/400X": "SOB_B_TA-14-3411F-400-010.png",
        "malignant/SOB/ductal_carcinoma/SOB_M_DC_14-13412/200X": "SOB_M_DC-14-13412-200-003.png",
        "malignant/SOB/lobular_carcinoma/SOB_M_LC_14-13412/200X": "SOB_M_LC-14-13412-200-003.png",
    }
    files = {f"{top}/{folder}/{name}": tile(picture, "PNG") for folder, name in names.items()}
    publisher.put("breakhis", "BreaKHis_v1.tar.gz", tarred(files, "w:gz"))
    assert publisher.get("breakhis", "--accept-differences") == 0
    dataset = publisher.load("breakhis", 12)
    assert [dataset.classes[target] for target in dataset.targets] == ["benign"] * 3 + ["malignant"] * 2
    assert dataset.groups == ("14-22549", "14-22549", "14-3411", "14-13412", "14-13412")
    assert dataset.metadata["type"].tolist()[-2:] == ["ductal_carcinoma", "lobular_carcinoma"]
    assert dataset.metadata["magnification"].tolist() == ["40", "100", "400", "200", "200"]
    assert len(publisher.load("breakhis", 12, where={"magnification": 200})) == 2
    assert (data_home() / "breakhis/source.json").exists()
    publisher.short_run("breakhis")
