"""Find the image that an annotation file speaks of."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urlparse

from alseg.data.index.files import Files


def image_of(said: str, described_in: str, files: Files) -> tuple[str | None, str]:
    """The image that is meant, and why there is none.

    It is looked for as a path from the annotation file, from the folder, and from the folder's ``images``; else by its name, which
    one image alone may have.

    Args:
        said: path, or address, in the annotation file.
        described_in: that file.
        files: of the data folder.
    """
    there = set(files.images)
    path = PurePosixPath(_plain(said))
    homes = (PurePosixPath(described_in).parent, PurePosixPath(), PurePosixPath("images"))
    for home in homes:
        for candidate in (path, path.relative_to("/") if path.is_absolute() else path):
            if (name := (home / candidate).as_posix()) in there:
                return name, ""
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
