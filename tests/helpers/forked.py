"""Processes forked from one that has imported everything (`tests.helpers.fork_server`), with the methods of `subprocess.Popen`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@cache
def _server() -> subprocess.Popen[str]:
    """One for all tests of this process; it ends when this process does, for then its input ends."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.fork_server"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _ask(request: Mapping[str, object]) -> Any:
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    print(json.dumps(request), file=server.stdin, flush=True)
    answer = server.stdout.readline()
    assert answer, "the process that forks has died"
    return json.loads(answer)


class Forked:
    """A function in a process and process group of its own.

    Args:
        call: ``module:function``.
        of: its arguments, as JSON can hold them.
        environment: all variables of the process.
    """

    def __init__(self, call: str, of: Sequence[object], environment: Mapping[str, str] | None = None) -> None:
        handle, name = tempfile.mkstemp(suffix=".txt")
        os.close(handle)
        self.returncode: int | None = None
        self._output = Path(name)
        self.pid: int = _ask(
            {
                "fork": {
                    "call": call,
                    "of": of,
                    "environment": dict(os.environ | {"OMP_NUM_THREADS": "1"} if environment is None else environment),
                    "folder": str(Path.cwd()),
                    "output": name,
                }
            }
        )

    def poll(self) -> int | None:
        """Exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            self.returncode = _ask({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float = 600) -> int:
        """Its exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: if it has not ended in ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.01)
        return code

    def communicate(self, timeout: float = 600) -> tuple[str, None]:
        """Standard output and error together, once it has ended."""
        self.wait(timeout)
        return self._output.read_text(encoding="utf-8", errors="replace"), None

    def terminate(self) -> None:
        """Send SIGTERM to it, and not to its children."""
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Likewise SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)


def alseg(arguments: Sequence[str], environment: Mapping[str, str]) -> Forked:
    """``alseg`` with ``arguments``."""
    return Forked("tests.helpers.fork_server:alseg", arguments, environment)


def run(command: Sequence[str]) -> int:
    """`alseg.children.run` for commands of alseg's own."""
    assert list(command[:3]) == [sys.executable, "-m", "alseg"]
    process = alseg(command[3:], os.environ | {"OMP_NUM_THREADS": "1"})
    print(process.communicate()[0])
    assert process.returncode is not None
    return process.returncode
