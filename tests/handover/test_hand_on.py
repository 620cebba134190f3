"""``alseg export --to``: labels read back from every form."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse
from xml.etree import ElementTree

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from alseg.cli import main
from alseg.data.fit import Place
from alseg.data.folder import load_folder
from alseg.data.formats.brush import mask_of_brush
from alseg.data.region import Region
from alseg.handover.answer_files import AnswerFiles
from alseg.handover.to_coco import run_lengths
from alseg.oracles.people.mask_file import read_mask_answer
from alseg.oracles.simulated import Simulated
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from tests.helpers.discs import make_dataset
from tests.helpers.handed_run import FILES, SIZE, write_config

FORMS = ("folder", "nnunet", "coco", "label_studio")


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.array(picture)


def recorded(run: Path) -> dict[str, np.ndarray]:
    """Targets at data.size by id, as the run keeps them."""
    ledger = Ledger(run / "ledger.jsonl", writable=False)
    parts = [RunFolder(run).load_annotations(event["round"]) for event in ledger.of("annotated")]
    return {id_: target for ids, targets in parts for id_, target in zip(ids, targets)}


def enlarged(target: np.ndarray) -> np.ndarray:
    """To the size of the files by the nearest pixel, written out: the middle of each pixel decides."""
    rows = ((np.arange(FILES[0]) + 0.5) * SIZE[0] / FILES[0]).astype(int)
    columns = ((np.arange(FILES[1]) + 0.5) * SIZE[1] / FILES[1]).astype(int)
    return target[rows][:, columns]


def partly_annotated(run: Path, copy: Path) -> Path:
    """A copy of a run in which nobody looked at the upper rows in round 0."""
    path = shutil.copytree(run, copy) / "rounds" / "00" / "annotations.npz"
    with np.load(path) as stored:
        parts = dict(stored)
    parts["targets"][:, :3] = 255
    np.savez(path, **parts)
    return copy


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def loaded(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def exported(discs_run: Path, tmp_path: Path) -> Any:
    def export(form: str, run: Path = discs_run) -> Path:
        out = tmp_path / ("Dataset501_discs" if form == "nnunet" else form)
        assert main(["export", str(run), "--to", form, "--out", str(out)]) == 0
        return out

    return export


def test_folder(exported: Any, discs_run: Path, discs_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What alseg loads from it is what the run was trained with."""
    out = exported("folder")
    assert "5 of the masks were brought from data.size" in capsys.readouterr().out
    assert main(["data", "check", str(out)]) == 0
    dataset, targets = load_folder(out, list(SIZE), classes=["background", "class_1"]), recorded(discs_run)
    assert list(dataset.ids) == list(targets)
    assert np.array_equal(dataset.targets, np.stack([targets[id_] for id_ in dataset.ids]))
    whole = load_folder(discs_root, list(SIZE))
    rows = [whole.ids.index(id_) for id_ in dataset.ids]
    assert np.array_equal(dataset.images, whole.images[rows])
    assert dataset.groups == tuple(whole.groups[row] for row in rows)
    for row in table(out / "manifest.csv"):
        assert np.array_equal(pixels(out / row["mask"]), enlarged(targets[row["id"]]))
        assert row["mask_from"] == "run, resized from 24x32"
        assert row["site"].startswith("site ")
        assert row["annotator"] == "truth"
    assert [row["round"] for row in table(out / "manifest.csv")] == ["0", "0", "0", "1", "1"]


def test_the_rest_of_the_pool_for_a_run_to_come(
    discs_run: Path, discs_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows without a mask; a run from there begins with the labels that are handed on."""
    assert main(["export", str(discs_run), "--to", "coco", "--rest", "--out", "out"]) == 2
    assert "choose --to folder" in capsys.readouterr().err
    assert main(["export", str(discs_run), "--to", "folder", "--rest", "--out", "out"]) == 0
    assert "cold_start=labelled" in capsys.readouterr().out
    assert main(["data", "check", "out"]) == 0
    dataset, whole = load_folder(tmp_path / "out", list(SIZE)), load_folder(discs_root, list(SIZE))
    targets = recorded(discs_run)
    started = Ledger(discs_run / "ledger.jsonl", writable=False).find("started", 0)
    assert started is not None
    assert len(dataset) == started["split"]["pool"] > len(targets) == 5
    assert dataset.has_target == tuple(id_ in targets for id_ in dataset.ids)
    assert np.array_equal(dataset.images, whole.images[[whole.ids.index(id_) for id_ in dataset.ids]])


def test_nnunet(exported: Any, discs_run: Path, discs_root: Path) -> None:
    out, targets = exported("nnunet"), recorded(discs_run)
    about = loaded(out / "dataset.json")
    assert about["channel_names"] == {"0": "grey"}
    assert about["labels"] == {"background": 0, "class_1": 1}
    assert about["numTraining"] == 5
    assert about["file_ending"] == ".png"
    assert sorted(path.name for path in (out / "imagesTr").iterdir()) == sorted(f"{id_}_0000.png" for id_ in targets)
    for id_, target in targets.items():
        assert np.array_equal(pixels(out / "labelsTr" / f"{id_}.png"), enlarged(target))
        image = pixels(out / "imagesTr" / f"{id_}_0000.png")
        assert np.array_equal(image, pixels(discs_root / "images" / f"{id_}.png"))


def test_nnunet_says_what_it_cannot(discs_run: Path, tiles_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(discs_run), "--to", "nnunet", "--out", "labelled"]) == 2
    said = capsys.readouterr().err
    assert "--out: the folder is called labelled, and nnU-Net looks for DatasetNNN_NAME; as" in said
    assert "nnUNet_raw/Dataset501_discs" in said
    for form, out in (("nnunet", "Dataset501_tiles"), ("coco", "coco")):
        assert main(["export", str(tiles_run), "--to", form, "--out", out]) == 2
        assert f"--to {form}: " in capsys.readouterr().err
        assert not Path(out).exists()


def test_coco(exported: Any, discs_run: Path) -> None:
    out, targets = exported("coco"), recorded(discs_run)
    whole = loaded(out / "annotations.json")
    assert whole["categories"] == [{"id": 1, "name": "class_1", "supercategory": ""}]
    assert [image["alseg"]["id"] for image in whole["images"]] == list(targets)
    for image in whole["images"]:
        found = np.zeros(FILES, dtype=np.uint8)
        assert (image["height"], image["width"]) == FILES
        assert (out / "images" / image["file_name"]).is_file()
        for one in (one for one in whole["annotations"] if one["image_id"] == image["id"]):
            runs = one["segmentation"]["counts"]
            values = np.repeat(np.arange(len(runs)) % 2, runs)
            mask = values.reshape(FILES, order="F").astype(bool)
            found[mask] = one["category_id"]
            x, y, width, height = one["bbox"]
            assert one["area"] == mask.sum() == mask[y : y + height, x : x + width].sum()
            assert all(edge.any() for edge in (mask[y], mask[:, x], mask[y + height - 1], mask[:, x + width - 1]))
        assert np.array_equal(found, enlarged(targets[image["alseg"]["id"]]))


@pytest.mark.skipif(importlib.util.find_spec("pycocotools") is None, reason="pycocotools is not installed")
def test_coco_by_its_own_tools(exported: Any, discs_run: Path) -> None:
    from pycocotools.coco import COCO

    coco, targets = COCO(exported("coco") / "annotations.json"), recorded(discs_run)
    for one in coco.dataset["annotations"]:
        target = targets[coco.imgs[one["image_id"]]["alseg"]["id"]]
        assert np.array_equal(coco.annToMask(one).astype(bool), enlarged(target) == one["category_id"])


@pytest.mark.parametrize(
    ("mask", "lengths"),
    [
        ([[0, 1], [0, 1]], [2, 2]),
        ([[1, 0], [0, 0]], [0, 1, 3]),
        ([[1, 1], [1, 1]], [0, 4]),
        ([[0, 1], [1, 0]], [1, 2, 1]),
    ],
)
def test_run_lengths_count_down_the_columns(mask: list[list[int]], lengths: list[int]) -> None:
    assert run_lengths(np.array(mask, dtype=bool)) == lengths


def test_label_studio(exported: Any, discs_run: Path) -> None:
    out, targets = exported("label_studio"), recorded(discs_run)
    tasks, config = loaded(out / "tasks.json"), ElementTree.fromstring((out / "label_config.xml").read_text())
    brushes = config.find("BrushLabels")
    assert brushes is not None
    assert [label.get("value") for label in brushes] == ["class_1"]
    assert [task["data"]["id"] for task in tasks] == list(targets)
    for task in tasks:
        assert (out.parent / task["data"]["image"].removeprefix("/data/local-files/?d=")).is_file()
        (annotation,) = task["annotations"]
        assert annotation["lead_time"] == 60
        found = np.zeros(FILES, dtype=np.uint8)
        for one in annotation["result"]:
            assert (one["from_name"], one["to_name"]) == (brushes.get("name"), brushes.get("toName"))
            assert one["value"]["brushlabels"] == ["class_1"]
            found[mask_of_brush(one["value"]["rle"], (one["original_height"], one["original_width"]))] = 1
        assert np.array_equal(found, enlarged(targets[task["data"]["id"]]))


def test_classes_of_images(exported: Any, tiles_run: Path, tiles_root: Path) -> None:
    """With two annotators, each at their cost, and a refusal."""
    out, dataset = exported("folder", tiles_run), load_folder(tiles_root, 16)
    again = load_folder(out, 16)
    assert again.ids == dataset.ids[:4]
    assert [again.classes[i] for i in again.targets] == [dataset.classes[i] for i in dataset.targets[:4]]
    assert again.cost is not None
    assert again.cost.tolist() == [3.0, 4.5, 2.0, 1.0]
    about = loaded(out / "labels.json")
    assert about["annotators"] == {"ann": {"labels": 2, "seconds": 7.5}, "bob": {"labels": 2, "seconds": 3.0}}
    assert about["refused"] == [dataset.ids[4]]
    assert [row["label"] for row in table(out / "labels.csv")] == [dataset.classes[i] for i in dataset.targets[:4]]
    tasks = loaded(exported("label_studio", tiles_run) / "tasks.json")
    choices = [task["annotations"][0]["result"][0]["value"]["choices"] for task in tasks]
    assert choices == [[dataset.classes[i]] for i in dataset.targets[:4]]


@pytest.mark.parametrize("form", FORMS)
def test_pixels_that_nobody_annotated(form: str, exported: Any, discs_run: Path, tmp_path: Path) -> None:
    """255 stays apart from the background in every form."""
    run = partly_annotated(discs_run, tmp_path / "run")
    out, (id_, target) = exported(form, run), next(iter(recorded(run).items()))
    mask = enlarged(target)
    if form == "folder":
        assert np.array_equal(pixels(out / "masks" / f"{id_}.png"), mask)
    elif form == "nnunet":
        assert loaded(out / "dataset.json")["labels"] == {"background": 0, "class_1": 1, "ignore": 2}
        assert np.array_equal(pixels(out / "labelsTr" / f"{id_}.png"), np.where(mask == 255, 2, mask))
    elif form == "coco":
        whole = loaded(out / "annotations.json")
        assert whole["categories"][-1] == {"id": 255, "name": "not annotated", "supercategory": ""}
        assert {one["area"] for one in whole["annotations"] if one["category_id"] == 255} == {int((mask == 255).sum())}
    else:
        results = loaded(out / "tasks.json")[0]["annotations"][0]["result"]
        (one,) = [one for one in results if one["value"]["brushlabels"] == ["not annotated"]]
        assert np.array_equal(mask_of_brush(one["value"]["rle"], FILES), mask == 255)
        assert '<Label value="not annotated"' in (out / "label_config.xml").read_text()


@pytest.mark.parametrize("form", ["nnunet", "coco", "label_studio"])
def test_alseg_data_index_takes_it_back(form: str, exported: Any, discs_run: Path, tmp_path: Path) -> None:
    """Pixel by pixel, in COCO and Label Studio with what nobody annotated."""
    run = discs_run if form == "nnunet" else partly_annotated(discs_run, tmp_path / "run")
    out, targets = exported(form, run), recorded(run)
    assert main(["data", "index", str(out)]) == 0
    dataset = load_folder(out, list(SIZE), classes=["background", "class_1"], mask_255="ignored")
    found = {id_.removesuffix("_0000"): target for id_, target in zip(dataset.ids, dataset.targets)}
    assert found.keys() == targets.keys()
    assert all(np.array_equal(found[id_], targets[id_]) for id_ in targets)


def test_the_file_that_was_answered_with_goes_before_what_the_run_keeps(
    exported: Any, discs_run: Path, tmp_path: Path
) -> None:
    """If it says what the run was trained with; one that was changed afterwards does not."""
    run, targets = shutil.copytree(discs_run, tmp_path / "run"), recorded(discs_run)
    first, second, *_ = targets
    answers = run / "requests" / "round-00" / "answers"
    answers.mkdir(parents=True)
    rows = ((np.arange(SIZE[0]) + 0.5) * FILES[0] / SIZE[0]).astype(int)  # the pixels that loading looks at
    fine = enlarged(targets[first])
    fine[[row for row in range(FILES[0]) if row not in rows]] ^= 1
    Image.fromarray(fine).save(answers / f"{first}.png")
    Image.fromarray(1 - enlarged(targets[second])).save(answers / f"{second}.png")
    out = exported("folder", run)
    assert np.array_equal(pixels(out / "masks" / f"{first}.png"), fine)
    assert not np.array_equal(fine, enlarged(targets[first]))
    assert np.array_equal(pixels(out / "masks" / f"{second}.png"), enlarged(targets[second]))
    assert [row["mask_from"] for row in table(out / "labels.csv")][:2] == ["answer", "run, resized from 24x32"]


def test_answers_from_before_there_was_one_folder_for_all(tmp_path: Path) -> None:
    """`oracle.answers` may be set on the way: what was answered before lies in the folder of its request."""
    folders = (tmp_path / "all", tmp_path / "requests" / "round-00" / "answers")
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "a.png").touch()
    assert AnswerFiles(tmp_path, {"answers": str(folders[0])}, {"a": "a"}).of("a", 0) == [f / "a.png" for f in folders]


def test_two_processes_hand_on_to_one_folder(
    discs_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second does not remove what the first writes; what one left that was killed is in nobody's way."""
    out, work = tmp_path / "labelled", tmp_path / ".labelled.tmp"
    (work / "labelled").mkdir(parents=True)
    (work / "labelled" / "half.png").touch()
    with FileLock(work / ".lock"):
        assert main(["export", str(discs_run), "--to", "folder", "--out", str(out)]) == 2
        assert "another process writes labels there" in capsys.readouterr().err
        assert (work / "labelled" / "half.png").exists()
    assert main(["export", str(discs_run), "--to", "folder", "--out", str(out)]) == 0
    assert not (out / "half.png").exists()
    assert not work.exists()


@pytest.mark.parametrize(
    "command",
    [
        "init afile/x",
        "predict RUN DATA --out afile",
        "predict RUN DATA --out afile/x",
        "export RUN --to folder --out afile/x",
        "export RUN --model safetensors --out afile/x.safetensors",
    ],
)
def test_where_nothing_can_be_written_one_line_says_so(
    discs_run: Path, discs_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (tmp_path / "afile").write_text("kept")
    words = [{"RUN": str(discs_run), "DATA": str(discs_root)}.get(word, word) for word in command.split()]
    assert main(words) == 2
    assert re.fullmatch(rf"alseg {words[0]}: .*afile.*: \S.*\n", capsys.readouterr().err)
    assert (tmp_path / "afile").read_text() == "kept"


def test_label_studio_finds_the_images_of_a_folder_with_signs_of_an_address(discs_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "labels & co+50%"
    assert main(["export", str(discs_run), "--to", "label_studio", "--out", str(out)]) == 0
    for task in json.loads((out / "tasks.json").read_text()):
        (said,) = parse_qs(urlparse(task["data"]["image"]).query)["d"]
        assert (out.parent / said).is_file()


def test_what_lies_beyond_the_region_changes_no_label(tmp_path: Path) -> None:
    """255 is the foreground of the part that the run used; beside a class id beyond that part it would be "not annotated"."""
    where, size, classes = Place(Region(2, 0, 4, 6)), (6, 4), ("background", "lumen")
    mask = np.zeros((6, 8), dtype=np.uint8)
    mask[1:3, 3:5] = 255
    Image.fromarray(mask).save(tmp_path / "plain.png")
    mask[0, 0] = 1
    Image.fromarray(mask).save(tmp_path / "beyond.png")
    files = AnswerFiles(tmp_path, {}, {})
    target = read_mask_answer(tmp_path / "beyond.png", where, mask.shape, size, classes)
    assert target.sum() == 4
    plain = files.mask([tmp_path / "plain.png"], target, where, mask.shape, classes)
    assert plain is not None
    assert plain.sum() == 4
    assert files.mask([tmp_path / "beyond.png"], target, where, mask.shape, classes) is None


def test_images_of_a_computed_data_set(exported: Any, discs_run: Path, tmp_path: Path) -> None:
    """They have no files; their pixels are written."""
    run = tmp_path / "run"
    run.mkdir()
    write_config(
        run, {"_target_": "tests.helpers.discs.make_dataset", "n": 6}, "tests.helpers.tiny_learner.TinyLearner"
    )
    folder, ledger = RunFolder(run), Ledger(run / "ledger.jsonl")
    dataset = make_dataset(n=6)
    answer = Simulated(dataset).annotate(dataset.ids[:2])
    folder.save_annotations(0, answer)
    ledger.record("annotated", 0, ids=list(answer.ids), refused=[], cost=[1.0, 2.0], annotator="truth")
    out = exported("folder", run)
    again = load_folder(out, 32)
    assert np.array_equal(again.images, dataset.images[:2])
    assert np.array_equal(again.targets, dataset.targets[:2])
    assert {row["mask_from"] for row in table(out / "labels.csv")} == {"run"}


def test_what_is_there_is_left_alone(discs_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").touch()
    assert main(["export", str(discs_run), "--to", "folder", "--out", "out"]) == 2
    assert "it is there already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]
    run = shutil.copytree(discs_run, tmp_path / "run")
    (run / "ledger.jsonl").unlink()
    assert main(["export", str(run), "--to", "folder", "--out", "new"]) == 2
    assert "nothing is labelled yet" in capsys.readouterr().err
    assert not [path for path in tmp_path.iterdir() if "new" in path.name]
