"""What a run remembers of its project on a server: ``requests/label_studio.json``."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from alseg.errors import RunFolderError
from alseg.files import write_text

FILE = "requests/label_studio.json"


@dataclass
class Memory:
    """What must outlive the process.

    Args:
        run: a name that no other run has; tasks and the project carry it, so that those of a killed process are found again.
        url: of the server.
        project: number of the project; None before there is one.
        tasks: number of the task by id of the image.
        images: address of the image by its id, as the task shows it.
    """

    run: str = field(default_factory=lambda: uuid.uuid4().hex)
    url: str = ""
    project: int | None = None
    tasks: dict[str, int] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)

    def save(self, run: Path) -> None:
        """Write the file into the folder of a run."""
        write_text(run / FILE, json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")


def recall(run: Path) -> Memory:
    """Read the file of a run, or begin a new memory.

    Raises:
        RunFolderError: if it is damaged.
    """
    path = run / FILE
    if not path.exists():
        return Memory()
    try:
        held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not held["run"] or not all(isinstance(number, int) for number in held["tasks"].values()):
            raise TypeError("values of the wrong type")
        return Memory(**held)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunFolderError(
            f"{path}: it is damaged ({' '.join(str(error).split())}); delete it, and the tasks are put to the server anew"
        ) from error
