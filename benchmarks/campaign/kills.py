"""SIGKILL and SIGTERM at random moments: whoever goes on afterwards must decide what an uninterrupted run decides.

A moment is drawn from the time that the uninterrupted run takes or, as often, from its changes of the disk. A trial kills a run
once or twice, goes on to its end, and compares the ledgers.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alseg.runs.ledger import Ledger
from benchmarks.campaign.part import Outcome, Part
from benchmarks.campaign.scenarios import SCENARIOS, Scenario, make_data_sets
from tests.helpers.forked import Forked

STARTS = 12
"""Of a run until it must be done."""
SIGNALS = (signal.SIGKILL, signal.SIGTERM)
ORDER = tuple(
    name
    for turn in range(8)
    for name in ("segmenter", "sequal", "unisal", "probe", "folder", *(["joblib"] if turn % 4 == 3 else []))
)
"""In which the kinds of runs are killed."""


@dataclass(frozen=True)
class Whole:
    """What a run that nobody touches decides, and of each of its starts the seconds and the changes of the disk."""

    decisions: dict[str, Any]
    starts: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Death:
    """A moment, after some seconds or before a change of the disk, and who dies then.

    Args:
        signum: the signal.
        seconds: after the start.
        change: number of the change, from 1; 0: the seconds count.
        whose: ``process``; of a sweep also ``group``, which is process and workers together, or ``worker``, one of them.
    """

    signum: signal.Signals
    seconds: float = 0.0
    change: int = 0
    whose: str = "process"

    def __str__(self) -> str:
        who = "" if self.whose == "process" else f" of the {self.whose}"
        return f"{self.signum.name}{who} " + (
            f"before change {self.change}" if self.change else f"after {self.seconds:.2f} s"
        )


class Start:
    """A start of the program, which may end by a death."""

    def __init__(self, scenario: Scenario, sets: Path, run: Path, death: Death | None = None) -> None:
        self.run, self.death, self.counted = run, death, run.with_suffix(".changes")
        self.struck, self.clock = bool(death and death.change), scenario.sweep
        change, signum = (death.change, death.signum) if death else (0, signal.SIGKILL)
        environment = os.environ | {"OMP_NUM_THREADS": "1", "ALSEG_CACHE": f"{run}-cache"} | dict(scenario.environment)
        self.counted.unlink(missing_ok=True)
        self.began = time.monotonic()
        call = "benchmarks.campaign.mortal:killed"
        self.process = Forked(
            call, [scenario.command(sets, run), str(run), change, int(signum), str(self.counted)], environment
        )

    def end(self) -> tuple[int, str]:
        """Exit code and output."""
        if self.death and not self.death.change:
            while self.seconds() < self.death.seconds and self.process.poll() is None:
                time.sleep(0.002)
            if self.process.poll() is None:
                self.struck = self._strike(self.death)
        said, _ = self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, said

    def seconds(self) -> float:
        """CPU-seconds of the process so far, which other processes on the machine do not change; of a sweep those on the clock."""
        if self.clock:
            return time.monotonic() - self.began
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except FileNotFoundError:
            return float("inf")
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _strike(self, death: Death) -> bool:
        pid = self.process.pid
        if death.whose == "group":
            os.killpg(pid, death.signum)
        elif death.whose == "worker":
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
            workers = [child for child in children if b"popen_loky" in Path(f"/proc/{child}/cmdline").read_bytes()]
            if not workers:
                return False
            os.kill(int(workers[0]), death.signum)
        else:
            os.kill(pid, death.signum)
        return True

    def ended_by_it(self, code: int) -> bool:
        """True if the death ended the program with this exit code; a sweep that SIGTERM leaves undone has 1."""
        codes = (-self.death.signum, 128 + self.death.signum, 1) if self.death else ()
        return self.struck and code in codes


def decisions(run: Path) -> dict[str, Any]:
    """What every run in a folder, or below it, has decided."""
    paths = sorted(run.rglob("ledger.jsonl"))
    return {str(path.parent.relative_to(run)): Ledger(path, writable=False).decisions() for path in paths}


def whole_run(scenario: Scenario, sets: Path, run: Path) -> Whole:
    """Let a run come to its end."""
    starts = []
    for _ in range(STARTS):
        start = Start(scenario, sets, run)
        code, said = start.end()
        assert code == 0, said
        changes, _, seconds = json.loads(start.counted.read_text(encoding="utf-8"))
        starts.append((time.monotonic() - start.began if scenario.sweep else seconds, changes))
        if is_done(run):
            return Whole(decisions(run), tuple(starts))
        assert scenario.answer is not None
        scenario.answer(sets, run, 1.0)
    raise AssertionError(f"{run}: not done after {STARTS} starts")


def is_done(run: Path) -> bool:
    """True if every run there has come to its end."""
    ledgers = [*run.rglob("ledger.jsonl")]
    return bool(ledgers) and all(path.with_name("DONE").exists() for path in ledgers)


def drawn(scenario: Scenario, whole: Whole, start: int, rng: np.random.Generator) -> Death:
    """A moment of one of the starts."""
    seconds, changes = whole.starts[min(start, len(whole.starts) - 1)]
    signum = SIGNALS[int(rng.integers(0, 2))]
    if not scenario.sweep and rng.random() < 0.5:
        return Death(signum, change=int(rng.integers(1, changes + 1)))
    whose = "process"
    if scenario.sweep and signum == signal.SIGKILL:
        whose = str(rng.choice(["group", "process", "worker"]))
    return Death(signum, seconds=float(rng.uniform(0, seconds)), whose=whose)


def killed_run(scenario: Scenario, sets: Path, whole: Whole, run: Path, rng: np.random.Generator) -> Outcome:
    """Kill a run once or twice, go on, and compare."""
    wanted, story, fault, answered = int(rng.integers(1, 3)), list[str](), None, 0
    for number in range(STARTS):
        dies = len(story) < wanted and (scenario.answer is None or rng.random() < 0.5)
        start = Start(scenario, sets, run, drawn(scenario, whole, answered, rng) if dies else None)
        code, said = start.end()
        ended = start.ended_by_it(code)
        if start.struck and (ended or code == 0):
            story.append(str(start.death))
        if "Traceback" in said:
            fault = f"a traceback: {said.strip()[-600:]}"
        elif ended and code > 0 and "ended by SIGTERM" not in said:
            fault = f"SIGTERM, and no word: {said.strip()[-300:]}"
        elif not ended and code != 0:
            fault = f"exit code {code} of start {number + 1}: {said.strip()[-600:]}"
        if fault or (not ended and is_done(run)):
            break
        if scenario.answer is not None:
            scenario.answer(sets, run, float(rng.choice([0.5, 1.0])) if ended else 1.0)
            answered += not ended
    fault = fault or _difference(run, whole)
    return Outcome(scenario.name, ", ".join(story) or "it had ended before", fault, tried=len(story))


def _difference(run: Path, whole: Whole) -> str | None:
    if not is_done(run):
        return f"not done after {STARTS} starts"
    if left := [str(path) for path in run.rglob("*.tmp")]:
        return f"left behind: {left}"
    found = decisions(run)
    if found == whole.decisions:
        return None
    events = [
        (name, a, b) for name in whole.decisions for a, b in zip(whole.decisions[name], found.get(name, [])) if a != b
    ]
    return f"other decisions: {str(events[0])[:600] if events else 'more or fewer of them'}"


def outcomes(folder: Path, places: range, seed: int, kinds: tuple[str, ...] = ORDER) -> Iterator[Outcome]:
    """Kill runs, of all kinds in turn."""
    sets, wholes = make_data_sets(folder / "sets"), dict[str, Whole]()
    for place in places:
        name = kinds[place % len(kinds)]
        if name not in wholes:
            wholes[name] = whole_run(SCENARIOS[name], sets, folder / f"whole-{name}")
        run = folder / f"{place:04d}"
        outcome = killed_run(SCENARIOS[name], sets, wholes[name], run, np.random.default_rng([seed, place]))
        if outcome.fault is None:
            for path in folder.glob(f"{run.name}*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        yield outcome


PART = Part(
    "SIGKILL and SIGTERM at random moments: who goes on decides what a run does that nobody touched", 150, outcomes
)
