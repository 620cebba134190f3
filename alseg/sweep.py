"""What a person is told at the end of a sweep, whichever launcher ran its jobs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, ClassVar

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from alseg.files import write_text
from alseg.terminal import say


def record_outcome(sweep: Path, job: int, folder: Path, error: str | None) -> None:
    """Leave a note of how one job ended, for whichever process reports on the sweep."""
    write_text(sweep / ".outcomes" / f"{job}.json", json.dumps({"folder": str(folder), "error": error}))


class SweepReport(Callback):
    """Counts what became of this sweep's jobs; other runs in the same folder are none of its business."""

    failed: ClassVar[int] = 0

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Forget the notes of an earlier sweep."""
        shutil.rmtree(Path(config.hydra.sweep.dir) / ".outcomes", ignore_errors=True)

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Name what failed."""
        sweep = Path(config.hydra.sweep.dir)
        notes = sorted((sweep / ".outcomes").glob("*.json"), key=lambda path: int(path.stem))
        outcomes = [json.loads(path.read_text(encoding="utf-8")) for path in notes]
        failed = [outcome for outcome in outcomes if outcome["error"] is not None]
        SweepReport.failed = len(failed)
        say(f"{sweep}: {len(outcomes) - len(failed)} runs done, {len(failed)} failed")
        for outcome in failed:
            say(f"  {outcome['folder']}: {outcome['error']}")
        if failed:
            say("The same command runs what is missing and leaves alone what is done.")
