"""By which version, which command and on which machine a run was started, or went on: ``provenance.jsonl``."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from typing import Any

import alseg
from alseg.files import write_bytes
from alseg.identity.code import commit
from alseg.runs.run_folder import RunFolder

COMMAND = "ALSEG_COMMAND"
"""Environment variable with the command line that was typed, for the processes that it starts."""


def remember_command(*words: str) -> None:
    """Keep the command line for `record_start`, also in the processes of launchers."""
    os.environ[COMMAND] = shlex.join(words)


def record_start(folder: RunFolder, accelerator: str) -> None:
    """Add a line for this process; nothing is decided by it, so a run goes on whatever it says.

    Args:
        folder: of the run.
        accelerator: as in ``trainer.accelerator``; unless it is ``cpu``, the name of the GPU is asked for.
    """
    if not folder.writable:
        return
    line = {
        "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "alseg": alseg.__version__,
        "commit": commit(),
        "command": os.environ.get(COMMAND) or shlex.join(sys.argv),
        "machine": _machine(accelerator),
    }
    before = folder.provenance.read_bytes() if folder.provenance.is_file() else b""
    lines = before if before.endswith(b"\n") or not before else before + b"\n"
    write_bytes(folder.provenance, lines + json.dumps(line).encode() + b"\n")


def _machine(accelerator: str) -> dict[str, Any]:
    import torch  # takes seconds: a command line is remembered, and a misspelt setting reported, before that

    gpu = accelerator != "cpu" and torch.cuda.is_available()
    return {
        "host": platform.node(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "gpu": torch.cuda.get_device_name() if gpu else "",
        "python": platform.python_version(),
        "torch": version("torch"),
    }
