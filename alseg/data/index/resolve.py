"""Find the image that an annotation file speaks of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urlparse

from alseg.data.index.files import Files

Resolved = tuple[str | None, str]
"""The image that is meant; and why there is none."""


def images_of(said: Sequence[tuple[str, Sequence[str]]], files: Files) -> list[list[Resolved]]:
    """The images that descriptions mean, each by one or several paths or addresses.

    They are looked for as paths from the annotation file, from the folder, and from the folder's ``images``; else by their names,
    which one image alone may have. By its name an image is found only if no other description means it: of two files of one
    name in different folders the one that is not there must not take the place of the other.

    Args:
        said: the annotation file of each description, and its paths or addresses.
        files: of the data folder.
    """
    there = set(files.images)
    found = [[_by_path(one, file, there) for one in paths] for file, paths in said]
    meant: dict[str, set[str]] = defaultdict(set)
    for (_, paths), names in zip(said, found):
        own = {name for name in names if name}
        others = {_by_name(one, files)[0] for one, name in zip(paths, names) if not name}
        for name in own:
            meant[name].add("")
        for other in others - own:
            if other is not None:
                meant[other].add(" ".join(paths))
    return [
        [
            (name, "") if name else _alone(one, _by_name(one, files), meant, set(names))
            for one, name in zip(paths, names)
        ]
        for (_, paths), names in zip(said, found)
    ]


def _alone(said: str, found: Resolved, meant: Mapping[str, set[str]], own: set[str | None]) -> Resolved:
    name = found[0]
    if name is None or name in own or len(meant[name]) < 2:
        return found
    return (
        None,
        f"{said}: {name} has this name, but others are meant by it too; state where each image lies in the folder",
    )


def _by_path(said: str, described_in: str, there: Collection[str]) -> str | None:
    for path in (PurePosixPath(said), PurePosixPath(_plain(said))):  # a name may hold a % of its own
        for home in (PurePosixPath(described_in).parent, PurePosixPath(), PurePosixPath("images")):
            name = (home / (path.relative_to("/") if path.is_absolute() else path)).as_posix()
            if name in there:
                return name
    return None


def _by_name(said: str, files: Files) -> Resolved:
    path = PurePosixPath(_plain(said))
    for name in (path.name, re.sub(r"^[0-9a-f]{8}-", "", path.name)):  # Label Studio puts eight signs before uploads
        found = files.by_name.get(name, [])
        if len(found) > 1:
            return None, f"{said}: {len(found)} images have this name, such as {found[0]} and {found[1]}"
        if found:
            return found[0], ""
    return None, f"{said}: there is no such image"


def _plain(said: str) -> str:
    """A path from a path or an address; Label Studio's ``/data/local-files/?d=scans/a.png`` is ``scans/a.png``."""
    address = urlparse(said.replace("\\", "/"))
    local = parse_qs(address.query).get("d")
    if local:
        return unquote(local[0])
    return unquote(address.path) if address.scheme else unquote(said.replace("\\", "/"))
