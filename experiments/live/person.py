"""Person who answers a request with masks that lie in a folder; and how far the model's masks were from them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

SECONDS = 45


def asked(request: Path) -> list[tuple[str, Path]]:
    """Id and file of each image of a request, in its order."""
    with (request / "request.csv").open(newline="", encoding="utf-8") as file:
        return [(row["id"], request / row["file"]) for row in csv.DictReader(file)]


def answer(request: Path, known: Path, images: Sequence[tuple[str, Path]]) -> None:
    """Put the masks of some images of a request into its answers."""
    for _, image in images:
        mask = _mask_of(known, image)
        shutil.copyfile(mask, request / "answers" / f"{image.stem}{mask.suffix}")


def answer_wrongly(request: Path, image: Path) -> None:
    """Save a mask of the wrong size, as people do who drew on a copy of half the size."""
    with Image.open(image) as whole:
        Image.new("L", (whole.width // 2, whole.height // 2)).save(request / "answers" / f"{image.stem}.png")


def write_table(request: Path, refused: str | None, reason: str, annotator: str) -> None:
    """Fill in ``answers.csv``: seconds and annotator of every mask, and an image that is refused."""
    with (request / "answers" / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "label", "seconds", "annotator", "refused"])
        for id_, _ in asked(request):
            said = ["", "", "", reason] if id_ == refused else ["", SECONDS, annotator, ""]
            writer.writerow([id_, *said])


def overlap(request: Path, known: Path) -> float | None:
    """Mean Dice of the model's masks and those of the person, over the foreground; None where there is no model yet."""
    found = []
    for _, image in asked(request) if (request / "predictions").is_dir() else ():
        with (
            Image.open(request / "predictions" / f"{image.stem}.png") as one,
            Image.open(_mask_of(known, image)) as other,
        ):
            predicted, true = np.asarray(one) > 0, np.asarray(other) > 0
        both = predicted.sum() + true.sum()
        found.append(2 * (predicted & true).sum() / both if both else 1.0)
    return float(np.mean(found)) if found else None


def _mask_of(known: Path, image: Path) -> Path:
    (mask,) = known.glob(f"{image.stem}.*")
    return mask
