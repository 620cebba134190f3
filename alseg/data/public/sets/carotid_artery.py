"""Common Carotid Artery Ultrasound Images: the lumen in transverse B-mode images.

Layout and counts: the record's description and public code that reads it. No URL of an archive is known.

Of each of the 11 people there are 100 frames, in up to five recordings; the files name the recordings alone. In the order
of their names, that is of time, the recordings of the first five people end exactly at the frames 100, 200, ... 500:
so every hundred is a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from alseg.data.convert.item import Item
from alseg.data.public.description import Expected, PublicDataset
from alseg.data.public.grey import black_and_white
from alseg.data.public.source import Source, pictures, present
from alseg.errors import DataError

BETWEEN = "_slice_"
FRAMES = 100
"""Frames of each person."""


def convert(source: Source) -> Iterator[Item]:
    """Yield an item for each frame; its recording is the text before ``_slice_`` in the file name, its group the person."""
    folder, masks = source.folder("US images"), source.folder("Expert mask images")
    images = pictures(folder, ".png")
    people = subjects(Counter(_recording(image) for image in images), folder)
    for image in images:
        mask = present(masks / image.name, f"{image.name} needs its mask")
        yield Item(
            image.stem,
            image,
            mask=black_and_white(mask),
            group=people[_recording(image)],
            metadata={"recording": _recording(image)},
        )


def _recording(image: Path) -> str:
    recording, between, _ = image.stem.partition(BETWEEN)
    if not between:
        raise DataError(f"{image}: its name must be RECORDING{BETWEEN}NUMBER.png; is it the publisher's?")
    return recording


def subjects(frames: Mapping[str, int], folder: Path) -> dict[str, str]:
    """Recording to person, ``subject_01`` to ``subject_11``: every hundred frames in the order of the recordings' names.

    Args:
        frames: of each recording.
        folder: where they lie, for the error.

    Raises:
        DataError: if a recording lies across a hundred: then frames are missing, and whose it is cannot be told.
    """
    found, before = {}, 0
    for recording in sorted(frames):
        after = before + frames[recording]
        if before // FRAMES != (after - 1) // FRAMES:
            raise DataError(
                f"{folder}: {recording} has the frames {before + 1} to {after}; of each person there are {FRAMES}, in whole "
                "recordings, so some are missing or too many; is the download complete?"
            )
        found[recording] = f"subject_{before // FRAMES + 1:02d}"
        before = after
    return found


DATASETS = (
    PublicDataset(
        name="carotid_artery",
        title="1,100 B-mode ultrasound frames of 709x749 pixels of the common carotid artery of 11 people, with the lumen",
        task="segmentation",
        homepage="https://data.mendeley.com/datasets/d4xt63mgjm/1",
        licence="CC BY 4.0",
        citation="Momot A. Common Carotid Artery Ultrasound Images. Mendeley Data, V1, 2022",
        classes=("background", "lumen"),
        group="subject",
        convert=convert,
        archives=(),
        expected=Expected(images=1100, groups=11),
        doi="10.17632/d4xt63mgjm.1",
        needs="download it in a browser from that page, then --from DIR",
        confirmed=(
            "11 people, each examined on the left and the right side, with 100 images each (the record's description, as "
            "github.com/sarah-antillia quotes it)",
            "in the order of the recordings' names, five people's recordings end at 100, 200, ... 500 frames (counted in half "
            "of the files)",
        ),
        unconfirmed=("that it goes on so in the other half; a recording across a hundred ends the conversion",),
    ),
)
