"""Text that tells people what to do with a request."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

from alseg.data.dataset import Dataset
from alseg.oracles.people.answers_table import NAME as ANSWERS
from alseg.oracles.request import Request
from alseg.pictures.class_outlines import colour_of

NAME = "README.txt"


def text(dataset: Dataset, request: Request, answers: str, *, predicted: bool) -> str:
    """Instructions for one request.

    Args:
        dataset: the images.
        request: the query.
        answers: folder of the answers, as people are told.
        predicted: whether there are predictions of a model.
    """
    what = "masks" if dataset.task == "segmentation" else "classes"
    n = len(request.ids)
    parts = [
        f"Round {request.round} asks for the {what} of {n} image{'s' if n > 1 else ''} (strategy: {request.strategy}).",
        "request.csv lists them, the most important first, with the reason why each was picked. contact_sheet.jpg shows them "
        "under the numbers of its column order. The images themselves are in images/.",
    ]
    parts += _masks(dataset, answers) if dataset.task == "segmentation" else _labels(dataset, answers)
    if predicted:
        parts.append(_predictions(dataset))
    if dataset.regions is not None:
        parts.append(
            "Only a part of each image is used: the column used of request.csv has its x y width height in pixels. What a mask "
            "holds outside of it does not matter."
        )
    parts.append(
        "An image that cannot be answered (unreadable, another organ, ...) gets the reason in the column refused, and is never "
        "asked for again."
    )
    parts.append(
        "Any number of answers, in any order: start the same command again, and it takes up what is there. What is wrong with an "
        "answer it says in one line, and keeps the others. An answer can be changed until its round has gone on."
    )
    return "\n\n".join(part if part.startswith("  ") else fill(part, 100) for part in parts) + "\n"


def _masks(dataset: Dataset, answers: str) -> list[str]:
    two = (
        " A black-and-white mask of 0 and 255 will do too: white is then class 1." if len(dataset.classes) == 2 else ""
    )
    colours = ["", *(f" ({colour_of(i)} in predictions and outlines)" for i in range(1, len(dataset.classes)))]
    ids = [f"  {i:3}  {name}{colour}" for i, (name, colour) in enumerate(zip(dataset.classes, colours))]
    return [
        f"Save the mask of images/NAME.png (or .jpg, ...) as {answers}/NAME.png: one channel, grey or with a palette, as many "
        "pixels as the image, no JPEG. The value of each pixel is the id of its class:",
        "\n".join([*ids, "  255  not annotated: nothing is learned there"]),
        f"Such a mask looks black in most programs.{two}",
        f"If you like, write into {answers}/{ANSWERS} how many seconds a mask took and who drew it; leave the column label empty.",
    ]


def _labels(dataset: Dataset, answers: str) -> list[str]:
    return [
        f"Write the class of each image into the column label of {answers}/{ANSWERS} and, if you like, how many seconds it took "
        "and who answered. The classes are:",
        "\n".join(f"  {name}" for name in dataset.classes),
    ]


def _predictions(dataset: Dataset) -> str:
    if dataset.task == "classification":
        return (
            "predictions.csv holds the probabilities of the classes by the model of the round before. It may be wrong."
        )
    return (
        "predictions/NAME.png is the mask of the model of the round before, as class ids with a palette: correct it, rather than "
        "draw anew, where that is quicker. outlines/NAME.png shows it over the image. It may be wrong."
    )


def place_in_words(answers: Path, request: Path) -> str:
    """Folder of the answers as people are told: relative to the request's where it lies in there."""
    return answers.name if answers.parent == request else str(answers)
