"""Predict image files one by one into a folder; what is there already is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE
from alseg.data.file_size import mask_of_probabilities, probabilities_in_region
from alseg.data.fit import Place, part_of
from alseg.errors import ConfigError, DataError
from alseg.files import write_bytes
from alseg.handover.images import ImageFile
from alseg.handover.last_model import LastModel
from alseg.handover.png import png_of
from alseg.handover.predicted import predict
from alseg.handover.predictions_folder import PredictionsFolder
from alseg.pictures.outlines import outlined
from alseg.terminal import shown

MASKS, UNCERTAINTY, OUTLINES = "masks", "uncertainty", "outlines"


@dataclass(frozen=True)
class Wanted:
    """What is written besides masks or probabilities.

    Args:
        uncertainty: a picture of each image, at the size of the file.
        outlines: a small picture of each image with the outlines of its mask.
        batch_size: images at a time.
    """

    uncertainty: bool = False
    outlines: bool = False
    batch_size: int = 16


@dataclass(frozen=True)
class Done:
    """What became of the images.

    Args:
        predicted: number of images that were predicted now.
        before: number of those that were there already.
        failed: one line for every image that could not be predicted.
    """

    predicted: int
    before: int
    failed: tuple[str, ...]


@dataclass(frozen=True)
class _Read:
    image: ImageFile
    pixels: NDArray[np.uint8]
    place: Place
    size: tuple[int, int]


def predict_into(
    out: Path,
    model: LastModel,
    images: Sequence[ImageFile],
    wanted: Wanted,
    *,
    progress: bool = True,
) -> Done:
    """Write masks or probabilities, at the size of the image files.

    Args:
        out: the folder.
        model: predicts; on a GPU if there is one and the run was not told otherwise.
        images: in the order of the table.
        wanted: what is written besides.
        progress: show a progress bar if stderr is a terminal.

    Raises:
        AlsegError: if the folder cannot be gone on with, or what is wanted is not possible.
    """
    segmentation = model.spec.task == "segmentation"
    if not segmentation and (wanted.uncertainty or wanted.outlines):
        what = "--uncertainty" if wanted.uncertainty else "--outlines"
        raise ConfigError(f"{what}: a classification has no picture of it; the uncertainty is a column of the table")
    folder = PredictionsFolder(out, _columns(model))
    with folder.open(_about(model)):
        missing = [image for image in images if not folder.has(image, _files(out, image, wanted, segmentation))]
        device = _device(model)
        learner, size = model.learner.to(device), wanted.batch_size
        failed: list[str] = []
        with ThreadPoolExecutor() as threads:
            starts = range(0, len(missing), size)
            for start in shown(starts, len(starts), f"Predicting {len(missing)} images", progress):
                read = list(threads.map(partial(_read, model), missing[start : start + size]))
                failed += [one for one in read if isinstance(one, str)]
                batch = [one for one in read if isinstance(one, _Read)]
                if not batch:
                    continue
                found = predict(learner, np.stack([one.pixels for one in batch]), device)
                folder.add(
                    [
                        (one.image, _write(out, model, one, probabilities, uncertainty, wanted))
                        for one, probabilities, uncertainty in zip(batch, *found)
                    ]
                )
        folder.sort(images)
    return Done(len(missing) - len(failed), len(images) - len(missing), tuple(failed))


def _columns(model: LastModel) -> tuple[str, ...]:
    classes = model.spec.classes
    if model.spec.task == "classification":
        return ("predicted", *(f"probability {name}" for name in classes), "uncertainty")
    return ("height", "width", *(f"share {name}" for name in classes), "uncertainty")


def _about(model: LastModel) -> dict[str, Any]:
    return {
        "model": {"run": str(model.run.resolve()), "round": model.round, "digest": model.digest},
        "task": model.spec.task,
        "classes": dict(enumerate(model.spec.classes)),
        "preprocessing": model.preprocessing.described(),
    }


def _files(out: Path, image: ImageFile, wanted: Wanted, segmentation: bool) -> list[Path]:
    """The files of an image that are to be there."""
    if not segmentation:
        return []
    asked = {MASKS: True, UNCERTAINTY: wanted.uncertainty, OUTLINES: wanted.outlines}
    return [out / kind / f"{image.name}.png" for kind, yes in asked.items() if yes]


def _device(model: LastModel) -> torch.device:
    allowed = model.config.trainer.get("accelerator", "auto") in ("auto", "gpu")
    return torch.device("cuda" if allowed and torch.cuda.is_available() else "cpu")


def _read(model: LastModel, image: ImageFile) -> _Read | str:
    """A decoded image; or the line that says why it cannot be had."""
    try:
        place, file = model.preprocessing.place(image.file, image.region)
        return _Read(image, model.preprocessing.image(image.file, place), place, file)
    except DataError as error:
        return str(error)
    except OSError as error:
        return f"{image.file}: cannot be read ({error.strerror or error})"


def _write(
    out: Path,
    model: LastModel,
    one: _Read,
    probabilities: NDArray[np.float32],
    uncertainty: NDArray[np.float32],
    wanted: Wanted,
) -> list[str]:
    """Write the pictures of an image, and return its cells of the table."""
    if model.spec.task == "classification":
        return [
            model.spec.classes[int(probabilities.argmax())],
            *map(_number, probabilities),
            _number(float(uncertainty)),
        ]
    mask = mask_of_probabilities(probabilities, one.place, one.size, outside=IGNORE)
    if wanted.uncertainty:
        grey = np.zeros(one.size, dtype=np.uint8)
        share = probabilities_in_region(uncertainty, one.place, one.size)
        part_of(grey, one.place.region)[...] = np.rint(share * 255).clip(0, 255)
        write_bytes(out / UNCERTAINTY / f"{one.image.name}.png", png_of(grey))
    if wanted.outlines:
        found = probabilities.argmax(axis=0).astype(np.uint8)
        drawn = outlined(one.pixels, np.full(found.shape, IGNORE), found)
        write_bytes(out / OUTLINES / f"{one.image.name}.png", png_of(drawn))
    write_bytes(out / MASKS / f"{one.image.name}.png", png_of(mask))
    counts = np.bincount(mask[mask != IGNORE], minlength=len(probabilities))
    unsure = float(part_of(uncertainty, one.place.frame).mean())
    return [*map(str, one.size), *map(_number, counts / max(1, counts.sum())), _number(unsure)]


def _number(value: float) -> str:
    return f"{value:.6g}"
