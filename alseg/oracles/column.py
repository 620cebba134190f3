"""Annotations that lie in another column of the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path

import numpy as np

from alseg.data.classes import mask_classes
from alseg.data.dataset import Dataset
from alseg.data.fit import Mask, part_of, placed_mask, places_of
from alseg.data.images import read_header
from alseg.data.inside import DataFolder
from alseg.data.manifest import Manifest, read_manifest
from alseg.data.mask_values import foreground_files
from alseg.errors import DataError
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.wrapper import check_masks


class Column(Oracle):
    """Answers with the mask files of another column: scribbles, or the masks of a second reader.

    They are read like masks: within the data folder, of the size of their images, cut to the same regions and fitted alike,
    resized to the nearest pixel, with class ids and 255 for what is not annotated or for the foreground of black-and-white
    files; see `foreground_files`. An image whose cell is empty is refused: nobody annotated it. Everything is checked when
    the oracle is made, before any training.

    Args:
        dataset: the images, loaded from the folder ``root``.
        column: of the manifest.
        root: the folder with ``manifest.csv``.
        where: and
        mask: as the data set was loaded from there, and
        follow_links: whether links may lead out of the folder; see `load_folder`.
        mask_255: what 255 is in these files, where they leave it open; see `foreground_files`.
        seconds_per_image: cost of an image. (The manifest's ``cost`` is that of its masks.)

    Raises:
        ValueError: if there is no data folder, or a cost is negative.
        DataError: if the column or a file is missing or not usable; the message names it.
    """

    def __init__(
        self,
        dataset: Dataset,
        column: str,
        root: str | Path | None = None,
        where: Mapping[str, str | Sequence[str]] | None = None,
        mask: str | None = None,
        mask_255: str | None = None,
        seconds_per_image: float = 15.0,
        follow_links: bool = False,
    ) -> None:
        check_masks(dataset, type(self).__name__)
        if root is None:
            raise ValueError("root=null: it reads a data folder; add data=folder data.root=PATH")
        if seconds_per_image < 0:
            raise ValueError(f"seconds_per_image={seconds_per_image}: a cost cannot be negative")
        manifest = read_manifest(Path(root).expanduser(), where, mask, follow_links=follow_links)
        if manifest.ids != dataset.ids:
            raise ValueError(f"root={root}: its manifest has other ids than data set {dataset.name}")
        self.annotator = f"column {column}"
        self.seconds_per_image = seconds_per_image
        self.size = dataset.size
        self.places = places_of(dataset)
        self.paths = _paths(manifest, column, follow_links)
        self._digests: dict[str, bytes] = {}
        self.foreground = self._check(manifest, dataset, mask_255)

    def annotate(self, ids: Sequence[str]) -> Annotations:
        answered = tuple(id_ for id_ in ids if id_ in self.paths)
        targets = np.zeros((len(answered), *self.size), dtype=np.uint8)
        for row, id_ in enumerate(answered):
            targets[row] = self._read(id_).pixels
            if id_ in self.foreground:
                shows = part_of(targets[row], self.places[id_].frame)  # padding stays 255
                np.minimum(shows, 1, out=shows)
        return Annotations(
            answered,
            targets,
            np.full(len(answered), self.seconds_per_image, dtype=np.float64),
            annotator=self.annotator,
            refused=tuple(id_ for id_ in ids if id_ not in self.paths),
        )

    def answers(self) -> Mapping[str, bytes]:
        return self._digests

    def _read(self, id_: str) -> Mask:
        return placed_mask(self.paths[id_], self.places[id_], self.size)

    def _check(self, manifest: Manifest, dataset: Dataset, mask_255: str | None) -> set[str]:
        """Read every file once; the images in whose files 255 is the foreground."""
        image = dict(zip(manifest.ids, manifest.images))

        def held(id_: str) -> tuple[np.ndarray, bool, bool]:
            header, wanted = read_header(self.paths[id_]), read_header(image[id_]).size
            if header.size != wanted:
                raise DataError(
                    f"{self.paths[id_]}: the annotation has {header.size[0]}x{header.size[1]} pixels (height x width) and its "
                    f"image {image[id_].name} {wanted[0]}x{wanted[1]}; both must have the same size"
                )
            mask = self._read(id_)
            self._digests[id_] = blake2b(mask.pixels.tobytes(), digest_size=16).digest()
            return mask.counts > 0, mask.alone, header.bits == 1

        with ThreadPoolExecutor() as threads:
            values, alone, one_bit = map(np.array, zip(*threads.map(held, self.paths)))
        files, key = tuple(self.paths.values()), "oracle.mask_255"
        white = foreground_files(files, values, alone, one_bit, mask_255, dataset.classes, key)
        mask_classes(files, values, white, one_bit, dataset.classes, key)
        return {id_ for id_, is_white in zip(self.paths, white) if is_white}


def _paths(manifest: Manifest, column: str, follow_links: bool) -> dict[str, Path]:
    """The file of every image that has one."""
    paths, folder = {}, DataFolder(manifest.path.parent, follow_links=follow_links)
    for id_, value in zip(manifest.ids, manifest.texts(column)):
        if value:
            try:
                paths[id_] = folder.file(value)
            except DataError as error:
                raise DataError(f"{manifest.path}: id {id_!r}, column {column!r}: {error}") from error
    if not paths:
        raise DataError(f"{manifest.path}: column {column!r} is empty in every row; it must name files")
    return paths
