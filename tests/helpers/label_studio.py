"""A real Label Studio server on the loopback interface, and people who work there, by its own HTTP interface."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

ENVIRONMENT = Path.home() / ".cache" / "alseg" / "label-studio"
"""Where `.ci/run` makes an environment for the server."""
INSTALL = f"make one with python -m venv {ENVIRONMENT} && {ENVIRONMENT}/bin/pip install label-studio, or set ALSEG_LABEL_STUDIO"
BEGUN = "begun"
"""Folder in the environment with a server's data after its first start, which takes a minute."""
ADMIN, PASSWORD = "admin@example.org", "a-password-for-tests"
PATIENCE = 300
"""Seconds for a start; the first one, on a busy machine, is slow."""


def executable() -> Path | None:
    """The server of this machine, if there is one."""
    stated = os.environ.get("ALSEG_LABEL_STUDIO") or shutil.which("label-studio")
    program = Path(stated) if stated else ENVIRONMENT / "bin" / "label-studio"
    return program if program.exists() else None


def offer_sdk(program: Path) -> None:
    """Let the server's own SDK be imported, where there is no other, and where the server has the same Python as this process.

    It cannot be installed beside alseg's pinned packages, for it asks for an older numpy. It comes last in the path.
    """
    packages = (
        program.parent.parent / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    )
    if packages.is_dir() and str(packages) not in sys.path:
        sys.path.append(str(packages))


class Studio:
    """A server with data of its own, which may be killed and started again.

    Args:
        program: the executable.
        folder: for its data; ``files`` in it is what it serves from its disk.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        self.program, self.folder, self.files = program, folder, folder / "files"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.files.mkdir(parents=True)
        begun = program.parent.parent / BEGUN
        if begun.is_dir():
            shutil.copytree(begun, folder / "data")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {
            "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true",
            "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": str(self.files),
            "COLLECT_ANALYTICS": "False",
            "LATEST_VERSION_CHECK": "0",
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
        }
        options = ["--no-browser", "--internal-host", "127.0.0.1", "--port", str(self.port), "--data-dir"]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.program, "start", *options, self.folder / "data", "--username", ADMIN, "--password", PASSWORD],
                env={k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "LABEL_STUDIO_API_KEY")} | settings,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + PATIENCE
        while not self._answers():
            said = (self.folder / "server.log").read_text(errors="replace")[-2000:]
            assert self._process.poll() is None, said
            assert time.monotonic() < end, f"the server did not start: {said}"
            time.sleep(0.2)

    def kill(self) -> None:
        """Kill it at once, as a power cut does."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=5).ok
        except requests.RequestException:
            return False


class Person:
    """Somebody who is logged in; the first one is there from the start, others sign up by the first one's invitation."""

    def __init__(self, studio: Studio, address: str = ADMIN, name: str = "", invitation: str | None = None) -> None:
        self.url, self.session, self.address = studio.url, requests.Session(), address
        page = "/user/login/" if invitation is None else invitation
        self.session.get(self.url + page, timeout=60)
        form = {"email": address, "password": PASSWORD, "csrfmiddlewaretoken": self.session.cookies["csrftoken"]}
        answer = self.session.post(
            self.url + page, data=form, headers={"Referer": self.url}, allow_redirects=False, timeout=60
        )
        assert answer.status_code == 302, answer.text[:500]
        self.session.headers.update({"X-CSRFToken": self.session.cookies["csrftoken"], "Referer": self.url})
        self.number = self.ask("GET", "current-user/whoami")["id"]
        if name:
            first, last = name.split()
            self.ask("PATCH", f"users/{self.number}/", first_name=first, last_name=last)

    def invite(self, studio: Studio, address: str, name: str) -> Person:
        """Sign somebody up."""
        return Person(studio, address, name, self.ask("GET", "invite")["invite_url"])

    def ask(self, method: str, path: str, /, **body: Any) -> Any:
        """What the interface answers to a request below ``/api/``."""
        answer = self.session.request(method, f"{self.url}/api/{path}", json=body or None, timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def token(self) -> str:
        """A personal access token, as the page of the account hands it out; an older one is revoked."""
        for old in self.ask("GET", "token/"):
            self.ask("POST", "token/blacklist/", refresh=old["token"])
        return str(self.ask("POST", "token/")["token"])

    def tasks(self, project: int) -> list[dict[str, Any]]:
        """All tasks of a project, in the order in which they are put before somebody."""
        answer = self.ask("GET", f"tasks?project={project}&fields=all&page_size=500")
        return list(answer["tasks"])

    def annotate(self, task: int, result: Sequence[Any] = (), seconds: float | None = None, skip: bool = False) -> int:
        """Submit or skip, as the buttons do; the number of the annotation."""
        body = {"result": list(result), "was_cancelled": skip, "lead_time": seconds}
        return int(self.ask("POST", f"tasks/{task}/annotations/", **body)["id"])


def project_of(where: str) -> int:
    """Number of the project in an address."""
    found = re.search(r"/projects/(\d+)", where)
    assert found, where
    return int(found[1])
