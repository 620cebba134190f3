"""A real browser for tests: headless Chromium, spoken to over its DevTools protocol."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import time
from base64 import b64decode
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

T = TypeVar("T")

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome-headless-shell")
INSTALL = "install one (Debian, Ubuntu: apt-get install chromium) or set CHROMIUM to its path"
PATIENCE = 120
"""Seconds for anything the browser is asked; a busy machine is slow."""


def executable() -> str | None:
    """The browser of this machine, if there is one."""
    stated = os.environ.get("CHROMIUM")
    return stated or next((path for name in NAMES if (path := shutil.which(name))), None)


class Chromium:
    """One page in one browser; errors of the page are collected in ``errors``, requests to a network in ``requests``."""

    def __init__(self, program: str, folder: Path) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._loaded = asyncio.Event()
        log = folder / "chromium.log"
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [
                    program,
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--window-size=1200,1100",
                    "--remote-debugging-port=0",
                    f"--user-data-dir={folder / 'profile'}",
                    "about:blank",
                ],
                stdout=file,
                stderr=file,
                start_new_session=True,  # a distribution may start it by a script, which would die alone
            )
        self._run(self._connect(log))

    def close(self) -> None:
        """End the browser."""
        self._reader.cancel()
        self._run(self._session.close())
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(timeout=PATIENCE)
        self._loop.close()

    def open(self, path: Path) -> None:
        """Load a file and wait until it has run."""
        self.follow(lambda: self.ask("Page.navigate", url=path.resolve().as_uri()))

    def follow(self, act: Callable[[], object]) -> None:
        """Do what leads to another page, and wait until that has run."""
        self._loaded.clear()
        act()
        self._run(asyncio.wait_for(self._loaded.wait(), PATIENCE))

    def ask(self, method: str, **parameters: Any) -> Any:
        """A command of the protocol, and its answer."""
        return self._run(self._ask(method, parameters))

    def value(self, expression: str) -> Any:
        """What a JavaScript expression, or the promise that it gives, comes to."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + PATIENCE
        while not self.value(expression):
            assert time.monotonic() < end, f"{expression} did not come true"
            time.sleep(0.05)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """A real event: ``mouseMoved``, ``mousePressed``, ``mouseReleased``, ``mouseWheel``."""
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def key(self, name: str, shift: bool = False) -> None:
        """Press and release a key."""
        more: dict[str, Any] = {"text": "\r"} if name == "Enter" else {}
        more["modifiers"] = 8 if shift else 0
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=KEYS[name], **more)

    def screenshot(self, path: Path) -> None:
        """What a person would see, as PNG."""
        path.write_bytes(b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    async def _connect(self, log: Path) -> None:
        end = time.monotonic() + PATIENCE
        while not (found := re.search(r"DevTools listening on ws://([\w.:]+)/", log.read_text(errors="replace"))):
            assert time.monotonic() < end, f"the browser did not start: {log.read_text(errors='replace')}"
            assert self._process.poll() is None, log.read_text(errors="replace")
            await asyncio.sleep(0.1)
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"http://{found[1]}/json/list") as answer:
            page = next(target for target in await answer.json() if target["type"] == "page")
        self._socket = await self._session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0)
        self._reader = self._loop.create_task(self._read())
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self._ask(f"{domain}.enable", {})

    async def _ask(self, method: str, parameters: dict[str, Any]) -> Any:
        number = len(self._answers)
        self._answers[number] = self._loop.create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        answer = await asyncio.wait_for(self._answers[number], PATIENCE)
        assert "error" not in answer, answer
        return answer["result"]

    async def _read(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                self._answers[said["id"]].set_result(said)
                continue
            event, what = said["method"], said["params"]
            if event == "Page.loadEventFired":
                self._loaded.set()
            elif event == "Runtime.exceptionThrown" or (
                event == "Runtime.consoleAPICalled" and what["type"] in ("error", "warning", "assert")
            ):
                self.errors.append(json.dumps(what))
            elif event == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
                self.errors.append(what["entry"]["text"])
            elif event == "Network.requestWillBeSent" and not what["request"]["url"].startswith(("data:", "file:")):
                self.requests.append(what["request"]["url"])


ARROWS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35}
KEYS = {**ARROWS, "Enter": 13, "Escape": 27}
