"""Bad inputs made by generators: damaged manifests, images, settings and run folders, each handed to a command.

What must hold: no traceback, no hang, an exit code that is documented (0 where the damage did no harm, 1 where a run failed, 2 where
the input is bad), and then one line that names the file, the id or the setting.
"""

from __future__ import annotations

import contextlib
import io
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alseg.cli import main
from benchmarks.campaign import damage
from benchmarks.campaign.samples import SAMPLES, data_set

LONGEST = 60.0
"""Seconds that a command may take."""


@dataclass(frozen=True)
class Outcome:
    """One bad input, and what came of it.

    Args:
        kind: of input.
        how: it was damaged.
        named: texts one of which an error must hold.
        code: exit code; None where an exception came out.
        said: standard error.
        seconds: that it took.
        peak: resident memory of the process so far, MiB.
    """

    kind: str
    how: str
    named: tuple[str, ...]
    code: int | None
    said: str
    seconds: float
    peak: float

    @property
    def fault(self) -> str | None:
        """What is wrong with the answer; None if it is as it must be."""
        if self.code is None or "Traceback" in self.said:
            return "a traceback"
        if self.seconds > LONGEST:
            return f"it took {self.seconds:.0f} s"
        if self.code not in (0, 1, 2):
            return f"exit code {self.code}"
        if self.code == 2 and not any(name in self.said for name in self.named):
            return "the error does not name the file"
        lines = [line for line in self.said.splitlines() if line.startswith("alseg ")]
        return None if self.code != 2 or len(lines) == 1 else f"{len(lines)} lines of errors"


def bad_inputs(number: int, seed: int, folder: Path) -> Iterator[Outcome]:
    """Make and try bad inputs, of all kinds in turn."""
    kinds: tuple[Callable[[np.random.Generator, Path], Outcome], ...] = (_manifest, _image, _setting)
    for place in range(number):
        rng = np.random.default_rng([seed, place])
        where = folder / f"{place:04d}"
        where.mkdir(parents=True)
        yield kinds[place % len(kinds)](rng, where)
        shutil.rmtree(where, ignore_errors=True)


def _manifest(rng: np.random.Generator, folder: Path) -> Outcome:
    root = data_set(folder / "scans", ".png", rng)
    manifest = root / "manifest.csv"
    content, how = damage.table_of(manifest.read_bytes(), rng)
    manifest.write_bytes(content)
    return _try("manifest", how, ("manifest.csv", "data.", str(root)), ["data", "check", str(root)])


def _image(rng: np.random.Generator, folder: Path) -> Outcome:
    suffix = str(rng.choice([*SAMPLES]))
    root = data_set(folder / "scans", suffix, rng)
    victim = sorted(root.glob(f"*{suffix}"))[int(rng.integers(0, 4))]
    content, how = damage.bytes_of(victim.read_bytes(), rng)
    victim.write_bytes(content)
    named = (victim.name, victim.name.partition(".")[0])
    return _try(f"image {suffix}", f"{victim.name}: {how}", named, ["data", "check", str(root)])


def _setting(rng: np.random.Generator, folder: Path) -> Outcome:
    keys = (
        "seed", "budget.initial", "budget.rounds", "trainer.steps", "trainer.devices", "learner.encoder", "learner.loss.dice_weight", "strategy",
        "strategy.selector._target_", "data.size", "data.patients", "split.test", "oracle", "oracle.seconds_per_image", "run_dir", "logger.project",
        "callbacks.map.colour", "embedding.size", "stopping", "experiment", "cold_start.selector", "nothing", "learner.schedule", "audit.share",
    )  # fmt: skip
    key = str(rng.choice(keys))
    text = str(rng.choice([odd for odd in damage.ODD if "\x00" not in odd]))
    return _try(
        "setting",
        f"{key}={text[:30]!r}",
        (key, key.rpartition(".")[2]),
        ["run", f"{key}={text}", "--cfg", "job", "--resolve"],
    )


def _try(kind: str, how: str, named: tuple[str, ...], command: list[str]) -> Outcome:
    said, began, code = io.StringIO(), time.monotonic(), None
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        try:
            code = main(command)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
        except Exception as error:
            said.write(f"Traceback: {type(error).__name__}: {error}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Outcome(kind, how, named, code, said.getvalue(), time.monotonic() - began, peak)
