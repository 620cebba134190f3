"""Recognise the layout of a folder by the files in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree

from alseg.data.index.coco import is_coco, read_coco
from alseg.data.index.cvat import read_cvat
from alseg.data.index.files import Files
from alseg.data.index.folders import read_folders
from alseg.data.index.found import Found
from alseg.data.index.label_studio import is_label_studio, read_label_studio
from alseg.data.index.nnunet import is_nnunet, read_nnunet
from alseg.errors import ConfigError, DataError

LAYOUTS = ("coco", "cvat", "label_studio", "nnunet", "folders")


def recognise(
    files: Files, layout: str | None = None, folders: str | None = None, empty: bool = False, channel: int = 0
) -> Found:
    """Read a folder by the one layout that fits it.

    Args:
        files: of the folder.
        layout: one of `LAYOUTS`, where several fit.
        folders: what the names of folders with images are; see `read_folders`.
        empty: whether images without any shape in COCO or CVAT are all background.
        channel: see `read_nnunet`.

    Raises:
        ConfigError: if several layouts fit, the one that is asked for does not, or it is not said what folders mean.
        DataError: if there is no image, or a file that describes them is damaged.
    """
    if layout not in (None, *LAYOUTS):
        raise ConfigError(f"--layout {layout}: it is one of {', '.join(LAYOUTS)}")
    readers = _readers(files, folders, empty, channel)
    described = [name for name in readers if name != "folders"]
    if layout is None and len(described) > 1:
        raise ConfigError(f"{files.root}: it is laid out as {' and as '.join(described)}; say which counts by --layout")
    chosen = layout or (described or ["folders"])[0]
    if chosen not in readers:
        raise ConfigError(f"--layout {chosen}: nothing in {files.root} is of it; there is {', '.join(readers)}")
    if not files.images:
        raise DataError(f"{files.root}: there is no image in it")
    return readers[chosen]()


def _readers(files: Files, folders: str | None, empty: bool, channel: int) -> dict[str, Callable[[], Found]]:
    """A reader of each layout that the folder may be of."""
    readers: dict[str, Callable[[], Found]] = {}
    texts = {name: _json(files, name) for name in files.names if name.lower().endswith(".json")}
    coco = {name: content for name, content in texts.items() if is_coco(content)}
    exported = {name: content for name, content in texts.items() if is_label_studio(content)}
    drawn = {
        name: root for name in files.names if name.lower().endswith(".xml") and (root := _xml(files, name)) is not None
    }
    if coco:
        readers["coco"] = lambda: read_coco(coco, files, empty)
    if drawn:
        readers["cvat"] = lambda: read_cvat(drawn, files, empty)
    if exported:
        readers["label_studio"] = lambda: read_label_studio(exported, files)
    if is_nnunet(files):
        readers["nnunet"] = lambda: read_nnunet(files, channel)
    return readers | {"folders": lambda: read_folders(files, folders)}


def _json(files: Files, name: str) -> Any:
    """What a JSON file holds; None if it is none."""
    try:
        return json.loads(files.path(name).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _xml(files: Files, name: str) -> ElementTree.Element | None:
    """The root of an XML file of CVAT; None if it is another."""
    try:
        root = ElementTree.parse(files.path(name)).getroot()
    except (OSError, ElementTree.ParseError):
        return None
    return root if root.tag == "annotations" and root.find("image") is not None else None


def leftovers(files: Files, found: Found) -> Sequence[str]:
    """A line for each file that nothing was said of."""
    known = found.files()
    inside_series = {name for name in known if name not in files.names}
    rest = [
        name
        for name in files.names
        if name not in known and not any(name.startswith(f"{folder}/") for folder in inside_series)
    ]
    return [f"{name}: it belongs to no image" if name in files.images else f"{name}: it is no image" for name in rest]
