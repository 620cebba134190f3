"""Process that has imported all that a run takes, and forks: imports take most of a small run's time.

It answers one line of JSON on its standard input with one on its standard output: ``{"fork": ...}`` with the id of the new process,
``{"poll": id}`` with its exit code, or null while it runs.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import sys
from typing import Any

PRELOADED = (
    "hydra",
    "matplotlib.pyplot",
    "timm",
    "alseg.commands.run",
    "alseg.learners.segmentation_learner",
    "alseg.loop.job",
    "tests.helpers.kill_parts",
)


def serve() -> dict[str, Any] | None:
    """Answer until the input ends.

    Returns:
        None then; in every process that was forked, what it was asked to do.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in sys.stdin:
        request = json.loads(line)
        if "fork" in request:
            pid = os.fork()
            if pid == 0:
                answers.close()
                return dict(request["fork"])
            answer: int | None = pid
        else:
            ended, status = os.waitpid(request["poll"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        print(json.dumps(answer), file=answers, flush=True)
    return None


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
    gc.freeze()  # what is imported is no garbage of any process below
    atexit.register(gc.unfreeze)  # else some library takes all that it made for leaked, and says so at length
    asked = serve()
    if asked is not None:
        sys.exit(work(asked))  # type: ignore[arg-type]
