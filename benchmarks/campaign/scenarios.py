"""Runs that are killed on their way: one of each kind of learner, of people, and of sweeps."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from omegaconf import OmegaConf
from PIL import Image

from alseg.composition.compose import compose
from alseg.oracles.people.request_tables import TABLE, read_request_table
from benchmarks.campaign.samples import SMALL, SMALL_NETWORK, data_set, live_settings


@dataclass(frozen=True)
class Scenario:
    """A run that is the same every time.

    Args:
        name: of the learner, the oracle or the launcher that is its own.
        settings: of ``alseg run``, but for data set and run folder.
        data: data set in the folder of `make_data_sets`.
        answer: people answer this share of what the run, in its folder, asks for; None where nobody is asked.
        sweep: it is a sweep in processes of its own.
        environment: variables of its processes.
    """

    name: str
    settings: tuple[str, ...]
    data: str = "scans"
    answer: Callable[[Path, Path, float], None] | None = None
    sweep: bool = False
    environment: tuple[tuple[str, str], ...] = ()

    def settings_on(self, sets: Path) -> list[str]:
        """All settings but the run folder, on one of the data sets."""
        return ["data=folder", f"data.root={sets / self.data}", *SMALL, *self.settings]

    def command(self, sets: Path, run: Path) -> list[str]:
        """Arguments of `mortal.AtChange.live` for a run in its folder, on one of the data sets.

        The config of a single run is composed once, which takes as long as all the rest.
        """
        if not self.sweep:
            composed = sets / f"{self.name}.yaml"
            if not composed.exists():
                OmegaConf.save(compose(self.settings_on(sets)), composed)
            return ["job", str(composed), str(run)]
        return ["run", "-m", *self.settings_on(sets), f"run_dir={run}"]


def make_data_sets(folder: Path) -> Path:
    """Make images with masks (``scans``), the same without them (``unlabelled``), and images of two classes (``tiles``)."""
    scans = data_set(folder / "scans", ".png", np.random.default_rng(0), images=16)
    table = (scans / "manifest.csv").read_text(encoding="utf-8")
    for name, header in (("unlabelled", "id,image,seen,"), ("tiles", "id,image,label,")):
        shutil.copytree(scans, folder / name)
        lines = table.replace("id,image,mask,", header).splitlines()
        if name == "tiles":
            lines[1:] = [
                line.replace(f"mask{i}.png", ("benign", "malignant")[i % 2]) for i, line in enumerate(lines[1:])
            ]
            for i in range(1, 16, 2):
                Image.fromarray(255 - np.asarray(Image.open(folder / name / f"scan{i}.png")) // 2).save(
                    folder / name / f"scan{i}.png"
                )
        (folder / name / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def answer_in_files(sets: Path, run: Path, share: float) -> None:
    """Masks as they are in ``scans``, for the first of the images that were asked for."""
    for request in sorted(run.glob("requests/round-*")):
        if not (request / TABLE).exists():  # killed while it was written
            continue
        names = read_request_table(request)
        for id_, name in [*names.items()][: round(share * len(names))]:
            shutil.copyfile(sets / "scans" / f"{id_.replace('scan', 'mask')}.png", request / "answers" / f"{name}.png")


SMALL_UNET = (*SMALL_NETWORK, "+learner.architecture_options={encoder_depth:3,decoder_channels:[8,8,8]}")
EVERY_STEP = ("trainer.checkpoint_minutes=0.00001", "map=none", "budget.rounds=2")

_ALL = (
    Scenario(
        "segmenter",
        (
            *("strategy=entropy", "trainer.steps=6", "trainer.val_every=2", "trainer.keep=best", "audit.share=0.3"),
            *(*SMALL_UNET, *EVERY_STEP),
        ),
    ),
    Scenario(
        "sequal",
        (
            *("learner=sequal", "strategy=pld", "oracle=sparse_noisy", "trainer.steps=8", *SMALL_UNET, *EVERY_STEP),
            *("learner.refine.checks=4", "learner.refine.earliest=0.25", "learner.refine.at_latest=0.25"),
            *("learner.refine.confidence=0.5", "learner.refine.contradiction=1.0", "learner.refine.times=3"),
        ),
    ),
    Scenario(
        "unisal",
        (
            *("learner=unisal", "learner.backbone=mobilenetv3_small_050", "learner.weights=none", "strategy=dus_cs"),
            *("trainer.steps=4", "trainer.weights_from=same", *EVERY_STEP),
        ),
        data="tiles",
    ),
    Scenario("probe", ("learner=probe", "strategy=entropy", *EVERY_STEP, "map=tsne", "budget.rounds=3"), data="tiles"),
    Scenario(
        "folder",
        (*live_settings(), "strategy=entropy", "trainer.steps=3", *SMALL_UNET, *EVERY_STEP),
        data="unlabelled",
        answer=answer_in_files,
    ),
    Scenario(
        "joblib",
        (
            *("strategy=random,entropy", "seed=0,1", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"),
            *(*SMALL_UNET, *EVERY_STEP),
        ),
        sweep=True,
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}
