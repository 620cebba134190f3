"""Surroundings that are not as they should be: caches, homes, clocks, services, other processes, moved folders, odd ids."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.campaign.answered import Answer
from benchmarks.campaign.full_disk import small_disk
from benchmarks.campaign.kills import Whole, decisions, is_done, whole_run
from benchmarks.campaign.part import Outcome, Part
from benchmarks.campaign.samples import SMALL, data_set
from benchmarks.campaign.scenarios import SCENARIOS, make_data_sets
from tests.helpers.forked import Forked

LONGEST = 180.0
"""Seconds that a service which does not answer may cost a run."""


@dataclass(frozen=True)
class Place:
    """A folder for one case, and what all cases share.

    Args:
        folder: of the case.
        sets: data sets.
        whole: what a run of the scenario ``probe`` decides.
    """

    folder: Path
    sets: Path
    whole: Whole

    def begin(self, run: Path, environment: Mapping[str, str | None] = {}, change: int = 0) -> Forked:
        """Start that run; it dies before a change of the disk, unless that is 0."""
        variables = os.environ | {"OMP_NUM_THREADS": "1", "ALSEG_CACHE": str(self.folder / "cache")} | dict(environment)
        known = {key: value for key, value in variables.items() if value is not None}
        command = SCENARIOS["probe"].command(self.sets, run)
        counted = str(self.folder / "changes.json")
        return Forked(
            "benchmarks.campaign.mortal:killed", [command, str(run), change, int(signal.SIGKILL), counted], known
        )

    def alseg(self, *command: str, **environment: str) -> Answer:
        """Answer of a command."""
        process = Forked(
            "tests.helpers.fork_server:alseg",
            command,
            os.environ | {"ALSEG_CACHE": str(self.folder / "cache")} | environment,
        )
        said, _ = process.communicate()
        return Answer(process.returncode, said, 0.0)

    def differs(self, run: Path) -> str | None:
        """What is wrong with the end of a run."""
        if not is_done(run):
            return "it is not done"
        return None if decisions(run) == self.whole.decisions else "other decisions"


Case = Callable[[Place], str | None]


def _ended(process: Forked, *, code: int = 0, word: str = "") -> str | None:
    said, _ = process.communicate()
    fault = Answer(process.returncode, said, 0.0).fault([word] if word else [])
    return fault or (None if process.returncode == code else f"exit code {process.returncode}: {said[-300:]}")


def _read_only_cache(place: Place) -> str | None:
    with small_disk(place.folder / "cache", "size=1m,ro") as reason:
        if reason is not None:
            raise NotImplementedError(f"no tmpfs can be mounted here ({reason})")
        if fault := _ended(place.begin(place.folder / "run"), code=2, word=str(place.folder / "cache")):
            return fault
    return _ended(place.begin(place.folder / "run")) or place.differs(place.folder / "run")


def _no_home(place: Place) -> str | None:
    """No folder for a cache, which is said; and none for a run that needs it."""
    nowhere: dict[str, str | None] = {"HOME": "/proc/nobody", "ALSEG_CACHE": None}
    if fault := _ended(place.begin(place.folder / "run", nowhere), code=2, word="/proc/nobody"):
        return fault
    run = place.folder / "other"
    return _ended(place.begin(run, {"HOME": "/proc/nobody"})) or place.differs(run)


def _clock(place: Place) -> str | None:
    """The run was begun in the year 2099, as it seems."""
    run = place.folder / "run"
    place.begin(run, change=90).communicate()
    ledger = run / "ledger.jsonl"
    events = [
        json.loads(line) | {"time": f"2099-01-01T00:00:{i:02d}.000+00:00"} for i, line in enumerate(ledger.open())
    ]
    ledger.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    for path in run.rglob("*"):
        os.utime(path, (4070908800, 4070908800))
    fault = _ended(place.begin(run)) or place.differs(run)
    for command in (["status", str(run)], ["report", str(run), "--out", str(place.folder / "report")]):
        fault = fault or place.alseg(*command).fault([])
    return fault


def _two_processes(place: Place) -> str | None:
    run = place.folder / "run"
    both = [place.begin(run) for _ in range(2)]
    ends = [process.communicate()[0] for process in both]
    codes = [process.returncode for process in both]
    if 2 in codes and "is at work in this folder" not in ends[codes.index(2)]:
        return f"the second one: {ends[codes.index(2)][-300:]}"
    if not {*codes} <= {0, 2} or 0 not in codes:
        return f"exit codes {codes}: {ends}"
    return place.differs(run)


def _stale_lock(place: Place) -> str | None:
    """Left by a process that is gone, whose number another one has now."""
    run = place.folder / "run"
    place.begin(run, change=120).communicate()
    (run / ".lock").write_text("", encoding="utf-8")
    (run / ".lock.pid").write_text(f"{os.getpid()}\n", encoding="utf-8")
    return place.alseg("status", str(run)).fault([]) or _ended(place.begin(run)) or place.differs(run)


def _moved(place: Place) -> str | None:
    """Half-way, to another place; a copy of it goes on too, and the report counts one of the two."""
    first, second, copy = (place.folder / name for name in ("first", "elsewhere", "copy"))
    place.begin(first, change=130).communicate()
    first.rename(second)
    shutil.copytree(second, copy)
    for run in (second, copy):
        if fault := _ended(place.begin(run)) or place.differs(run):
            return f"{run.name}: {fault}"
    report = place.alseg("report", str(second), str(copy), "--out", str(place.folder / "report"))
    return report.fault([])


def _odd_ids(place: Place) -> str | None:
    """Ids of 60 signs, and of all scripts, from the manifest to the report and to what is handed on."""
    root = data_set(place.folder / "scans", ".png", np.random.default_rng(0), images=16)
    table = (root / "manifest.csv").read_text(encoding="utf-8")
    odd = ("ä" * 60, "日本語" * 20, "Ελληνικά 1", "עברית", "😀" * 15, "a" * 60, "A" * 60, "e\u0301té", "x y z", "[a]*?")
    for number, id_ in enumerate(odd):
        table = table.replace(f"\nscan{number},", f"\n{id_},")
    (root / "manifest.csv").write_text(table, encoding="utf-8")
    network = ["learner.encoder=mobilenetv3_small_050", "learner.weights=none"]
    settings = ["data=folder", f"data.root={root}", *SMALL, *network, f"run_dir={place.folder / 'run'}"]
    run, out = str(place.folder / "run"), place.folder / "out"
    commands = [
        *(["run", *settings], ["status", run], ["report", run, "--out", str(out / "report")]),
        *(
            ["predict", run, "pool", "--out", str(out / "masks")],
            ["export", run, "--to", "folder", "--out", str(out / "labels")],
        ),
        ["data", "check", str(out / "labels")],
    ]
    for command in commands:
        answer = place.alseg(*command)
        if fault := answer.fault([]) or (None if answer.code == 0 else f"{command[0]}: {answer.said[-300:]}"):
            return fault
    return None


@contextmanager
def _port(*, answers: bool) -> Iterator[int]:
    """A port of the loopback interface that nobody listens at, or one that takes calls and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        held: list[socket.socket] = []
        if answers:
            listener.listen(64)
            threading.Thread(target=_hold, args=(listener, held), daemon=True).start()
            yield listener.getsockname()[1]
        else:
            port = listener.getsockname()[1]
            listener.close()
            yield port
        for call in held:
            call.close()


def _hold(listener: socket.socket, held: list[socket.socket]) -> None:
    while True:
        try:
            held.append(listener.accept()[0])
        except OSError:
            return


def _service(logger: str, *, answers: bool) -> Case:
    def case(place: Place) -> str | None:
        with _port(answers=answers) as port:
            address = f"http://127.0.0.1:{port}"
            here = [f"logger.uri={address}"] if logger == "mlflow" else []
            settings = [*SCENARIOS["probe"].settings_on(place.sets), f"logger={logger}", *here, "map=none"]
            wandb = {
                "WANDB_MODE": "online",
                "WANDB_BASE_URL": address,
                "WANDB_API_KEY": "0" * 40,
                "WANDB_INIT_TIMEOUT": "20",
            }
            folder = place.folder / "run"
            process = Forked(
                "tests.helpers.fork_server:alseg",
                ["run", *settings, f"run_dir={folder}"],
                os.environ | {"ALSEG_CACHE": str(place.folder / "cache"), "HOME": str(place.folder)} | wandb,
            )
            try:
                said, _ = process.communicate(LONGEST)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return f"it takes more than {LONGEST:.0f} s"
        if fault := Answer(process.returncode, said, 0.0).fault([]):
            return fault
        if process.returncode != 0 or "the run goes on without it" not in said:
            return f"exit code {process.returncode}: {said[-400:]}"
        return place.differs(folder)

    return case


CASES: dict[str, Case] = {
    "cache: read-only": _read_only_cache,
    "home: none": _no_home,
    "clock: set back": _clock,
    "processes: two on one run": _two_processes,
    "lock: stale": _stale_lock,
    "folder: moved and copied": _moved,
    "ids: long and Unicode": _odd_ids,
    **{
        f"{logger}: {'slow' if answers else 'unreachable'}": _service(logger, answers=answers)
        for logger in ("mlflow", "wandb")
        for answers in (False, True)
    },
}


def outcomes(folder: Path, trials: range, seed: int) -> Iterator[Outcome]:
    """Try the cases, each in a folder of its own; more trials than there are begin anew."""
    names, sets = [*CASES], make_data_sets(folder / "sets")
    whole = whole_run(SCENARIOS["probe"], sets, folder / "whole")
    for place in trials:
        name = names[(place + seed) % len(names)]
        where = folder / f"{place:04d}"
        where.mkdir()
        try:
            yield Outcome(name.partition(":")[0], name, CASES[name](Place(where, sets, whole)))
        except NotImplementedError as reason:
            yield Outcome(name.partition(":")[0], name, skipped=str(reason))
        shutil.rmtree(where, ignore_errors=True)


PART = Part("caches, homes, clocks, services, other processes, moved folders and odd ids", len(CASES), outcomes)
