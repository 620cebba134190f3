"""CheXmask: run lengths, a quality filter, and radiographs of another database."""

from __future__ import annotations

import numpy as np
import pytest

from alseg.data.public.sets.chexmask import decode

HEADER = "Image Index,Dice RCA (Max),Dice RCA (Mean),Landmarks,Left Lung,Right Lung,Heart,Height,Width"


def runs(mask: np.ndarray) -> str:
    """As the publisher writes them: starts from 1 along the rows."""
    flat = np.concatenate([[0], mask.ravel(), [0]])
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    return " ".join(f"{start} {end - start}" for start, end in zip(edges[::2], edges[1::2]))


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


def table(rows: list[tuple[str, float, np.ndarray]]) -> bytes:
    lines = [HEADER]
    for name, quality, mask in rows:
        organs = ",".join(runs(mask == organ) for organ in (1, 2, 3))
        lines.append(f'{name},0.9,{quality},"1,2,3,4",{organs},{mask.shape[0]},{mask.shape[1]}')
    return ("\n".join(lines) + "\n").encode()


def mask(height: int = 20, width: int = 16) -> np.ndarray:
    found = np.zeros((height, width), np.uint8)
    found[4:16, 9:14], found[4:16, 2:7], found[10:14, 6:10] = 1, 2, 3
    return found


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
