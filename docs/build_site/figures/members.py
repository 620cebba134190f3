"""What a learner says of images that it has not seen, after a short training on a few labels."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from omegaconf import OmegaConf

from alseg.composition import Budget, compose
from alseg.data.dataset import Dataset
from alseg.data.phantoms.carotid import phantom_carotid
from alseg.data.phantoms.histology import phantom_histology
from alseg.data.pool import PoolDataModule
from alseg.data.split import Split
from alseg.learners.learner import DataSpec, Learner
from alseg.loop import ActiveLearningController, Training
from alseg.loop.job import quiet_libraries
from alseg.oracles.simulated import Simulated
from alseg.prediction import Prediction
from alseg.runs.run_folder import RunFolder
from alseg.selection.random import Random
from alseg.strategy import Strategy
from docs.build_site import made
from docs.build_site.choice import read_choice
from docs.build_site.figures.style import INK, PICK, SCORE, png

STEPS, BATCH, LABELS = 30, {"segmentation": 4, "classification": 8}, {"segmentation": 8, "classification": 40}
"""Of the training, by task."""
UNSEEN = 3
"""Images that are shown: the last of as many groups, in no training."""
SMALL = {
    "weights": "packaged",
    "encoder": "tf_efficientnet_lite0",
    "architecture_options": {"decoder_channels": [64, 48, 32, 16, 16]},
}


def members(name: str) -> bytes:
    """PNG of the predictions of a learner: masks with the spread of its members, or probabilities of each member."""
    learner = made.learner(name)
    if "segmentation" in learner.tasks:
        return _masks(*_trained(name, _walls()))
    return _classes(*_trained(name, _tissue()))


@cache
def _walls() -> Dataset:
    return phantom_carotid(size=(32, 64), patients=9, frames=4, seed=3)


@cache
def _tissue() -> Dataset:
    return phantom_histology(size=48, slides=6, tiles=14, seed=3)


def _unseen(dataset: Dataset) -> list[int]:
    last = {group: row for row, group in enumerate(dataset.groups)}
    return list(last.values())[-UNSEEN:]


def _trained(name: str, dataset: Dataset) -> tuple[Dataset, Learner, Prediction]:
    """A short run of one round; what the learner says of the images that are shown, the last of the data set."""
    kept: list[Learner] = []
    rows = _unseen(dataset)
    embedding = OmegaConf.merge(read_choice("embedding", "packaged").node, {"size": 64})

    def make(spec: DataSpec, steps: int) -> Learner:
        kept.append(made.new_learner(name, spec, steps, **SMALL, embedding=embedding))
        return kept[-1]

    quiet_libraries()
    config = compose([f"trainer.steps={STEPS}", "trainer.accelerator=cpu", "trainer.progress=false"])
    with tempfile.TemporaryDirectory() as folder:
        ActiveLearningController(
            pool=PoolDataModule(
                dataset,
                Split(tuple(id_ for row, id_ in enumerate(dataset.ids) if row not in rows), (), ()),
                seed=0,
                steps=STEPS,
                batch_size=BATCH[dataset.task],
                unlabelled_batch_size=BATCH[dataset.task],
                eval_batch_size=16,
            ),
            make_learner=make,
            cold_start=Strategy("random", Random()),
            strategy=Strategy("random", Random()),
            oracle=Simulated(dataset),
            training=Training(config.trainer),
            budget=Budget("sketch", initial=LABELS[dataset.task], query=1, rounds=1),
            folder=RunFolder(Path(folder)),
            seed=0,
        ).run()
    learner = kept[-1].eval()
    with torch.inference_mode():
        shown = torch.from_numpy(dataset.images[rows])
        return dataset, learner, learner.predict_step({"image": shown, "row": torch.tensor(rows)})


def _masks(dataset: Dataset, learner: Learner, prediction: Prediction) -> bytes:
    each = prediction.probabilities[:, :, 1:].sum(dim=2).numpy()  # (M, B, H, W)
    final = learner.final(prediction).softmax(dim=1)[:, 1:].sum(dim=1).numpy()
    rows = [("foreground, probability", final, 1.0)]
    if len(each) > 1:
        rows.append((f"spread of its {len(each)} members", each.std(axis=0), 0.25))
    figure = Figure(figsize=(7.2, 1.35 * (1 + len(rows))), layout="constrained")
    grid = figure.subplots(1 + len(rows), UNSEEN, squeeze=False)
    for place, row in enumerate(_unseen(dataset)):
        grid[0, place].imshow(dataset.images[row, 0], cmap="gray")
        grid[0, place].contour(dataset.targets[row] == 1, [0.5], colors=[PICK], linewidths=1)
        for line, (_, values, most) in enumerate(rows, 1):
            shown = grid[line, place].imshow(values[place], cmap=SCORE, vmin=0, vmax=most)
            if place == UNSEEN - 1:
                bar = figure.colorbar(shown, ax=grid[line], shrink=0.8)
                bar.outline.set_visible(False)
                bar.ax.tick_params(labelsize=7)
    for axes, title in zip(grid[:, 0], ("image, and truth", *(title for title, _, _ in rows))):
        axes.set_title(title, fontsize=8, color=INK, loc="left")
    for axes in grid.ravel():
        axes.set_axis_off()
    return png(figure)


def _classes(dataset: Dataset, learner: Learner, prediction: Prediction) -> bytes:
    each = prediction.probabilities.numpy()  # (M, B, C)
    final = learner.final(prediction).softmax(dim=1).numpy()
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    images, bars = figure.subplots(2, UNSEEN, height_ratios=[1, 1.3], sharey="row")
    for place, row in enumerate(_unseen(dataset)):
        true = int(dataset.targets[row])
        images[place].imshow(dataset.images[row].transpose(1, 2, 0))
        images[place].set_title(dataset.classes[true], fontsize=8, color=INK)
        images[place].set_axis_off()
        at = np.arange(len(dataset.classes))
        bars[place].barh(at, final[place], color=[PICK if c == true else "#b8c4c2" for c in at])
        for member in each if len(each) > 1 else ():
            bars[place].plot(member[place], at, ".", color=INK, markersize=3)
        bars[place].set_yticks(at, dataset.classes, fontsize=7)
        bars[place].set_xlim(0, 1)
        bars[place].tick_params(axis="x", labelsize=7)
    return png(figure)
