"""The demo of a live campaign: what its pool shows, and what its person answers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alseg.data.folder import load_folder
from alseg.errors import DataError
from alseg.oracles.folder import Folder
from experiments.live import person, pool
from experiments.live.__main__ import main
from tests.helpers.asked import requested
from tests.helpers.manifest_folder import Folder as Written


def test_the_person_answers_what_the_pool_does_not_show(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    classes = pool.from_phantom(7, tmp_path / "pool", tmp_path / "known")
    dataset = load_folder(tmp_path / "pool", 64, task="segmentation", classes=classes)
    assert (len(dataset), len(set(dataset.groups)), dataset.with_target) == (7, 2, frozenset())
    assert not list((tmp_path / "pool").rglob("*mask*"))
    oracle, request = Folder(dataset), requested(dataset, tmp_path)
    oracle.ask(request)
    folder = tmp_path / "requests" / "round-00"
    images = person.asked(folder)
    assert [id_ for id_, _ in images] == list(dataset.ids)
    assert person.overlap(folder, tmp_path / "known") is None
    person.answer(folder, tmp_path / "known", images[:4])
    person.answer_wrongly(folder, images[4][1])
    person.write_table(folder, images[6][0], "shadow", "ann")
    answer = oracle.ask(request)
    assert (answer.ids, answer.refused, answer.annotator) == (dataset.ids[:4], dataset.ids[6:], "ann")
    assert answer.cost.tolist() == [person.SECONDS] * 4
    assert set(np.unique(answer.targets)) == {0, 1}
    assert "the mask has 64x96 pixels" in caplog.text


def test_a_pool_from_a_data_set(tmp_path: Path) -> None:
    """Evenly spaced; and the model's masks are compared with the person's by what shows at full size."""
    written = Written(tmp_path / "set")
    for i in range(5):
        written.save(f"{i}.png", np.full((8, 8), 40 * i))
        written.save(f"m{i}.png", np.eye(8) * 255)
    written.table("id,image,mask,group", *(f"scan/{i},{i}.png,m{i}.png,g{i}" for i in range(5)))
    pool.from_data(written.root, 3, tmp_path / "pool", tmp_path / "known")
    dataset = load_folder(tmp_path / "pool", 8, task="segmentation", classes=["background", "line"])
    assert (dataset.ids, dataset.groups) == (("scan/0", "scan/2", "scan/4"), ("g0", "g2", "g4"))
    said = np.zeros((3, 2, 8, 8), np.float32)
    said[:, 1, :4] = np.eye(8)[:4]
    said[:, 0] = 0.5
    oracle, request = Folder(dataset), requested(dataset, tmp_path, round_=1, predictions=lambda ids: said[: len(ids)])
    oracle.ask(request)
    folder = tmp_path / "requests" / "round-01"
    assert person.overlap(folder, tmp_path / "known") == pytest.approx(2 * 4 / 12)
    person.answer(folder, tmp_path / "known", person.asked(folder))
    assert np.array_equal(oracle.ask(request).targets, [np.eye(8)] * 3)


def test_data_without_masks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = Written(tmp_path / "set")
    Image.new("L", (4, 4)).save(written.root / "a.png")
    written.table("id,image,label,group", "a,a.png,x,")
    with pytest.raises(DataError, match="no row of it has a mask"):
        pool.from_data(written.root, 3, tmp_path / "pool", tmp_path / "known")
    assert main(["--data", str(written.root), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_the_manifest_of_the_pool_names_no_masks(tmp_path: Path) -> None:
    pool.from_phantom(2, tmp_path / "pool", tmp_path / "known")
    with (tmp_path / "pool" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file)) == ["id", "image", "group"]
