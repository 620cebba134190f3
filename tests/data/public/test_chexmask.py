"""CheXmask: run lengths, a quality filter, and radiographs of another database."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from alseg.data.public.sets.chexmask import decode
from tests.helpers.public.chexmask import mask, runs, table


def test_decoding():
    assert decode("2 3 8 1", (2, 4)).astype(int).tolist() == [[0, 1, 1, 1], [0, 0, 0, 1]]
    assert not decode("", (2, 2)).any()
    rng = np.random.default_rng(0)
    mask = rng.random((37, 23)) < 0.4
    assert (decode(runs(mask), mask.shape) == mask).all()


@pytest.mark.parametrize("text", ["1", "0 2", "4 2", "1 -1", "a b"])
def test_runs_that_are_none(text):
    with pytest.raises(ValueError):
        decode(text, (2, 2))


@pytest.mark.slow
def test_of_enough_quality_and_with_a_radiograph(publisher, picture, lay):
    rows = [
        ("00000001_000.png", 0.9, mask()),
        ("00000001_001.png", 0.7, mask()),
        ("00000002_000.png", 0.69, mask()),
        ("00000003_000.png", 0.9, mask()),
        ("00000004_000.png", 0.8, mask()),
    ]
    image = picture(np.arange(320).reshape(20, 16) % 256)
    files = {f"images_01/images/{name}": image for name, *_ in rows if not name.startswith("00000003")}
    brought = lay(files | {"OriginalResolution/ChestX-Ray8.csv": table(rows), "notes.csv": b"a,b\n1,2\n"})
    assert publisher.get("chexmask", "--from", str(brought)) == 0
    dataset = publisher.load("chexmask", 16)
    assert dataset.classes == ("background", "left lung", "right lung", "heart")
    assert dataset.ids == ("00000001_000", "00000001_001", "00000004_000")
    assert dataset.groups == ("00000001", "00000001", "00000004")
    assert dataset.metadata["quality"].tolist() == ["0.9", "0.7", "0.8"]
    assert set(np.unique(dataset.targets)) == {0, 1, 2, 3}
    publisher.short_run("chexmask")


def test_the_table_of_padchest(publisher, picture, lay, capfd):
    """Mean and maximum are swapped, and the size is empty: the mean is the smaller, the size the radiograph's."""
    rows = ["ImageID,Dice RCA (Max),Dice RCA (Mean),Landmarks,Left Lung,Right Lung,Heart,Height,Width"]
    for name, mean, largest, size in (("a", 0.8, 0.9, ","), ("b", 0.69, 0.9, ","), ("c", 0.7, 0.8, ",16")):
        organs = ",".join(runs(mask() == organ) for organ in (1, 2, 3))
        rows.append(f'{name}.png,{mean},{largest},"1,2",{organs},{size}')
    content = gzip.compress("\n".join(rows).encode())
    images = {f"{name}.png": picture(np.zeros((20, 16))) for name in "abc"}
    brought = lay(images | {"Padchest.csv.gz": content})
    assert publisher.get("chexmask", "--from", str(brought)) == 0
    dataset = publisher.load("chexmask", (20, 16))
    assert dataset.ids == ("a", "c")
    assert (dataset.targets == mask()).all()
    assert dataset.metadata["quality"].tolist() == ["0.8", "0.7"]
    assert dataset.metadata["table"].tolist() == ["Padchest"] * 2
    lay({"a.png": picture(np.zeros((40, 32)))})  # of another size than the masks: its rows are twice as long
    assert publisher.get("chexmask", "--from", str(brought), "--to", "other") == 2
    assert "states no size for a.png, and its masks have rows of about 16 pixels where the radiograph has 32" in (
        error := capfd.readouterr().err
    )
    assert "Preprocessed those of 1024x1024" in error
    lay({"Padchest.csv.gz": content[: len(content) // 2]})
    assert publisher.get("chexmask", "--from", str(brought), "--to", "other") == 2
    assert "Padchest.csv.gz: it cannot be unpacked" in capfd.readouterr().err


@pytest.mark.parametrize("other", ["Preprocessed/ChestX-Ray8.csv", "OriginalResolution/ChestX-Ray8.csv.gz", "mine.csv"])
def test_two_tables_of_the_same_images(publisher, picture, lay, capfd, other):
    content = table([("00000001_000.png", 0.9, mask())])
    files = {"OriginalResolution/ChestX-Ray8.csv": content, other: gzip.compress(content) if "gz" in other else content}
    brought = lay(files | {"00000001_000.png": picture(np.zeros((20, 16)))})
    assert publisher.get("chexmask", "--from", str(brought)) == 2
    error = capfd.readouterr().err
    assert "OriginalResolution fits radiographs as their database has them, Preprocessed those of 1024x1024" in error
    assert str(brought / other) in error
    assert error.count("\n") == 1


def test_masks_of_another_size_and_a_radiograph_in_colour(publisher, picture, lay, capfd):
    """As some of ChestX-ray8 are, with red, green and blue equal: the set stays grey."""
    grey = np.arange(320).reshape(20, 16) % 256
    images = {"a.png": picture(grey), "b.png": picture(np.stack([*[grey] * 3, np.full_like(grey, 255)], -1))}
    brought = lay(images | {"x.csv": table([("a.png", 0.9, mask()), ("b.png", 0.9, mask())])})
    assert publisher.get("chexmask", "--from", str(brought)) == 0
    dataset = publisher.load("chexmask", (20, 16))
    assert dataset.channels == 1
    assert (dataset.images[1] == dataset.images[0]).all()
    lay({"a.png": picture(np.zeros((40, 32)))})
    assert publisher.get("chexmask", "--from", str(brought), "--to", "other") == 2
    assert "a.png: it has 40x32 pixels (height x width) and its masks in " in (error := capfd.readouterr().err)
    assert "x.csv 20x16; OriginalResolution fits" in error


@pytest.mark.slow
def test_a_long_row_and_one_that_is_cut(publisher, picture, lay, capfd):
    dots = np.indices((700, 700)).sum(axis=0) % 2 == 0  # a run for every other pixel: over a million characters
    content = table([("p.png", 0.9, dots.astype(np.uint8))])
    assert len(content) > 10**6
    brought = lay({"VinDr.csv": content, "p.png": picture(np.zeros((700, 700)))})
    assert publisher.get("chexmask", "--from", str(brought)) == 0
    assert publisher.load("chexmask", 700).targets[0].mean() == 0.5
    lay({"VinDr.csv": content[: len(content) // 2]})
    assert publisher.get("chexmask", "--from", str(brought), "--to", "other") == 2
    assert "VinDr.csv: a row has too few or too many values" in capfd.readouterr().err


def test_names_with_folders_must_agree_in_them(publisher, picture, lay, capfd):
    """As CheXpert's: the file names of all patients are alike."""
    image = picture(np.zeros((20, 16)))
    rows = [(f"train/patient0000{i}/study1/view1_frontal.jpg", 0.9, mask()) for i in (1, 2, 3)]
    files = {f"patient0000{i}/study1/view1_frontal.png": image for i in (1, 3)}  # below, and of another format
    brought = lay(files | {"CheXpert.csv": table(rows)})
    assert publisher.get("chexmask", "--from", str(brought)) == 0
    dataset = publisher.load("chexmask", 16)
    assert dataset.ids == tuple(f"train_patient0000{i}_study1_view1_frontal" for i in (1, 3))
    assert dataset.groups == ("patient00001", "patient00003")
    lay({"copy/train/patient00003/study1/view1_frontal.png": image})
    assert publisher.get("chexmask", "--from", str(brought), "--to", "other") == 2
    assert "view1_frontal.jpg could be " in capfd.readouterr().err


def test_no_table(publisher, lay, capfd):
    assert publisher.get("chexmask", "--from", str(lay({"x.csv": b"a,b\n"}))) == 2
    assert "has no table of CheXmask" in capfd.readouterr().err
