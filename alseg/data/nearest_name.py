"""Suggestion of an existing file for a misspelt name."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from alseg.data.formats.junk import is_junk


def nearest_name(root: Path, name: str) -> str | None:
    """Find a file of the folder ``root`` that is probably meant by ``name``, or None; for error messages.

    Large and small letters may differ, the suffix may be missing, another or there twice, quotes may be around it, and it may
    lie one folder higher or lower.
    """
    parts = PurePosixPath(name.replace("\\", "/").strip("\"'\u2018\u2019\u201c\u201d\u201e")).parts
    try:
        tries = [parts[i:] for i in range(len(parts))]
        if not root.joinpath(*parts[:-1]).is_dir() or len(parts) == 1:  # else the mask of an image would be the image
            tries += [(folder.name, *parts[-1:]) for folder in sorted(root.iterdir()) if folder.is_dir()]
        found = (_find(root, attempt) for attempt in tries)
        return next((path.relative_to(root).as_posix() for path in found if path is not None), None)
    except (OSError, ValueError):  # a folder that may not be read, a name that cannot be one
        return None


def _find(folder: Path, parts: tuple[str, ...]) -> Path | None:
    for i, part in enumerate(parts):
        entries = [path for path in sorted(folder.iterdir()) if not is_junk(path.name)] if folder.is_dir() else []
        alike = [path for path in entries if path.name.casefold() == part.casefold()]
        if not alike and i == len(parts) - 1:
            stem = PurePosixPath(part).stem.casefold()
            called = (stem, part.casefold())
            files = [path for path in entries if path.is_file()]
            alike = [path for path in files if path.stem.casefold() in called or path.name.casefold() == stem]
        if not alike:
            return None
        folder = alike[0]
    return folder if folder.is_file() else None
