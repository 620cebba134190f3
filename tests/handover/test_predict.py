"""``alseg predict``: masks and probabilities by the last model of a run."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from alseg.cli import main
from alseg.data.folder import load_folder
from alseg.handover.last_model import last_model
from alseg.runs.ledger import Ledger
from alseg.runs.run_config import config_of
from alseg.runs.run_folder import RunFolder
from tests.helpers.handed_run import FILES, SIZE, segmentation_run, write_discs

MOST = 1e-5


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "predictions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.array(picture)


def test_masks_are_what_the_run_itself_predicts(discs_run: Path, discs_root: Path, tmp_path: Path) -> None:
    """Of all images of the data set: equal to the learner on the pixels that the data set was loaded with, enlarged."""
    assert main(["predict", str(discs_run), str(discs_root), "--out", "out", "--uncertainty", "--outlines"]) == 0
    dataset, run = load_folder(discs_root, list(SIZE)), RunFolder(discs_run)
    model = last_model(run, config_of(run))
    with torch.inference_mode():
        prediction = model.learner.predict_step({"image": torch.from_numpy(dataset.images)})
        probabilities = model.learner.final(prediction).softmax(dim=1).numpy()
        p = prediction.mean.numpy().astype(np.float64)
    entropy = -(p * np.log(p)).sum(axis=1) / np.log(2)
    table = rows(tmp_path / "out")
    assert [row["id"] for row in table] == list(dataset.ids)
    for row, maps, unsure in zip(table, probabilities, entropy):
        mask = pixels(tmp_path / "out" / "masks" / f"{row['id']}.png")
        assert mask.shape == FILES
        large = [np.asarray(Image.fromarray(one).resize(FILES[::-1], Image.Resampling.BILINEAR)) for one in maps]
        assert np.array_equal(mask, np.argmax(large, axis=0))
        assert float(row["share class_1"]) == pytest.approx(mask.mean(), abs=MOST)
        assert float(row["uncertainty"]) == pytest.approx(unsure.mean(), abs=MOST)
        grey = pixels(tmp_path / "out" / "uncertainty" / f"{row['id']}.png")
        small = np.asarray(Image.fromarray(unsure.astype(np.float32)).resize(FILES[::-1], Image.Resampling.BILINEAR))
        assert np.abs(grey - 255 * small).max() < 0.51
        assert (tmp_path / "out" / "outlines" / f"{row['id']}.png").is_file()
    assert {0, 1} == set(np.unique(mask))


def test_regions_and_padding(tmp_path: Path) -> None:
    """Beyond the region 255; within it what the learner makes of that part alone, without its padding."""
    root = write_discs(tmp_path / "data")
    table = (root / "manifest.csv").read_text().splitlines()
    (root / "manifest.csv").write_text(
        "\n".join([f"{table[0]},part", *(f"{line},10 4 40 40" for line in table[1:])]) + "\n"
    )
    run = segmentation_run(tmp_path / "run", root, fit="pad", region="part")
    assert main(["predict", str(run), "pool", "--out", "out"]) == 0
    row = rows(tmp_path / "out")[0]
    mask = pixels(tmp_path / "out" / "masks" / f"{row['id']}.png")
    outside = np.ones(FILES, dtype=bool)
    outside[4:44, 10:50] = False
    assert np.array_equal(mask == 255, outside)
    assert float(row["share class_1"]) == pytest.approx((mask == 1).sum() / 1600, abs=MOST)


def test_a_folder_does_not_state_regions(
    discs_run: Path, discs_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = shutil.copytree(discs_run, tmp_path / "run")
    config = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(config.replace("data:\n", "data:\n  region: part\n"))
    assert main(["predict", str(run), str(discs_root / "images"), "--out", "out"]) == 2
    assert "data.region=part" in capsys.readouterr().err


def test_the_rest_of_the_pool(discs_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(discs_run), "pool", "--out", "out"]) == 0
    ledger = Ledger(discs_run / "ledger.jsonl", writable=False)
    predicted = {row["id"] for row in rows(tmp_path / "out")}
    split = ledger.find("started", 0)
    assert split is not None
    assert len(ledger.labelled) == 5
    assert len(predicted) == split["split"]["pool"] - 5
    assert not predicted & set(ledger.labelled)
    assert f"{len(predicted)} images predicted by the model of round 1" in capsys.readouterr().out


def test_without_the_data_set_a_new_folder_can_be_predicted(
    discs_run: Path, discs_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = shutil.copytree(discs_run, tmp_path / "run")
    (run / "config.yaml").write_text((run / "config.yaml").read_text().replace(str(discs_root), "/gone"))
    assert main(["predict", str(run), str(discs_root / "images"), "--out", "out"]) == 0
    assert len(rows(tmp_path / "out")) == 24
    capsys.readouterr()
    assert main(["predict", str(run), "pool", "--out", "other"]) == 2
    assert "data.root=/gone is not there" in capsys.readouterr().err
    assert main(["predict", str(run), "pool", f"data.root={discs_root}", "--out", "other"]) == 0


def test_a_run_of_an_earlier_version_looks_at_its_data_set(
    discs_run: Path, discs_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = shutil.copytree(discs_run, tmp_path / "run")
    first, *rest = (run / "ledger.jsonl").read_text().splitlines()
    old = {
        key: value
        for key, value in json.loads(first).items()
        if key not in ("task", "classes", "channels", "size", "unit")
    }
    (run / "ledger.jsonl").write_text("\n".join([json.dumps(old), *rest]) + "\n")
    assert main(["predict", str(run), str(discs_root / "images"), "--out", "out"]) == 0
    (run / "config.yaml").write_text((run / "config.yaml").read_text().replace(str(discs_root), "/gone"))
    assert main(["predict", str(run), str(discs_root / "images"), "--out", "other"]) == 2
    assert "noted neither classes nor channels" in capsys.readouterr().err


def test_what_cannot_be_predicted_costs_one_line(
    discs_run: Path, discs_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    some = tmp_path / "some"
    (some / "deep").mkdir(parents=True)
    shutil.copy(discs_root / "images" / "image_000.png", some / "deep" / "good.png")
    Image.fromarray(np.zeros((8, 8, 3), dtype=np.uint8)).save(some / "colour.png")
    (some / "cut.png").write_bytes((discs_root / "images" / "image_001.png").read_bytes()[:200])
    (some / "empty.tif").touch()
    (some / "notes.txt").write_text("?")
    (some / ".hidden.png").touch()
    assert main(["predict", str(discs_run), str(some), "--out", "out"]) == 1
    said = capsys.readouterr()
    assert len(said.err.splitlines()) == 3
    assert f"{some / 'colour.png'}: it is in colour, and the run's images are grey" in said.err
    assert f"{some / 'cut.png'}: " in said.err
    assert f"{some / 'empty.tif'}: " in said.err
    assert "notes.txt" in said.out
    assert [row["id"] for row in rows(tmp_path / "out")] == ["deep/good"]
    assert pixels(tmp_path / "out" / "masks" / "deep" / "good.png").shape == FILES


def test_a_second_call_does_what_is_missing(
    discs_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = write_discs(tmp_path / "new", n=6) / "images"
    call = ["predict", str(discs_run), str(images), "--out", "out", "--batch-size", "2"]
    assert main(call) == 0
    out = tmp_path / "out"
    whole = (out / "predictions.csv").read_bytes()
    lines = whole.splitlines(keepends=True)
    # As a kill leaves it: a row that is cut short, a mask whose row was not written yet, and one whose file is gone.
    (out / "predictions.csv").write_bytes(b"".join(lines[:5]) + lines[5][:9])
    (out / "masks" / "image_001.png").unlink()
    untouched = (out / "masks" / "image_000.png").stat().st_mtime_ns
    capsys.readouterr()
    assert main(call) == 0
    assert "3 images predicted by the model of round 1; 3 were there already" in capsys.readouterr().out
    assert (out / "predictions.csv").read_bytes() == whole
    assert (out / "masks" / "image_000.png").stat().st_mtime_ns == untouched
    with Image.open(images / "image_002.png") as picture:
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(images / "image_002.png")
    assert main(call) == 0
    assert "1 image predicted by the model of round 1; 5 were there already" in capsys.readouterr().out


def test_a_run_that_has_moved_on_says_so(discs_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, images = shutil.copytree(discs_run, tmp_path / "run"), write_discs(tmp_path / "new", n=2) / "images"
    assert main(["predict", str(run), str(images), "--out", "out"]) == 0
    shutil.copytree(run / "rounds" / "01", run / "rounds" / "02")
    state = torch.load(run / "rounds" / "02" / "model.ckpt", weights_only=True)
    state["state_dict"]["head.bias"] += 1
    torch.save(state, run / "rounds" / "02" / "model.ckpt")
    Ledger(run / "ledger.jsonl").record("trained", 2)
    assert main(["predict", str(run), str(images), "--out", "out"]) == 2
    assert f"the model of round 1, and {run} is at round 2 now; choose a new folder" in capsys.readouterr().err
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    assert main(["predict", str(run), str(images), "--out", "mine"]) == 2
    assert "something else than predictions" in capsys.readouterr().err


def test_probabilities(tiles_run: Path, tiles_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(tiles_run), "pool", "--out", "out"]) == 0
    table, run, dataset = rows(tmp_path / "out"), RunFolder(tiles_run), load_folder(tiles_root, 16)
    assert [row["id"] for row in table] == [dataset.ids[i] for i in (5, 6, 7, 8)]
    model = last_model(run, config_of(run))
    for row in table:
        image = torch.from_numpy(dataset.images[dataset.ids.index(row["id"])])[None]
        with torch.inference_mode():
            p = model.learner.predict_step({"image": image}).mean[0].numpy()
        assert [float(row[f"probability {name}"]) for name in "abc"] == pytest.approx(p.tolist(), abs=MOST)
        assert row["predicted"] == "abc"[int(p.argmax())]
        assert float(row["uncertainty"]) == pytest.approx(float(-(p * np.log(p)).sum() / np.log(3)), abs=MOST)
    assert main(["predict", str(tiles_run), "pool", "--out", "more", "--uncertainty"]) == 2
    assert "--uncertainty: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "images"], "it is no run folder"),
        (["RUN", "nowhere"], "there is no such folder"),
        (["RUN", "empty"], "there is no image in it"),
        (["RUN", "pool", "trainer.steps=3"], "only data.root=PATH"),
        (["RUN", "pool", "--batch-size", "0"], "--batch-size 0"),
    ],
)
def test_bad_input(
    arguments: list[str], said: str, discs_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["predict", *[str(discs_run) if a == "RUN" else a for a in arguments], "--out", "out"]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_names_of_ids_stay_in_the_folder(discs_run: Path, tmp_path: Path) -> None:
    root = write_discs(tmp_path / "data", n=2)
    table = (root / "manifest.csv").read_text()
    (root / "manifest.csv").write_text(
        table.replace("image_000,", "../../away,", 1).replace("image_001,", ".._.._AWAY,", 1)
    )
    assert main(["predict", str(discs_run), str(root), "--out", "out"]) == 0
    names = sorted(path.name for path in (tmp_path / "out" / "masks").iterdir())
    assert len(names) == 2
    assert all(re.fullmatch(r"(away|AWAY)-[0-9a-f]{8}\.png", name) for name in names)
    assert [row["id"] for row in rows(tmp_path / "out")] == ["../../away", ".._.._AWAY"]


def test_names_that_look_like_each_other(discs_run: Path, tmp_path: Path) -> None:
    """No image is written over the prediction of another."""
    names = ("a.jpg.png", "a.jpg", "a.png", "b.png")
    (tmp_path / "scans").mkdir()
    for name in names:
        Image.fromarray(np.zeros(FILES, dtype=np.uint8)).save(tmp_path / "scans" / name)
    assert main(["predict", str(discs_run), "scans", "--out", "out"]) == 0
    assert {(row["id"], Path(row["file"]).name) for row in rows(tmp_path / "out")} == {
        ("a.jpg.png", "a.jpg.png"),
        ("a.jpg", "a.jpg"),
        ("a.png", "a.png"),
        ("b", "b.png"),
    }
    assert len(list((tmp_path / "out" / "masks").iterdir())) == len(names)


def test_predictions_within_the_folder_of_images(discs_run: Path, tmp_path: Path) -> None:
    """They are not predicted in their turn."""
    (tmp_path / "scans" / "predicted").mkdir(parents=True)
    Image.fromarray(np.zeros(FILES, dtype=np.uint8)).save(tmp_path / "scans" / "a.png")
    for _ in range(2):
        assert main(["predict", str(discs_run), "scans", "--out", "scans/predicted"]) == 0
        assert [row["id"] for row in rows(tmp_path / "scans" / "predicted")] == ["a"]
