"""What takes minutes to make is kept in ``build/made`` until code, configs or the notebook change."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

from docs.build_site.sources import ROOT

FOLDER = ROOT / "build" / "made"
CODE = ("alseg/**/*.py", "conf/**/*.yaml", "docs/build_site/**/*.py", "experiments/**/*.py", "pyproject.toml")
"""Files that what is made depends on, besides its own."""
Files = dict[str, bytes]


def kept(name: str, text: str, make: Callable[[], Files]) -> Files:
    """Files by their names: those that were made before of the same text and code, or new ones.

    Args:
        name: of the folder.
        text: that they are made of, such as a notebook.
        make: makes them.
    """
    folder = FOLDER / name / hashlib.blake2b(f"{code()}\n{text}".encode(), digest_size=16).hexdigest()
    if folder.is_dir():
        return {str(path.relative_to(folder)): path.read_bytes() for path in _files(folder)}
    found = make()
    shutil.rmtree(folder.parent, ignore_errors=True)
    unfinished = folder.with_suffix(".part")
    for file, content in found.items():
        path = unfinished / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    unfinished.rename(folder)
    return found


@cache
def code() -> str:
    """A digest of the code."""
    digest = hashlib.blake2b(digest_size=16)
    for pattern in CODE:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]
