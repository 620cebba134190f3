"""The JSON that Label Studio exports: tasks with their annotations, as brush strokes, polygons or choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE, NOT_ANNOTATED, Task
from alseg.data.formats.brush import mask_of_brush
from alseg.data.formats.polygon import mask_of_polygon
from alseg.data.index.files import Files
from alseg.data.index.found import Drawing, Found, Row
from alseg.data.index.resolve import Resolved, images_of
from alseg.errors import DataError

KINDS: Mapping[str, Task] = {
    "brushlabels": "segmentation",
    "polygonlabels": "segmentation",
    "choices": "classification",
}


def is_label_studio(content: Any) -> bool:
    """True for what a JSON file of Label Studio holds: a list of tasks."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(
            isinstance(task, Mapping) and isinstance(task.get("data"), Mapping) and "annotations" in task
            for task in content
        )
    )


def read_label_studio(contents: Mapping[str, Any], files: Files) -> Found:
    """Rows of exported tasks.

    A task without an annotation, or which was skipped, waits for one. An annotation without any region is background all over.
    Of several annotations of a task the one that was changed last counts.

    Args:
        contents: what each file holds.
        files: of the data folder.

    Raises:
        DataError: if a file is damaged, or has masks and classes.
    """
    try:
        return _read(contents, files)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        named = ", ".join(str(files.path(file)) for file in contents)
        raise DataError(
            f"{named}: it is no complete export of Label Studio ({type(error).__name__}: {error})"
        ) from error


def _read(contents: Mapping[str, Any], files: Files) -> Found:
    chosen = [(file, task, _last(task)) for file, tasks in contents.items() for task in tasks]
    results = [part for _, _, annotation in chosen if annotation for part in annotation["result"]]
    tasks = {KINDS[part["type"]] for part in results if part.get("type") in KINDS}
    if len(tasks) > 1:
        raise DataError(f"{', '.join(contents)}: it has masks and choices; export one kind of labels")
    drawn = tasks == {"segmentation"}
    found = Found("Label Studio", [], next(iter(tasks), None), used=set(contents))
    names = sorted({label for part in results if part.get("type") in KINDS for label in _labels(part)})
    if drawn and len(names) >= IGNORE:
        raise DataError(f"{', '.join(contents)}: {len(names)} labels; there can be {IGNORE - 1} classes")
    names = [name for name in names if not drawn or (name.lower() != "background" and name != NOT_ANNOTATED)]
    found.classes = ("background", *names) if drawn else tuple(names)
    several = skipped = 0
    known: set[str] = set()
    said = [(file, [value for value in task["data"].values() if isinstance(value, str)]) for file, task, _ in chosen]
    for (file, task, annotation), tried in zip(chosen, images_of(said, files)):
        name, why = _image(tried)
        if name is None or name in known:
            found.unplaced.append(f"{file}: task {task.get('id')}: {why or f'{name} is in an earlier task too'}")
            continue
        known.add(name)
        skipped += annotation is None and bool(task["annotations"])
        several += sum(not one.get("was_cancelled") for one in task["annotations"]) > 1
        what = f"{file}: task {task.get('id')}"
        found.rows.append(_row(name, annotation, names, drawn, files, found, what))
    if skipped:
        found.remarks.append(f"{skipped} tasks were skipped by their annotators: they wait for a label")
    if several:
        found.remarks.append(f"{several} tasks have several annotations: the one that was changed last counts")
    return found


def _last(task: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The annotation that was changed last, of those that were not cancelled."""
    done = [one for one in task["annotations"] if not one.get("was_cancelled")]
    return max(done, key=lambda one: str(one.get("updated_at", ""))) if done else None


def _labels(part: Mapping[str, Any]) -> Sequence[str]:
    return [str(label) for label in part["value"].get(part["type"], ())]


def _image(tried: Sequence[Resolved]) -> Resolved:
    """The one image that a task's data name."""
    there = list(dict.fromkeys(name for name, _ in tried if name))
    if len(there) == 1:
        return there[0], ""
    if there:
        return None, f"it names several images, {' and '.join(there)}"
    return None, "; ".join(why for _, why in tried) or "it names no image"


def _row(
    name: str,
    annotation: Mapping[str, Any] | None,
    names: Sequence[str],
    drawn: bool,
    files: Files,
    found: Found,
    what: str,
) -> Row:
    if annotation is None:
        return Row(name)
    parts = annotation["result"]
    strange = sorted({str(part.get("type")) for part in parts if part.get("type") not in KINDS})
    if strange:
        found.unplaced.append(f"{what}: regions of the kind {', '.join(strange)} are neither masks nor classes")
    parts = [part for part in parts if part.get("type") in KINDS]
    if not drawn:
        labels = [label for part in parts for label in _labels(part)]
        if len(labels) > 1:
            found.unplaced.append(f"{what}: {name} has {len(labels)} choices; one is its class, so it has none yet")
        return Row(name, label=labels[0] if len(labels) == 1 else None)
    if strange and not parts:
        return Row(name)  # something is on it, so it is not background all over
    size, shapes = files.size(name), []
    for part in parts:
        told = (part.get("original_height"), part.get("original_width"))
        if told != size or part.get("image_rotation"):
            found.unplaced.append(
                f"{what}: {name} was drawn at {told[0]}x{told[1]} pixels, and has {size[0]}x{size[1]}, or turned"
            )
            return Row(name)
        label = _labels(part)
        if len(label) != 1:
            found.unplaced.append(f"{what}: {name} has a region with {len(label)} labels; give it one")
            return Row(name)
        class_ = names.index(label[0]) + 1 if label[0] in names else 0
        class_ = IGNORE if label[0] == NOT_ANNOTATED else class_
        shapes.append((class_, _shape(part, size)))
    return Row(name, Drawing(size, tuple(shapes)))


def _shape(part: Mapping[str, Any], size: tuple[int, int]) -> Callable[[], NDArray[np.bool_]]:
    value = part["value"]
    if part["type"] == "brushlabels":
        return partial(mask_of_brush, value["rle"], size)
    points = np.array(value["points"], dtype=np.float64) * (size[1], size[0]) / 100  # in percent of the image
    return partial(mask_of_polygon, points, size)
