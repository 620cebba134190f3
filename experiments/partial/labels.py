"""What repairs did to the labels, pixel by pixel: ``python -m experiments.partial.labels RUNS``, which writes labels.csv.

It reads the annotations and the working labels that runs have kept, and the data set's own masks; nothing is trained.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from alseg.composition.composing import register
from alseg.composition.instantiate import instantiate
from alseg.data.dataset import Dataset
from alseg.runs.run_folder import RunFolder
from experiments.partial.analyse import REPAIRED, describe

RESULT = Path(__file__).parent / "labels.csv"
Labels = NDArray[np.uint8]


def shares(truth: Labels, traced: Labels, repaired: Labels) -> dict[str, float]:
    """Shares ``restored``, of the structures' pixels that were not traced and are right now, ``destroyed``, of the traced pixels
    that are not any more, and ``invented``, of the background that is called structure now; and ``taken``, of the images'
    pixels that changed.

    Args:
        truth, traced, repaired: ``(n, H, W)``.
    """
    structure, known = truth > 0, traced > 0
    return {
        "restored": float(np.mean(repaired[structure & ~known] == truth[structure & ~known])),
        "destroyed": float(np.mean(repaired[known] != truth[known])),
        "invented": float(np.mean(repaired[~structure] > 0)),
        "taken": float(np.mean(repaired != traced)),
    }


@cache
def _dataset(node: str) -> Dataset:
    config = OmegaConf.create(node)
    assert isinstance(config, DictConfig)
    found: Dataset = instantiate(config)
    return found


def lines(folder: Path) -> list[dict[str, object]]:
    """The shares of a run with repairs, of all classes and of each; none of any other run."""
    config = OmegaConf.load(folder / "config.yaml")
    assert isinstance(config, DictConfig)
    about = describe(config)
    if (about["labels"], about["learner"]) != REPAIRED:
        return []
    dataset = _dataset(OmegaConf.to_yaml(config.data, resolve=True))
    run = RunFolder(folder)
    ids, traced = run.load_annotations(0)
    working = dict(zip(*run.load_working_labels(0)))
    repaired = np.stack([working[id_] for id_ in ids])
    truth = dataset.targets[[dataset.ids.index(id_) for id_ in ids]]
    whole = {"data": about["data"], "n_labelled": len(ids), "seed": int(config.seed)}
    found: list[dict[str, object]] = [{**whole, "class": "all", **shares(truth, traced, repaired)}]
    for number, name in list(enumerate(dataset.classes))[1:] if len(dataset.classes) > 2 else ():
        alone = ((labels == number).astype(np.uint8) for labels in (truth, traced, repaired))
        found.append({**whole, "class": name, **shares(*alone)})
    return found


def main(runs: Path) -> None:
    """Write labels.csv for the runs below a folder."""
    register()
    rows = [line for done in sorted(runs.glob("**/DONE")) for line in lines(done.parent)]
    table = pd.DataFrame(rows).sort_values(["data", "n_labelled", "seed"], kind="stable")
    table.to_csv(RESULT, index=False, float_format="%.4f")
    print(f"{RESULT}: {len(table)} lines")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
