"""Process that has imported all that a run takes, and forks: imports take most of a small run's time.

It listens at the socket that it is given, and answers one line of JSON with one: ``{"fork": ...}`` with the id of the new process,
``{"poll": id}`` with its exit code, or null while it runs. It ends with its last client.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import selectors
import socket
import sys
from pathlib import Path
from typing import IO, Any, cast

from alseg.composition.compose import compose
from tests.helpers.command_line import TINY

PRELOADED = (
    "hydra",
    "matplotlib.pyplot",
    "pandas.core.arrays.arrow.extension_types",
    "PIL.JpegImagePlugin",
    "timm",
    "alseg.callbacks.audit",
    "alseg.callbacks.label_quality",
    "alseg.callbacks.map",
    "alseg.callbacks.memorisation",
    "alseg.callbacks.thickness",
    "alseg.commands.report",
    "alseg.commands.run",
    "alseg.data.phantoms.carotid",
    "alseg.embeddings.timm_model",
    "alseg.learners.segmenter",
    "alseg.loop.job",
    "alseg.report.pages.page",
    "alseg.sweeps.callback",
    "tests.helpers.kill_parts",
)


def serve(place: str) -> dict[str, Any] | None:
    """Answer until the last client has gone.

    Returns:
        None then; in every process that was forked, what it was asked to do.
    """
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        listener.bind(place)
        listener.listen()
        selector.register(listener, selectors.EVENT_READ)
        clients = set[socket.socket]()
        while True:
            for key, _ in selector.select():
                if key.fileobj is listener:
                    client, _ = listener.accept()
                    clients.add(client)
                    selector.register(client, selectors.EVENT_READ, client.makefile("rw", encoding="utf-8"))
                elif line := (lines := cast(IO[str], key.data)).readline():
                    request = json.loads(line)
                    answer = os.fork() if "fork" in request else ended(request["poll"])
                    if answer == 0 and "fork" in request:
                        for each in clients:
                            os.close(each.detach())
                        return dict(request["fork"])
                    print(json.dumps(answer), file=lines, flush=True)
                else:
                    client = cast(socket.socket, key.fileobj)
                    selector.unregister(client)
                    clients.remove(client)
                    lines.close()
                    client.close()
                    if not clients:
                        Path(place).unlink()
                        return None


def ended(pid: int) -> int | None:
    """Exit code of a process that was forked; None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def work(asked: dict[str, Any]) -> object:
    """Become a process as if it had been started for this alone, and call the function."""
    os.setsid()
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    for flags, name, descriptors in ((os.O_RDONLY, os.devnull, (0,)), (os.O_WRONLY, asked["output"], (1, 2))):
        opened = os.open(name, flags)
        for descriptor in descriptors:
            os.dup2(opened, descriptor)
        os.close(opened)
    module, _, function = asked["call"].partition(":")
    return getattr(importlib.import_module(module), function)(*asked["of"])


def alseg(*arguments: str) -> int:
    """Be the program."""
    from alseg.cli import main

    sys.argv = ["alseg", *arguments]
    return main(arguments)


if __name__ == "__main__":
    for module in PRELOADED:
        importlib.import_module(module)
    compose(TINY)  # so that the files of conf/ are parsed once
    gc.freeze()  # what is imported is no garbage of any process below
    atexit.register(gc.unfreeze)  # else some library takes all that it made for leaked, and says so at length
    asked = serve(sys.argv[1])
    if asked is not None:
        sys.exit(work(asked))  # type: ignore[arg-type]
