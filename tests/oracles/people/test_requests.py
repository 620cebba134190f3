"""Folders of requests: what is in them, and that they are whole or not there."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alseg.data.dataset import Dataset
from alseg.data.file_size import mask_of_probabilities
from alseg.data.fit import places_of
from alseg.data.folder import load_folder
from alseg.errors import RunFolderError
from alseg.oracles.folder import Folder
from alseg.oracles.people.originals import Originals
from alseg.oracles.people.request_files import RequestFiles
from alseg.pictures.contact_sheet import read_contact_sheet
from tests.helpers.asked import requested
from tests.helpers.discs import make_dataset
from tests.helpers.dying import Life
from tests.helpers.manifest_folder import Folder as Written


@pytest.fixture
def odd(tmp_path: Path) -> Dataset:
    """Images of several kinds, shapes and names; two of them 16 bits deep."""
    written, rng = Written(tmp_path / "set"), np.random.default_rng(0)
    written.save("grey.png", rng.integers(0, 255, (20, 30)))
    written.save("colour.jpg", rng.integers(0, 255, (24, 24, 3)))
    written.save("deep.png", rng.integers(0, 4000, (18, 12)), np.uint16)
    written.save("deep.tif", rng.integers(0, 4000, (9, 40)), np.uint16)
    for name, shape in {"grey": (20, 30), "colour": (24, 24), "deep": (18, 12), "tif": (9, 40)}.items():
        written.save(f"{name}_mask.png", rng.integers(0, 3, shape))
    written.table(
        "id,image,mask,group,part",
        "=1+1,grey.png,grey_mask.png,@home,1 2 20 15",
        "a/b,colour.jpg,colour_mask.png,,",
        f"{'x' * 70},deep.png,deep_mask.png,,",
        "tïf,deep.tif,tif_mask.png,,",
    )
    return load_folder(written.root, 16, region="part", fit="pad", classes=["background", "wall", "plaque"])


def probabilities(dataset: Dataset) -> Any:
    """The same for each id, however many are asked for at once."""
    shape = (len(dataset.classes), *dataset.size) if dataset.task == "segmentation" else (len(dataset.classes),)
    of = {
        id_: np.random.default_rng(row).dirichlet(np.ones(shape[0]), shape[1:]) for row, id_ in enumerate(dataset.ids)
    }
    return lambda ids: np.stack([np.moveaxis(of[id_], -1, 0) for id_ in ids]).astype(np.float32)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_what_is_in_a_request(odd: Dataset, tmp_path: Path) -> None:
    ids = ("a/b", "=1+1", "tïf", "x" * 70)
    Folder(odd).ask(requested(odd, tmp_path, *ids, round_=3, predictions=probabilities(odd)))
    folder = tmp_path / "requests" / "round-03"
    table = rows(folder / "request.csv")
    assert list(table[0]) == ["id", "file", "order", "score", "reason", "group", "used"]
    assert [row["id"] for row in table] == ["a/b", "'=1+1", "tïf", "x" * 70]
    assert [row["order"] for row in table] == ["1", "2", "3", "4"]
    assert [row["score"] for row in table] == ["0.5", "0.333333", "0.25", "0.2"]
    assert table[0]["reason"] == "1. highest of 9"
    assert table[1]["group"] == "'@home"
    assert [row["used"] for row in table] == ["0 0 24 24", "1 2 20 15", "0 0 40 9", "0 0 12 18"]
    files = [folder / row["file"] for row in table]
    assert {path.name for path in files} == {path.name for path in (folder / "images").iterdir()}
    assert [path.suffix for path in files] == [".jpg", ".png", ".png", ".png"]
    assert all(path.stem.isascii() and len(path.stem) <= 60 for path in files)
    root = odd.files[0].parent if odd.files else tmp_path
    assert files[0].read_bytes() == (root / "colour.jpg").read_bytes()
    assert files[1].read_bytes() == (root / "grey.png").read_bytes()
    originals, where = Originals(odd), places_of(odd)
    for id_, path in zip(ids, files):
        with Image.open(path) as image, Image.open(folder / "predictions" / f"{path.stem}.png") as mask:
            assert np.asarray(image).dtype == np.uint8
            assert (image.height, image.width) == (mask.height, mask.width) == originals.size(id_)
            expected = mask_of_probabilities(probabilities(odd)([id_])[0], where[id_], originals.size(id_))
            assert mask.mode == "P"
            assert np.array_equal(np.asarray(mask), expected)
        with Image.open(folder / "outlines" / f"{path.stem}.png") as outline:
            assert (outline.height, outline.width) == originals.size(id_)
    assert read_contact_sheet(folder / "contact_sheet.jpg").n == 4
    told = (folder / "README.txt").read_text(encoding="utf-8")
    for words in (
        "    1  wall (orange in",
        "    2  plaque (sky blue",
        "  255  not annotated",
        "answers/NAME.png",
        "column used of",
    ):
        assert words in told
    assert "black-and-white" not in told
    assert max(map(len, told.splitlines())) <= 100
    assert (folder / "answers" / "answers.csv").read_text("utf-8").splitlines()[
        0
    ] == "id,label,seconds,annotator,refused"
    assert not list((tmp_path / "requests").glob(".*"))


def test_the_masks_of_a_request_can_be_answers(odd: Dataset, tmp_path: Path) -> None:
    """A prediction that is moved to the answers is a mask; and so is what stands in request.csv as an id in answers.csv."""
    oracle, request = Folder(odd), requested(odd, tmp_path, predictions=probabilities(odd), round_=1)
    oracle.ask(request)
    folder = tmp_path / "requests" / "round-01"
    for path in (folder / "predictions").iterdir():
        path.rename(folder / "answers" / path.name)
    lines = ["id,seconds", *(f"{row['id']},{row['order']}" for row in rows(folder / "request.csv"))]
    (folder / "answers" / "answers.csv").write_text("\n".join(lines), "utf-8")
    answer = oracle.ask(request)
    assert (answer.ids, answer.cost.tolist()) == (odd.ids, [1, 2, 3, 4])
    assert answer.targets.shape == (4, 16, 16)
    assert (answer.targets[0] == 255).any()  # the padding


def test_classification(tmp_path: Path) -> None:
    dataset = make_dataset(n=6, groups=6)
    labels = replace(dataset, task="classification", targets=np.arange(6) % 2, classes=("no", "yes"))
    oracle, request = Folder(labels), requested(labels, tmp_path, predictions=probabilities(labels), round_=1)
    assert oracle.ask(request).ids == ()
    folder = tmp_path / "requests" / "round-01"
    assert oracle.where(1) == str(folder / "answers")
    predicted = rows(folder / "predictions.csv")
    expected = probabilities(labels)(labels.ids)
    assert [[row["no"], row["yes"]] for row in predicted] == [[f"{p:.4f}" for p in of] for of in expected]
    assert [row["predicted"] for row in predicted] == [labels.classes[i] for i in expected.argmax(axis=1)]
    assert not (folder / "predictions").exists()
    with Image.open(folder / "images" / f"{labels.ids[0]}.png") as image:
        assert np.array_equal(np.asarray(image), labels.images[0, 0])
    (folder / "answers" / "answers.csv").write_text(f"id,label\n{labels.ids[4]},yes\n", "utf-8")
    answer = oracle.ask(request)
    assert (answer.ids, answer.targets.tolist(), answer.targets.dtype) == ((labels.ids[4],), [1], np.int64)


def test_hard_links_where_they_are_wanted(odd: Dataset, tmp_path: Path) -> None:
    assert odd.files is not None
    Folder(odd).ask(requested(odd, tmp_path / "copies", "=1+1"))
    Folder(odd, images="link").ask(requested(odd, tmp_path / "links", "=1+1"))
    (copy,) = (tmp_path / "copies" / "requests" / "round-00" / "images").iterdir()
    (link,) = (tmp_path / "links" / "requests" / "round-00" / "images").iterdir()
    assert link.samefile(odd.files[0])
    assert not copy.samefile(odd.files[0])


def test_slices_say_their_volume(tmp_path: Path) -> None:
    dataset = make_dataset(n=6, groups=3)
    dataset = replace(dataset, volumes=dataset.groups)
    Folder(dataset).ask(requested(dataset, tmp_path))
    table = rows(tmp_path / "requests" / "round-00" / "request.csv")
    assert [row["volume"] for row in table] == list(dataset.groups)


def test_a_disk_that_takes_nothing(odd: Dataset, tmp_path: Path) -> None:
    (tmp_path / "requests").write_text("a file where a folder should be")
    with pytest.raises(RunFolderError, match=r"round-00: it cannot be written \(.*\); make room, or mend its rights"):
        Folder(odd).ask(requested(odd, tmp_path))


def test_a_folder_of_another_query_stays(odd: Dataset, tmp_path: Path) -> None:
    oracle = Folder(odd)
    oracle.ask(requested(odd, tmp_path, "a/b", "tïf"))
    (tmp_path / "requests" / "round-00" / "answers" / "mine.txt").write_text("kept")
    with pytest.raises(RunFolderError, match=r"round-00: it holds another query than that of round 0; move it away"):
        oracle.ask(requested(odd, tmp_path, "a/b"))
    (tmp_path / "requests" / "round-00" / "request.csv").unlink()
    with pytest.raises(RunFolderError, match=r"round-00: its request\.csv cannot be read .*; move the folder away"):
        oracle.ask(requested(odd, tmp_path, "a/b", "tïf"))
    assert (tmp_path / "requests" / "round-00" / "answers" / "mine.txt").exists()


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.slow
def test_killed_at_every_step(odd: Dataset, tmp_path: Path) -> None:
    """Nothing half is left under the request's name, and the same command makes it whole, leftovers or not."""

    def write(run: Path) -> None:
        request = requested(odd, run, "=1+1", "tïf", round_=1, predictions=probabilities(odd))
        folder = run / "requests" / "round-01"
        RequestFiles(Originals(odd)).write(folder, request, folder / "answers")

    write(tmp_path / "whole")
    expected, life, step = tree(tmp_path / "whole"), Life(), 0
    while life.ends_before(partial(write, run := tmp_path / f"run{step}"), step):
        assert not (run / "requests" / "round-01").exists()
        if step % 3 == 0:
            life.ends_before(partial(write, run), step // 2)  # and once more while it is repaired
        write(run)
        assert tree(run) == expected
        step += 1
    assert tree(run) == expected
    assert step > 15
