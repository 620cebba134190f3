"""Classes of a data set, from the values of its masks or from the labels of its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE, NO_CLASS, Task
from alseg.data.manifest import Manifest
from alseg.data.mask_values import as_class_ids
from alseg.errors import ConfigError, DataError

EXAMPLES = {"segmentation": "'data.classes=[background,lesion]'", "classification": "'data.classes=[benign,malignant]'"}

MANY_VALUES = 30
"""Most distinct values of all masks together; more are rarely classes, and often the trace of a JPEG encoder."""


def task_of(manifest: Manifest, task: str | None, classes: Sequence[str] | None) -> Task:
    """Task of a data set: that of its columns or, where nothing has a mask or label, what is asked.

    Args:
        manifest: the table.
        task: ``data.task``.
        classes: ``data.classes``.

    Raises:
        ConfigError: if the task is unknown or not that of the columns, or if nothing says what is asked.
    """
    if task not in (None, *EXAMPLES):
        raise ConfigError(f"data.task={task}: it is segmentation or classification")
    filled, missing = any(manifest.has_target), []
    if filled and task not in (None, manifest.task):
        there = "masks" if manifest.task == "segmentation" else "labels"
        raise ConfigError(
            f"data.task={task}: {manifest.path} has {there}, so it is for {manifest.task}; drop data.task"
        )
    asked = manifest.task if task is None else "segmentation" if task == "segmentation" else "classification"
    if asked is None:
        missing.append("data.task=segmentation or data.task=classification")
    if not filled and classes is None:
        missing.append(f"data.classes, such as {' or '.join([EXAMPLES[asked]] if asked else EXAMPLES.values())}")
    if missing:
        raise ConfigError(
            f"{manifest.path}: no row has a mask or a label yet; say what is asked: {', and '.join(missing)}"
        )
    assert asked is not None
    return asked


def mask_classes(
    masks: Sequence[Path],
    held: NDArray[np.bool_],
    foreground: NDArray[np.bool_],
    one_bit: NDArray[np.bool_],
    classes: Sequence[str] | None,
    key: str = "data.mask_255",
) -> tuple[str, ...]:
    """Class names of a segmentation data set.

    If all masks are black and white, of one bit or with 255 as the foreground: ``background, foreground``. Otherwise values
    are class ids: ``background, class_1, ...``, where the ids must have no gap and be `MANY_VALUES` at most, so that the
    greys of a JPEG file do not pass for classes.

    Args:
        masks: N mask files, for the messages.
        held: ``(N, 256)`` which values they hold, in the part that is used, at the resolution of the files.
        foreground: ``(N,)`` in which of them 255 is class 1; see `foreground_files`. In the others it is ignored.
        one_bit: ``(N,)`` True for masks of one bit per pixel.
        classes: names to use instead; then ids may be missing, but none may lie beyond them.
        key: name of the setting for 255 in messages.

    Raises:
        ConfigError: if names repeat or are fewer than two.
        DataError: if a mask holds a value that is no class.
    """
    white = held[:, IGNORE] & foreground
    if white.any() and classes is not None and len(_names(classes)) != 2:
        raise DataError(
            f"{_holder(masks, white)}: it holds the value 255, and all masks together hold only 0 and 255, which are two "
            f"classes; data.classes names {len(classes)}; where 255 is not annotated, say {key}=ignored"
        )
    if not held[~one_bit, 1:IGNORE].any():
        return ("background", "foreground") if classes is None else _names(classes)
    held = as_class_ids(held, foreground)
    ids = np.flatnonzero(held[:, :IGNORE].any(axis=0))
    if classes is None:
        wrong = ids[ids != np.arange(len(ids))]
        right = "class ids must be 0, 1, 2, ... without a gap, and 255 is ignored; or name all classes in data.classes"
    else:
        wrong = ids[ids >= len(_names(classes))]
        right = f"data.classes names {len(classes)} classes, ids 0 to {len(classes) - 1}, and 255 is ignored"
    if len(ids) > MANY_VALUES:
        right += f" ({len(ids)} distinct values look like lossy compression: save masks as PNG, not JPEG)"
    if len(wrong) or (classes is None and len(ids) > MANY_VALUES):
        value = int(wrong[0]) if len(wrong) else int(ids[-1])
        raise DataError(f"{_holder(masks, held[:, value])}: it holds the value {value}; {right}")
    if classes is not None:
        return _names(classes)
    return ("background", "foreground") if white.any() else ("background", *(f"class_{i}" for i in ids[1:]))


def label_classes(manifest: Manifest, classes: Sequence[str] | None) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Class names of a classification data set (sorted, unless given) and ``(N,)`` int64 class ids, `NO_CLASS` without a label.

    Raises:
        ConfigError: if names repeat or are fewer than two.
        DataError: if a label is not among the names given, or all labels are the same.
    """
    labels = manifest.labels or (None,) * len(manifest.ids)
    found = sorted({label for label in labels if label is not None})
    if classes is None and len(found) < 2:
        where = "every row" if all(labels) else "every row that has one"
        more = "" if all(labels) else "; name both in data.classes"
        raise DataError(f"{manifest.path}: column 'label' is {found[0]!r} in {where}; there must be two classes{more}")
    names = tuple(found) if classes is None else _names(classes)
    ids = {name: i for i, name in enumerate(names)}
    for id_, label in zip(manifest.ids, labels):
        if label is not None and label not in ids:
            raise DataError(
                f"{manifest.path}: id {id_!r} has the label {label!r}; data.classes names {', '.join(names)}"
            )
    return names, np.array([NO_CLASS if label is None else ids[label] for label in labels], dtype=np.int64)


def _names(classes: Sequence[str]) -> tuple[str, ...]:
    names = tuple(str(name) for name in classes)
    if len(names) < 2 or len(set(names)) != len(names):
        raise ConfigError(f"data.classes is [{', '.join(names)}]; it must be two or more names, all different")
    return names


def _holder(masks: Sequence[Path], holds: NDArray[np.bool_]) -> Path:
    return masks[int(np.argmax(holds))]
