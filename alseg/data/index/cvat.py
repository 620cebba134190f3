"""CVAT for images 1.1: polygons, masks and tags in an XML file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE
from alseg.data.formats.polygon import mask_of_polygon
from alseg.data.index.files import Files
from alseg.data.index.found import Drawing, Found, Row
from alseg.data.index.resolve import images_of
from alseg.errors import DataError

Element = ElementTree.Element


def read_cvat(contents: Mapping[str, Element], files: Files, empty: bool) -> Found:
    """Rows of CVAT's files.

    Where there are shapes, these are the masks; else an image's one tag is its label.

    Args:
        contents: the root element of each file.
        files: of the data folder.
        empty: whether an image without shapes is all background; else it waits for one.

    Raises:
        DataError: if a file is damaged.
    """
    images = [(file, image) for file, content in contents.items() for image in content.iter("image")]
    drawn = any(image.find(kind) is not None for _, image in images for kind in ("polygon", "mask"))
    found = Found("CVAT", [], "segmentation" if drawn else "classification", used=set(contents))
    kinds = ("polygon", "mask") if drawn else ("tag",)
    names = _names(contents, [shape for _, image in images for kind in kinds for shape in image.iter(kind)])
    if len(names) >= IGNORE:
        raise DataError(f"{files.root}: {len(names)} labels; there can be {IGNORE - 1} classes")
    found.classes = ("background", *names) if drawn else tuple(names)
    known: set[str] = set()
    meant = images_of([(file, [image.get("name", "")]) for file, image in images], files)
    for (file, image), [(name, why)] in zip(images, meant):
        if name is None or name in known:
            found.unplaced.append(f"{file}: {why or f'{name} is described twice; the first time counts'}")
            continue
        known.add(name)
        try:
            row = _drawn(name, image, names, files) if drawn else _tagged(name, image, found, file)
        except (KeyError, ValueError, TypeError) as error:
            raise DataError(
                f"{files.path(file)}: image {name}: it is damaged ({type(error).__name__}: {error})"
            ) from error
        if isinstance(row, str):
            found.unplaced.append(f"{file}: {row}")
        else:
            found.rows.append(row)
    others = {shape.tag for _, image in images for shape in image if shape.tag not in kinds}
    if others:
        found.unplaced.append(
            f"{', '.join(sorted(contents))}: shapes of the kind {', '.join(sorted(others))} make no {kinds[-1]}"
        )
    if drawn and not empty:
        found.leave_empty_unlabelled()
    return found


def _names(contents: Mapping[str, Element], shapes: list[Element]) -> list[str]:
    """Labels in the order in which the task states them; those that no task states come last, by name."""
    stated = [str(name.text) for content in contents.values() for name in content.findall("./meta//labels/label/name")]
    used = sorted({shape.get("label", "") for shape in shapes})
    return [*dict.fromkeys(name for name in [*stated, *used] if name.lower() != "background")]


def _drawn(name: str, image: Element, names: list[str], files: Files) -> Row | str:
    size, told = files.size(name), (int(image.attrib["height"]), int(image.attrib["width"]))
    if size != told:
        return f"{name} has {size[0]}x{size[1]} pixels (height x width), and the file says {told[0]}x{told[1]}"
    shapes = [shape for shape in image if shape.tag in ("polygon", "mask")]
    shapes.sort(key=lambda shape: int(shape.get("z_order", "0")))
    if not shapes and any(shape.tag != "tag" for shape in image):
        return Row(name)  # something is on it, so it is not background all over
    order = {label: i for i, label in enumerate(names, start=1)}
    return Row(
        name, Drawing(size, tuple((order.get(shape.attrib["label"], 0), _shape(shape, size)) for shape in shapes))
    )


def _shape(shape: Element, size: tuple[int, int]) -> Callable[[], NDArray[np.bool_]]:
    if shape.tag == "mask":
        return partial(_runs, shape.attrib, size)
    points = [[float(number) for number in pair.split(",")] for pair in shape.attrib["points"].split(";")]
    return partial(mask_of_polygon, points, size)


def _runs(mask: Mapping[str, str], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Run lengths along the rows of a box, background first."""
    left, top, width, height = (int(float(mask[side])) for side in ("left", "top", "width", "height"))
    runs = np.array([int(run) for run in mask["rle"].split(",")], dtype=np.int64)
    if min(left, top) < 0 or left + width > size[1] or top + height > size[0] or runs.sum() > width * height:
        raise ValueError("a mask is larger than its box, or its box than the image")
    flat = np.zeros(width * height, dtype=bool)
    flat[: runs.sum()] = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    whole = np.zeros(size, dtype=bool)
    whole[top : top + height, left : left + width] = flat.reshape(height, width)
    return whole


def _tagged(name: str, image: Element, found: Found, file: str) -> Row:
    tags = [tag.attrib["label"] for tag in image.iter("tag")]
    if len(tags) > 1:
        found.unplaced.append(
            f"{file}: {name} has {len(tags)} tags ({', '.join(tags)}); one is its class, so it has none yet"
        )
    return Row(name, label=tags[0] if len(tags) == 1 else None)
