"""Processes forked from one that has imported everything (`tests.helpers.fork_server`), with the methods of `subprocess.Popen`."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]


@cache
def _server() -> tuple[IO[str], IO[str]]:
    """To and from the one server of all workers of this test run; it ends with the last of them."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    place = Path(tempfile.gettempdir()) / f"fork-{run}.sock"
    connection = socket.socket(socket.AF_UNIX)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first worker starts it, and the others wait
        try:
            connection.connect(str(place))
        except (FileNotFoundError, ConnectionRefusedError):
            server = subprocess.Popen(
                [sys.executable, "-m", "tests.helpers.fork_server", place],
                env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            while connection.connect_ex(str(place)):
                assert server.poll() is None, "the process that forks has died"
                time.sleep(0.05)
    place.with_suffix(".lock").unlink(missing_ok=True)
    with connection:
        return connection.makefile("w", encoding="utf-8"), connection.makefile("r", encoding="utf-8")


def _ask(request: Mapping[str, object]) -> Any:
    to, answers = _server()
    print(json.dumps(request), file=to, flush=True)
    answer = answers.readline()
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
