"""Images without masks for the demo, and the masks that its person knows."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from alseg.data.manifest import read_manifest
from alseg.data.phantoms.carotid import CLASSES, phantom_carotid
from alseg.errors import DataError
from alseg.oracles.people.file_names import safe_names


def from_data(data: Path, n: int, pool: Path, known: Path) -> None:
    """Copy n images of a data set, evenly spaced in its manifest, and apart from them their masks.

    Args:
        data: folder with ``manifest.csv`` and masks.
        n: images wanted; all if there are fewer.
        pool: gets ``images/`` and a manifest without masks.
        known: gets the masks, ``ID.png`` and the like.

    Raises:
        DataError: if the data set has no mask.
    """
    manifest = read_manifest(data)
    masks = {row: mask for row, mask in enumerate(manifest.masks or ()) if mask is not None}
    if not masks:
        raise DataError(f"{manifest.path}: no row of it has a mask; the person needs masks to answer with")
    there, names = list(masks), safe_names(manifest.ids)
    rows = [there[int(place)] for place in np.linspace(0, len(there) - 1, min(n, len(there)))]
    for folder in (pool / "images", known):
        folder.mkdir(parents=True)
    files = []
    for row in rows:
        image, mask, name = manifest.images[row], masks[row], names[manifest.ids[row]]
        files.append(f"{name}{image.suffix}")
        shutil.copyfile(image, pool / "images" / files[-1])
        shutil.copyfile(mask, known / f"{name}{mask.suffix}")
    _write(pool, [manifest.ids[row] for row in rows], files, [manifest.groups[row] for row in rows])


def from_phantom(n: int, pool: Path, known: Path) -> tuple[str, ...]:
    """Draw n images of carotid arteries, six for each patient; the names of their classes."""
    drawn = phantom_carotid(size=(128, 192), patients=-(-n // 6), frames=6)
    for folder in (pool / "images", known):
        folder.mkdir(parents=True)
    for row, id_ in enumerate(drawn.ids[:n]):
        Image.fromarray(drawn.images[row, 0]).save(pool / "images" / f"{id_}.png")
        Image.fromarray(drawn.targets[row]).save(known / f"{id_}.png")
    _write(pool, drawn.ids[:n], [f"{id_}.png" for id_ in drawn.ids[:n]], drawn.groups[:n])
    return CLASSES


def _write(pool: Path, ids: Sequence[str], files: Sequence[str], groups: Sequence[str]) -> None:
    with (pool / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "image", "group"])
        writer.writerows((id_, f"images/{name}", group) for id_, name, group in zip(ids, files, groups))
