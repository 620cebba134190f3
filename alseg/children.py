"""Child commands, which end when this process ends."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

PATIENCE = 40.0
"""Seconds that an interrupted child has to clear up; torchrun gives its own children 30."""


def run(command: Sequence[str]) -> int:
    """Run a command to its end. If this process is interrupted meanwhile, pass that on and wait for the command.

    Returns:
        its exit code, or 128 + n if signal n ended it, as in a shell.
    """
    process = subprocess.Popen(command)
    try:
        code = process.wait()
    except BaseException:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
        raise
    return code if code >= 0 else 128 - code
