"""Folder of one run: its files, its lock, and the phase under way."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import numpy as np
from filelock import FileLock, Timeout

from alseg import distributed
from alseg.errors import FolderInUseError, RunFolderError
from alseg.files import arrays_in, atomic, labels_in, write_bytes, write_text
from alseg.oracles.oracle import Annotations
from alseg.runs.waiting import Waiting

if TYPE_CHECKING:  # pandas takes a third of a second, and a sweep that looks for what is done needs none of it
    from alseg.identity.content import Content
from alseg.identity.sources import CONTENT, recorded_stamp

T = TypeVar("T")
Phase = Literal["cold_start", "annotate", "train", "evaluate", "scan", "select", "done"]


@dataclass(frozen=True)
class State:
    """Phase under way, and its round."""

    round: int = 0
    phase: Phase = "cold_start"


class RunFolder:
    """Paths and small files of a run; every file is either whole or not there.

    On several ranks only rank 0 writes; on the others, methods that save do nothing.

    Args:
        path: the folder; it is made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.yaml"
        self.ledger = path / "ledger.jsonl"
        self.metrics = path / "metrics.csv"
        self.provenance = path / "provenance.jsonl"
        self.done = path / "DONE"
        self.failed = path / "FAILED"
        self._state = path / "state.json"
        self._holder = path / ".lock.pid"
        self._content = path / CONTENT
        self._waiting = path / "awaiting.json"

    @property
    def writable(self) -> bool:
        """True if this process writes to the folder: rank 0, or the only process."""
        return distributed.rank() == 0

    def agree(self, value: T) -> T:
        """Return the value of the process that writes to the folder, in every process of the run; all have to call it."""
        return distributed.broadcast(value)

    @property
    def begun(self) -> bool:
        """True if a run lies there that can go on, or is done."""
        return self.config.exists() or self.ledger.exists()

    def round(self, round_: int) -> Path:
        """The folder of one round."""
        return self.path / "rounds" / f"{round_:02d}"

    def checkpoint(self, round_: int) -> Path:
        """The trained model of one round."""
        return self.round(round_) / "model.ckpt"

    def write_in_round(self, round_: int, name: str, content: bytes) -> None:
        """Write a file into the folder of a round.

        Raises:
            ValueError: if the name is not that of a plain file.
        """
        if Path(name).name != name or name in ("", ".", ".."):
            raise ValueError(f"{name!r} is not the name of a file")
        if self.writable:
            write_bytes(self.round(round_) / name, content)

    def load_state(self) -> State:
        """The phase under way, or the first phase of a new run.

        Raises:
            RunFolderError: if the file is damaged.
        """
        if not self._state.exists():
            return State()
        try:
            state = State(**json.loads(self._state.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise RunFolderError(
                f"{self._state}: it does not hold a phase and its round; the file was damaged"
            ) from error
        if type(state.round) is not int or state.round < 0 or state.phase not in get_args(Phase):
            raise RunFolderError(
                f"{self._state}: {state.phase!r} of round {state.round!r} is no phase; the file was damaged"
            )
        return state

    def save_state(self, state: State) -> None:
        """Move on to a phase."""
        if self.writable:
            write_text(self._state, json.dumps(asdict(state)) + "\n")

    def save_waiting(self, waiting: Waiting | None) -> None:
        """Keep what is awaited, or with None that nothing is."""
        if not self.writable:
            return
        if waiting is None:
            self._waiting.unlink(missing_ok=True)
        else:
            write_text(self._waiting, json.dumps(waiting.record()) + "\n")

    def load_waiting(self) -> Waiting | None:
        """What the run awaits; None where it awaits nothing, or the file cannot be read."""
        try:
            return Waiting.read(json.loads(self._waiting.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def save_metrics(self, rows: list[dict[str, Any]]) -> None:
        """Write ``metrics.csv`` anew."""
        if not self.writable:
            return
        columns = list(dict.fromkeys(name for row in rows for name in row))
        with atomic(self.metrics) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)

    def save_annotations(self, round_: int, annotations: Annotations) -> None:
        """Store the answer of an oracle; it is never changed afterwards."""
        if not self.writable:
            return
        with atomic(self.round(round_) / "annotations.npz") as temporary, temporary.open("wb") as file:
            arrays: dict[str, Any] = {"ids": np.array(annotations.ids, dtype=str), "targets": annotations.targets}
            arrays["cost"] = annotations.cost
            if annotations.annotators is not None:
                arrays["annotators"] = np.array(annotations.annotators, dtype=str)
            np.savez_compressed(file, **arrays)

    def load_annotations(self, round_: int) -> tuple[list[str], np.ndarray[Any, Any]]:
        """The ids and targets of one round's annotations."""
        return _load_targets(self.round(round_) / "annotations.npz")

    def save_working_labels(self, round_: int, labels: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Store the labels that replaced annotations in the training of a round, if there are any."""
        if labels and self.writable:
            with atomic(self._working_labels(round_)) as temporary, temporary.open("wb") as file:
                np.savez_compressed(
                    file, ids=np.array(list(labels), dtype=str), targets=np.stack(list(labels.values()))
                )

    def load_working_labels(self, round_: int) -> tuple[list[str], np.ndarray[Any, Any]]:
        """The ids and working labels of one round; none where nothing was refined."""
        path = self._working_labels(round_)
        return _load_targets(path) if path.exists() else ([], np.empty(0))

    def save_content(self, content: Content, stamp: str) -> None:
        """Store digests of single images, to name those that change later; the ledger holds the digests of all."""
        arrays: dict[str, Any] = {f"each/{name}": digests for name, digests in content.each.items()}
        with atomic(self._content) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, ids=np.array(content.ids, dtype=str), stamp=np.array(stamp), **arrays)

    def load_content(self) -> tuple[tuple[str, ...], dict[str, np.ndarray[Any, Any]]]:
        """Load ids, and digests of each image by part; empty for a run that stored none."""
        try:
            with arrays_in(self._content) as stored:
                each = {name.removeprefix("each/"): stored[name] for name in stored.files if name.startswith("each/")}
                return tuple(str(id_) for id_ in stored["ids"]), each
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return (), {}

    def load_stamp(self) -> str:
        """Load the stamp of the files that the data set was read from; empty for a run that stored none."""
        return recorded_stamp(self._content)

    def _working_labels(self, round_: int) -> Path:
        return self.round(round_) / "working_labels.npz"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the folder against every other process. The operating system frees the lock of a process that died.

        Raises:
            FolderInUseError: if another process holds the lock.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            pid = self.holder() or "unknown"
            raise FolderInUseError(
                f"run_dir={self.path}: process {pid} is at work in this folder; wait for it, or choose another run_dir"
            ) from None
        try:
            self._holder.write_text(f"{os.getpid()}\n", encoding="utf-8")
            yield
        finally:
            self._holder.unlink(missing_ok=True)
            lock.release()

    def holder(self) -> int | None:
        """Id of the process that holds the lock; None if unknown or none does."""
        try:
            return int(self._holder.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def in_use(self) -> bool:
        """True if a process holds the lock."""
        try:
            with FileLock(self.path / ".lock", timeout=0):
                return False
        except Timeout:
            return True


def _load_targets(path: Path) -> tuple[list[str], np.ndarray[Any, Any]]:
    try:
        return labels_in(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise RunFolderError(f"{path}: the labels cannot be read; the folder was damaged") from error
