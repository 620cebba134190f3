"""Folders without a manifest, and what ``alseg data index`` makes of them."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from alseg.cli import main

if TYPE_CHECKING:
    import pytest

    from tests.helpers.manifest_folder import Folder

GREY = np.zeros((4, 6))


class Indexed:
    """A folder without a manifest, and what the command makes of it."""

    def __init__(self, folder: Folder, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder, self.root, self.capfd = folder, folder.root, capfd
        self.out = self.err = ""

    def images(self, *names: str) -> None:
        for name in names:
            self.folder.save(name, GREY)

    def json(self, name: str, content: Any) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))

    def run(self, *options: str, code: int = 0) -> list[dict[str, str]]:
        assert main(["data", "index", str(self.root), *options]) == code
        self.out, self.err = self.capfd.readouterr()
        if code:
            assert self.err.count("\n") == 1
            assert not (self.root / "manifest.csv").exists()
            assert not (self.root / "class_ids").exists()
            return []
        with (self.root / "manifest.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def mask(self, id_: str) -> list[list[int]]:
        found: list[list[int]] = np.asarray(Image.open(self.root / "class_ids" / f"{id_}.png")).tolist()
        return found

    def left(self) -> list[str]:
        start = "alseg data: not placed: "
        return [line.removeprefix(start) for line in self.err.splitlines() if line.startswith(start)]
