"""Files that a run reads: a stamp that tells whether they were touched, and digests of the weights."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from alseg.files import arrays_in
from alseg.identity.settings import counted, flat, is_path

MANIFEST = "manifest.csv"
BLOCK = 2**22

CONTENT = "data.npz"
"""File of a run folder with the digests of single images and the stamp of the files that they were read from."""


@dataclass(frozen=True)
class Sources:
    """Files that a run reads, besides the content of its data set.

    Args:
        stamp: of the data set's folder; see `stamp`.
        weights: digest of each file of weights by the dotted key that names it.
    """

    stamp: str = ""
    weights: Mapping[str, str] = field(default_factory=dict)


def sources_of(config: Mapping[str, Any]) -> Sources:
    """Collect the files that a resolved config names; missing ones are left out, and reported by whoever reads them."""
    return Sources(stamp(config), weights_of(config))


def stamp(config: Mapping[str, Any]) -> str:
    """Hash the manifests and the sizes and times of all files beside them; empty without such a folder.

    An equal stamp means that the data set is untouched; another one, that its content must be compared: a copy of the
    same content has other times. It costs a call of the system per file, where decoding the images costs thousands.
    """
    named = (value for key, value in flat(config) if is_path(key) and key.endswith("root"))
    roots = dict.fromkeys(Path(str(root)).expanduser().resolve() for root in named if root is not None)
    total = blake2b(digest_size=16)
    try:
        for root in roots:
            total.update((root / MANIFEST).read_bytes())
            for line in sorted(_files(root, set())):
                total.update(f"{line}\n".encode(errors="surrogateescape"))
    except OSError:
        return ""
    return total.hexdigest() if roots else ""


def recorded_stamp(content: Path) -> str:
    """Read the stamp that a run recorded when it began, from its file `CONTENT`; empty where it recorded none."""
    try:
        with arrays_in(content) as stored:
            return str(stored["stamp"])
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return ""


def weights_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Digest of each file of pretrained weights that counts."""
    settings = counted(config)
    found = {}
    for key, path in settings.items():
        used = settings.get(key.removesuffix("_path"), "path") == "path"
        if is_path(key) and key.endswith("weights_path") and path is not None and used:
            file = Path(str(path)).expanduser()
            if file.is_file():
                found[key] = file_digest(file)
    return found


def file_digest(path: Path) -> str:
    """Hash the content of a file."""
    total = blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def _files(folder: Path, seen: set[tuple[int, int]], below: str = "") -> Iterator[str]:
    """Yield path, size and time of every file; links are followed, but no folder is entered twice."""
    here = folder.stat()
    if (here.st_dev, here.st_ino) in seen:
        return
    seen.add((here.st_dev, here.st_ino))
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if entry.is_dir():
                    yield from _files(Path(entry.path), seen, f"{below}{entry.name}/")
                else:
                    status = entry.stat()
                    yield f"{below}{entry.name} {status.st_size} {status.st_mtime_ns}"
            except OSError:  # a link to nowhere
                yield f"{below}{entry.name}"
