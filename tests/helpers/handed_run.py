"""A run whose data set lies in files: what `alseg predict` and `alseg export` are given, in a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from alseg.data.dataset import Dataset
from alseg.data.folder import load_folder
from alseg.data.split import Split
from alseg.identity.metadata import FILE, metadata_table, write_metadata
from alseg.learners.learner import DataSpec, Learner
from alseg.oracles.oracle import Annotations
from alseg.prediction import Prediction
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from tests.helpers.discs import make_dataset
from tests.helpers.loop_runs import make_run
from tests.helpers.manifest_folder import Folder

SIZE = (24, 32)
FILES = (48, 96)
"""Twice and three times: with other sizes the middle of a pixel may lie on the edge between two."""


def write_discs(root: Path, n: int = 24, size: tuple[int, int] = FILES) -> Path:
    """A folder of grey images with masks, and its manifest."""
    folder, discs = Folder(root), make_dataset(n=n, size=max(size), groups=12)
    for id_, image, mask in zip(discs.ids, discs.images[:, 0], discs.targets):
        folder.save(f"images/{id_}.png", image[: size[0], : size[1]])
        folder.save(f"masks/{id_}.png", mask[: size[0], : size[1]])
    rows = (f"{id_},images/{id_}.png,masks/{id_}.png,{g},site {g[-1]}" for id_, g in zip(discs.ids, discs.groups))
    folder.table("id,image,mask,group,site", *rows)
    return root


def segmentation_run(path: Path, root: Path, size: tuple[int, int] = SIZE, **data: Any) -> Path:
    """A run of two rounds by the controller, with a learner of two convolutions; 3 + 2 labels."""
    dataset = load_folder(root, list(size), **data)
    make_run(path, dataset, budget=(3, 2, 2)).run()
    settings = {"name": dataset.name, "root": str(root), "size": list(size), **data}
    write_config(
        path, {"_target_": "alseg.data.folder.load_folder", **settings}, "tests.helpers.tiny_learner.TinyLearner"
    )
    return path


class Levels(Learner):
    """Classifies by the mean grey level, with nothing to train."""

    tasks = frozenset({"classification"})

    def __init__(self, spec: DataSpec, steps: int) -> None:
        super().__init__(spec, steps)
        self.head = torch.nn.Linear(spec.channels, len(spec.classes))
        self.register_buffer("mean", torch.tensor(0.5))
        self.register_buffer("std", torch.tensor(0.25))

    def networks(self) -> list[torch.nn.Module]:
        return [self.head]

    def predict_members(self, images: torch.Tensor) -> Prediction:
        means = images.mean(dim=(2, 3))
        return Prediction(self.head(means).unsqueeze(0), means)


def write_tiles(root: Path, n: int = 12) -> Path:
    """A folder of coloured images of three classes, in JPEG."""
    folder, rng = Folder(root), np.random.default_rng(0)
    for i in range(n):
        folder.save(f"tile_{i}.jpg", rng.integers(0, 256, (20, 28, 3)))
    folder.table("id,image,label,group", *(f"tile_{i},tile_{i}.jpg,{'abc'[i % 3]},slide_{i // 2}" for i in range(n)))
    return root


def classification_run(path: Path, root: Path, size: int = 16) -> Path:
    """What a run of one round leaves behind; image 0 to 3 are labelled, two by each of two people, and one is refused."""
    dataset: Dataset = load_folder(root, size)
    run, ids = RunFolder(path), dataset.ids
    path.mkdir(parents=True)
    learner = Levels(DataSpec.of(dataset), 1)
    run.round(0).mkdir(parents=True)
    torch.save({"state_dict": learner.state_dict()}, run.checkpoint(0))
    people, cost = ("ann", "ann", "bob", "bob"), [3.0, 4.5, 2.0, 1.0]
    answer = Annotations(ids[:4], dataset.targets[:4], np.array(cost), "people", ids[4:5])
    run.save_annotations(0, answer)
    ledger = Ledger(run.ledger)
    asked = {"task": dataset.task, "classes": list(dataset.classes), "unit": dataset.unit}
    ledger.record("started", 0, **asked, channels=dataset.channels, size=list(dataset.size))
    ledger.record("queried", 0, ids=list(ids[:5]))
    people_by_image = {"annotator": "people", "annotators": list(people)}
    ledger.record("annotated", 0, ids=list(ids[:4]), refused=[ids[4]], cost=cost, **people_by_image)
    ledger.record("trained", 0)
    split = Split(ids[:9], (), ids[9:])
    write_metadata(path / FILE, metadata_table(dataset, {name: list(part) for name, part in vars(split).items()}))
    settings = {"name": dataset.name, "root": str(root), "size": size}
    write_config(path, {"_target_": "alseg.data.folder.load_folder", **settings}, "tests.helpers.handed_run.Levels")
    return path


def write_config(path: Path, data: dict[str, Any], learner: str) -> None:
    """The parts of a config that are looked at when a model is handed on."""
    config = {
        "seed": 0,
        "data": data,
        "learner": {"_target_": learner, "name": "tiny"},
        "strategy": {"name": "entropy"},
        "trainer": {"steps": 3, "accelerator": "cpu"},
    }
    (path / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
