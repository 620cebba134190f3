"""CRC5000, CRC100K, MedMNIST, Chaoyang and BreakHis: tiles with labels."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from alseg.data.convert.write_items import Found
from alseg.data.public.description import Expected
from alseg.data.public.differences import closest
from alseg.data.public.home import data_home
from alseg.data.public.registry import datasets
from alseg.data.public.sets import chaoyang, crc100k, crc5000, medmnist
from tests.helpers.public.tissue import npz, tile


@pytest.mark.slow
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


@pytest.mark.slow
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


TO_A_RUN = ("dermamnist", "breastmnist", "organamnist")
"""In colour, of two classes and of eleven: a run sees no other difference between the sets, which share a converter and whose
configs differ in the name alone."""


@pytest.mark.slow
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
    if name in TO_A_RUN:
        publisher.short_run(name)


@pytest.mark.parametrize(
    ("name", "newest", "earlier"),
    [
        ("organamnist", (34_561, 6_491, 17_778), (34_581, 6_491, 17_778)),
        ("organcmnist", (12_975, 2_392, 8_216), (13_000, 2_392, 8_268)),
        ("organsmnist", (13_932, 2_452, 8_827), (13_940, 2_452, 8_829)),
    ],
)
def test_versions_of_the_organ_sets(name, newest, earlier):
    dataset = medmnist.DATASETS[list(medmnist.SETS).index(name)]
    assert "/10519652/" in dataset.archives[0].url
    assert len(dataset.archives[0].checksums) == 2

    def found(*counts: int) -> Found:
        return Found(sum(counts), splits=Counter(dict(zip(("train", "val", "test"), counts))))

    for counts, version in ((newest, "2.2.4 to 3.0"), (earlier, "2.0 to 2.2.3")):
        stated, wrong = closest(dataset, found(*counts))
        assert (stated.version, wrong) == (version, [])
    stated, wrong = closest(dataset, found(earlier[0], newest[1], newest[2] + 1))
    assert stated.version in ("2.2.4 to 3.0", "2.0 to 2.2.3")
    assert wrong


@pytest.mark.parametrize(("classes", "version"), [((5, 1, 1), "new"), ((4, 1, 1), "old"), ((3, 1, 1), "")])
def test_a_version_is_named(publisher, lay, capfd, monkeypatch, classes, version):
    dataset = datasets()["breastmnist"]
    stated = {
        n: Expected(n + 2, splits={"train": n, "val": 1, "test": 1}, version=name)
        for n, name in ((5, "new"), (4, "old"))
    }
    monkeypatch.setitem(datasets(), "breastmnist", replace(dataset, expected=stated[5], earlier=(stated[4],)))
    arrays = {}
    for split, n in zip(("train", "val", "test"), classes):
        arrays |= {f"{split}_images": np.zeros((n, 4, 4), np.uint8), f"{split}_labels": np.zeros((n, 1), np.uint8)}
    file = io.BytesIO()
    np.savez(file, **arrays)
    brought = lay({"breastmnist.npz": file.getvalue()})
    assert publisher.get("breastmnist", "--from", str(brought)) == (0 if version else 2)
    shown = capfd.readouterr()
    if version:
        assert f"breastmnist: version {version}\n" in shown.out
        assert json.loads((data_home() / "breastmnist/source.json").read_text())["version"] == version
    else:
        assert "5 images where the publisher states" in shown.err


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
    assert "val has images (2, 28, 28) of uint8 and labels (2, 14) of uint8" in capfd.readouterr().err
    publisher.put("octmnist", "octmnist.npz", npz(5, (28, 28)))
    assert publisher.get("octmnist") == 2
    assert "train image 4 has the label 4; there are 4 classes from 0" in capfd.readouterr().err


def test_chaoyang_tiles():
    names = ("353042_4-IMG005x014-1", "538844-2-IMG014x011-1", "535940-IMG009x024-2", "a")
    assert [chaoyang.slide(name) for name in names] == ["353042_4", "538844-2", "535940", ""]
    assert [chaoyang.case(name) for name in names] == ["353042", "538844", "535940", ""]


@pytest.mark.slow
def test_chaoyang_is_brought(publisher, picture, lay, capfd, caplog):
    assert publisher.get("chaoyang") == 2
    error = capfd.readouterr().err
    assert "fetch its files from https://github.com/bupt-ai-cz/HSA-NRL and give their folder with --from DIR" in error
    files = {}
    for split in ("train", "test"):
        slides = ("5301-1", "5301_2", "5302", "77" if split == "train" else "78")
        entries = [{"name": f"{split}/{slide}-IMG00{i}x0-0.JPG", "label": i} for i, slide in enumerate(slides)]
        if split == "test":
            entries.append({"name": "test/other.JPG", "label": 3})
        files[f"chaoyang-data/{split}.json"] = json.dumps(entries).encode()
        files |= {f"chaoyang-data/{entry['name']}": tile(picture, "JPEG") for entry in entries}
    brought = lay(files)
    assert publisher.get("chaoyang", "--from", str(brought), "--accept-differences") == 0
    dataset = publisher.load("chaoyang", 12)
    assert dataset.classes == ("normal", "serrated", "adenocarcinoma", "adenoma")
    assert dataset.targets.tolist() == [0, 1, 2, 3] * 2 + [3]
    assert dataset.split == ("train",) * 4 + ("test",) * 5
    assert dataset.metadata["slide"].tolist() == [
        "5301-1",
        "5301_2",
        "5302",
        "77",
        "5301-1",
        "5301_2",
        "5302",
        "78",
        "",
    ]
    train, test = ("5301 train", "5301 train", "5302 train", "77"), ("5301 test", "5301 test", "5302 test", "78")
    assert dataset.groups == (*train, *test, "test_other")
    assert "chaoyang: tiles of 2 cases lie in both official splits (5301, 5302)" in caplog.text
    publisher.short_run("chaoyang")
    assert (brought / "chaoyang-data/train/5302-IMG002x0-0.JPG").exists()  # what a user brings stays where it is


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


@pytest.mark.slow
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
