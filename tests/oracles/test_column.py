"""Annotations in another column of the manifest."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from alseg.composition.instantiate import factory
from alseg.data.dataset import Dataset
from alseg.data.folder import load_folder
from alseg.errors import AlsegError, DataError
from alseg.oracles.column import Column
from alseg.oracles.noisy import Noisy
from alseg.oracles.panel import Panel
from alseg.oracles.simulated import Simulated
from tests.helpers.composed import composed
from tests.helpers.drawn_targets import rings


def save(path, pixels):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(path)


@pytest.fixture
def root(tmp_path):
    """Three images of 32 x 32 with masks and, for the first two, scribbles."""
    folder = tmp_path / "set"
    folder.mkdir()
    lines = ["id,image,mask,group,scribble"]
    for i in range(3):
        save(folder / f"image_{i}.png", np.full((32, 32), 40 * i))
        save(folder / f"mask_{i}.png", rings(32))
        scribble = np.full((32, 32), 255)
        scribble[16, 2 * i : 30] = rings(32)[16, 2 * i : 30]
        save(folder / f"scribble_{i}.png", scribble)
        lines.append(f"{i},image_{i}.png,mask_{i}.png,g{i}," + (f"scribble_{i}.png" if i < 2 else ""))
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def edit(root, old, new):
    path = root / "manifest.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_it_answers_with_the_files_of_the_column(root):
    answer = Column(load_folder(root, 32), "scribble", root, seconds_per_image=9).annotate(["1", "2", "0"])
    assert (answer.ids, answer.refused, answer.annotator) == (("1", "0"), ("2",), "column scribble")
    assert answer.cost.tolist() == [9, 9]
    assert answer.targets.shape == (2, 32, 32)
    known = answer.targets != 255
    assert known.sum(axis=(1, 2)).tolist() == [28, 30]
    assert np.array_equal(answer.targets[known], np.stack([rings(32)] * 2)[known])


def test_it_resizes_as_masks_are(root):
    dataset = load_folder(root, 16)
    assert Column(dataset, "scribble", root).annotate(["0"]).targets.shape == (1, 16, 16)
    edit(root, "scribble_0.png", "mask_0.png")
    assert np.array_equal(Column(dataset, "scribble", root).annotate(["0"]).targets[0], dataset.targets[0])


def test_two_values_are_background_and_foreground(root):
    for i in range(3):
        save(root / f"mask_{i}.png", 255 * (rings(32) > 0))
        save(root / f"scribble_{i}.png", 255 * (rings(32) == 2))
    answer = Column(load_folder(root, 32), "scribble", root).annotate(["0"])
    assert np.array_equal(answer.targets[0], rings(32) == 2)


def test_it_cuts_as_the_data_set_does(root):
    edit(root, "scribble\n", "scribble,part\n")
    for i in range(3):
        edit(root, f"scribble_{i}.png\n" if i < 2 else "g2,\n", f"mask_{i}.png,{i} 4 16 8\n" if i < 2 else "g2,,\n")
    dataset = load_folder(root, 16, region="part")
    answer = Column(dataset, "scribble", root).annotate(["1", "0"])
    assert answer.ids == ("1", "0")
    assert np.array_equal(answer.targets, dataset.targets[[1, 0]])
    assert np.array_equal(answer.targets[0], np.repeat(rings(32)[4:12, 1:17], 2, axis=0))


@pytest.mark.slow
def test_the_other_reader_annotates(root):
    """Trained on one reader's masks, measured against another's."""
    where = {"scribble": "*"}
    dataset = load_folder(root, 32, where=where, mask="scribble")
    assert dataset.ids == ("0", "1")
    assert (dataset.targets == 255).any()
    oracle = factory(
        composed(
            "data=folder",
            f"data.root={root}",
            "data.where={scribble:*}",
            "data.mask=scribble",
            "oracle=column",
            "oracle.column=mask",
        ).oracle
    )
    answer = oracle(dataset=dataset).annotate(["1", "0"])
    assert answer.annotator == "column mask"
    assert np.array_equal(answer.targets, np.stack([rings(32)] * 2))
    with pytest.raises(ValueError, match="^root=.*other ids"):
        Column(dataset, "scribble", root)
    with pytest.raises(DataError, match="column 'scribble' is missing; .* there are: mask"):
        Column(dataset, "scribble", root, where, "scribble")


def test_a_missing_column(root):
    with pytest.raises(DataError, match=r"manifest\.csv: column 'points' is missing; .* scribble"):
        Column(load_folder(root, 32), "points", root)


def test_an_empty_column(root):
    edit(root, "scribble_0.png", "")
    edit(root, "scribble_1.png", "")
    with pytest.raises(DataError, match="column 'scribble' is empty in every row"):
        Column(load_folder(root, 32), "scribble", root)


@pytest.mark.parametrize(
    ("path", "message"),
    [("nowhere.png", "does not exist"), ("../image.png", "leads out of"), ("/etc/hostname", "absolute path")],
)
def test_paths_that_are_not_allowed(root, path, message):
    save(root.parent / "image.png", np.zeros((32, 32)))
    edit(root, "scribble_1.png", path)
    with pytest.raises(DataError, match=rf"id '1', column 'scribble': .*{message}"):
        Column(load_folder(root, 32), "scribble", root)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((32, 30)), r"scribble_1\.png: the annotation has 32x30 pixels .* image_1\.png 32x32"),
        (np.full((32, 32), 7), r"scribble_1\.png: it holds the value 7"),
        (np.random.default_rng(0).integers(0, 9, (32, 32, 3)), r"scribble_1\.png: it is a colour image"),
    ],
)
def test_files_that_are_no_annotation(root, pixels, message):
    dataset = load_folder(root, 32)
    save(root / "scribble_1.png", pixels)
    with pytest.raises(DataError, match=message):
        Column(dataset, "scribble", root)


def test_a_truncated_file(root):
    path = root / "scribble_1.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(DataError, match=r"scribble_1\.png"):
        Column(load_folder(root, 32), "scribble", root)


def test_other_impossible_arguments(root, dataset):
    with pytest.raises(ValueError, match=r"^root=null: .*data=folder data\.root=PATH"):
        Column(dataset, "scribble")
    with pytest.raises(ValueError, match="^root=.*other ids"):
        Column(dataset, "scribble", root)
    with pytest.raises(ValueError, match="^seconds_per_image=-1: "):
        Column(load_folder(root, 32), "scribble", root, seconds_per_image=-1)
    with pytest.raises(AlsegError, match="no such folder"):
        Column(dataset, "scribble", root / "elsewhere")


@pytest.mark.slow
def test_real_scribbles(data_root):
    root = data_root / "cardiac"
    table = pd.read_csv(root / "manifest.csv", dtype=str)
    small = load_folder(root, 64)
    oracle = Column(small, "scribble", root)
    answer = oracle.annotate(small.ids[:40])
    assert answer.refused == ()
    known = answer.targets != 255
    assert 0.005 < known.mean() < 0.1  # about 2% of the pixels
    # A person's lines, shrunk to a third of their size: nearly all of them lie in their class.
    assert (answer.targets[known] == small.targets[:40][known]).mean() > 0.9
    assert isinstance(small, Dataset)
    assert len(table) == len(small)


def test_its_answers_are_told_by_what_is_in_them(root):
    """Through whatever stands around it; neither by the bytes of the files nor by their place."""
    dataset = load_folder(root, 32, progress=False)
    make = partial(Column, column="scribble", root=root)

    def answers():
        panel = Panel(dataset, {"one": make, "two": partial(Noisy, of=make, annotator="two")})
        oracles = [make(dataset=dataset), Noisy(dataset, of=make), panel]
        return [dict(oracle.answers()) for oracle in oracles]

    before = answers()
    assert before[0] == before[1]
    assert all(set(one) == {"0", "1"} for one in before)
    with Image.open(root / "scribble_0.png") as scribble:
        pixels = np.array(scribble)
    Image.fromarray(pixels).save(root / "scribble_0.png", compress_level=0)
    assert answers() == before
    save(root / "scribble_0.png", np.where(pixels == 0, 255, pixels))
    changed = answers()
    assert all(new["0"] != old["0"] and new["1"] == old["1"] for new, old in zip(changed, before))
    assert Simulated(dataset).answers() == {}
