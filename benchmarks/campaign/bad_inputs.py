"""Bad inputs made by generators: damaged manifests, images, settings and run folders, each handed to a command.

What must hold: no traceback, no hang, an exit code that is documented (0 where the damage did no harm, 1 where a run failed, 2
where the input is bad), and then one line that names the file, the id or the setting.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.campaign import damage
from benchmarks.campaign.answered import ask
from benchmarks.campaign.part import Outcome, Part
from benchmarks.campaign.samples import SAMPLES, SIDE, VOLUMES, data_set, live_command, make_runs


class Campaign:
    """Generator of bad inputs, each of a stream of its own.

    Args:
        folder: for all that is made; a data set, a finished run and one that waits for people are made there at once.
        seed: of the damage.
    """

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder, self.seed = folder, seed
        self.runs = make_runs(folder / "runs")
        self.kinds: tuple[Callable[[np.random.Generator, Path], Outcome], ...] = (
            *(self._manifest, self._image, self._setting, self._image, self._manifest, self._run_folder),
            *(self._setting, self._image, self._run_folder, self._answer),
        )

    def outcomes(self, places: range) -> Iterator[Outcome]:
        """Make and try those of some places."""
        for place in places:
            rng = np.random.default_rng([self.seed, place])
            where = self.folder / f"{place:04d}"
            where.mkdir()
            yield self.kinds[place % len(self.kinds)](rng, where)
            shutil.rmtree(where, ignore_errors=True)

    def _manifest(self, rng: np.random.Generator, folder: Path) -> Outcome:
        root = data_set(folder / "scans", ".png", rng)
        manifest = root / "manifest.csv"
        content, how = damage.table_of(manifest.read_bytes(), rng)
        manifest.write_bytes(content)
        return _try("manifest", how, ("manifest.csv", "data.", str(root)), ["data", "check", str(root)])

    def _image(self, rng: np.random.Generator, folder: Path) -> Outcome:
        suffix = str(rng.choice([*SAMPLES]))
        root = data_set(folder / "scans", suffix, rng)
        victim = sorted(root.glob(f"*{suffix}"))[int(rng.integers(0, 4))]
        content, how = damage.bytes_of(victim.read_bytes(), rng)
        victim.write_bytes(content)
        named = (victim.name, victim.name.partition(".")[0])
        command = ["convert", str(root), "--to", str(folder / "slices")] if suffix in VOLUMES else ["check", str(root)]
        return _try(f"image {suffix}", f"{victim.name}: {how}", named, ["data", *command])

    def _setting(self, rng: np.random.Generator, folder: Path) -> Outcome:
        key, text = str(rng.choice(KEYS)), str(rng.choice([odd for odd in damage.ODD if "\x00" not in odd]))
        named = (key, key.rpartition(".")[2], str(folder))
        command = ["run", f"{key}={text}", "--cfg", "job", "--resolve"]
        return _try("setting", f"{key}={text[:30]!r}", named, command)

    def _run_folder(self, rng: np.random.Generator, folder: Path) -> Outcome:
        name = str(rng.choice(["done", "waiting"]))
        run = shutil.copytree(self.runs / name, folder / "run")
        victims = [path for path in sorted(run.rglob("*")) if path.suffix in RECORDS]
        victim = victims[int(rng.integers(0, len(victims)))]
        damaged = damage.table_of if victim.suffix == ".csv" and rng.random() < 0.5 else damage.bytes_of
        content, how = damaged(victim.read_bytes(), rng)
        victim.write_bytes(content)
        command = (["report", str(run), "--out", str(folder / "report")], ["status", str(run)], ["map", str(run)])
        chosen = command[int(rng.integers(0, len(command)))]
        named = (victim.name, str(run))
        return _try(f"run {chosen[0]}", f"{victim.relative_to(run)}: {how}", named, chosen)

    def _answer(self, rng: np.random.Generator, folder: Path) -> Outcome:
        """Beside one answer that is right, one that is not; whether the run goes on or waits, it must say so."""
        run = shutil.copytree(self.runs / "waiting", folder / "run")
        answers = run / "requests" / "round-00" / "answers"
        asked = [path.stem for path in sorted((run / "requests" / "round-00" / "images").iterdir())]
        right = np.zeros((SIDE, SIDE), np.uint8)
        for name in asked[:2]:
            Image.fromarray(right).save(answers / f"{name}.png")
        victim = (answers / "answers.csv") if rng.random() < 0.3 else answers / f"{asked[1]}.png"
        damaged = damage.table_of if victim.suffix == ".csv" else damage.bytes_of
        content, how = damaged(victim.read_bytes(), rng)
        victim.write_bytes(content)
        command = live_command(self.runs / "unlabelled", run)
        return _try("answer", f"{victim.name}: {how}", (victim.name, asked[1]), command)


RECORDS = (".jsonl", ".json", ".yaml", ".csv", ".npz", ".parquet", ".pt", ".ckpt")
"""Suffixes of what a run folder tells of a run."""

KEYS = (
    *(
        "seed",
        "budget.initial",
        "budget.rounds",
        "trainer.steps",
        "trainer.devices",
        "learner.encoder",
        "learner.loss.dice_weight",
    ),
    *(
        "strategy",
        "strategy.selector._target_",
        "data.size",
        "data.patients",
        "split.test",
        "oracle",
        "oracle.seconds_per_image",
    ),
    *(
        "run_dir",
        "logger.project",
        "callbacks.map.colour",
        "embedding.size",
        "stopping",
        "experiment",
        "cold_start.selector",
    ),
    *("nothing", "learner.schedule", "audit.share", "forecast.target", "primary_metric.segmentation"),
)
"""Settings that odd texts are given to."""


def _try(kind: str, how: str, named: tuple[str, ...], command: list[str]) -> Outcome:
    answer = ask(command)
    return Outcome(kind, f"{how}: exit code {answer.code}", answer.fault(named))


def outcomes(folder: Path, places: range, seed: int) -> Iterator[Outcome]:
    """Make and try bad inputs, of all kinds in turn."""
    return Campaign(folder, seed).outcomes(places)


PART = Part("damaged files, settings and run folders are answered in one line that names them", 300, outcomes)
