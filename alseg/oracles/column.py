"""Annotations that lie in another column of the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from alseg.data.classes import mask_classes, only_foreground
from alseg.data.dataset import Dataset
from alseg.data.images import read_header, read_mask
from alseg.data.manifest import Manifest, inside, read_manifest
from alseg.errors import DataError
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.wrapper import check_masks


class Column(Oracle):
    """Answers with the mask files of another column: scribbles, or what a second reader drew.

    They are read like masks: within the data folder, of the size of their images, cut to the same regions, resized to
    the nearest pixel, with class ids and 255 for what is not annotated; or, if all files together hold only 0 and 255, with
    255 for the foreground. An image whose cell is empty is refused: nobody annotated it. Everything is checked when the
    oracle is made, before any training.

    Args:
        dataset: the images, loaded from the folder ``root``.
        column: of the manifest.
        root: the folder with ``manifest.csv``.
        where: and
        mask: as the data set was loaded from there; see `load_folder`.
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
        where: Mapping[str, object] | None = None,
        mask: str | None = None,
        seconds_per_image: float = 15.0,
    ) -> None:
        check_masks(dataset, type(self).__name__)
        if root is None:
            raise ValueError("root=null: it reads a data folder; add data=folder data.root=PATH")
        if seconds_per_image < 0:
            raise ValueError(f"seconds_per_image={seconds_per_image}: a cost cannot be negative")
        manifest = read_manifest(Path(root).expanduser(), where, mask)
        if manifest.ids != dataset.ids:
            raise ValueError(f"root={root}: its manifest has other ids than data set {dataset.name}")
        self.annotator = f"column {column}"
        self.seconds_per_image = seconds_per_image
        self.size = dataset.size
        self.regions = dict(zip(dataset.ids, dataset.regions or ()))
        self.paths = _paths(manifest, column)
        self.two_valued = self._check(manifest, dataset)

    def annotate(self, ids: Sequence[str]) -> Annotations:
        answered = tuple(id_ for id_ in ids if id_ in self.paths)
        targets = np.zeros((len(answered), *self.size), dtype=np.uint8)
        for row, id_ in enumerate(answered):
            targets[row], _ = read_mask(self.paths[id_], self.size, self.regions.get(id_))
        if self.two_valued:
            np.minimum(targets, 1, out=targets)
        return Annotations(
            answered,
            targets,
            np.full(len(answered), self.seconds_per_image, dtype=np.float64),
            annotator=self.annotator,
            refused=tuple(id_ for id_ in ids if id_ not in self.paths),
        )

    def _check(self, manifest: Manifest, dataset: Dataset) -> bool:
        """Read every file once; True if 255 is the foreground."""
        image = dict(zip(manifest.ids, manifest.images))

        def held(item: tuple[str, Path]) -> np.ndarray:
            id_, path = item
            size, wanted = read_header(path).size, read_header(image[id_]).size
            if size != wanted:
                raise DataError(
                    f"{path}: the annotation has {size[0]}x{size[1]} pixels (height x width) and its image "
                    f"{image[id_].name} {wanted[0]}x{wanted[1]}; both must have the same size"
                )
            return read_mask(path, self.size, self.regions.get(id_))[1]

        with ThreadPoolExecutor() as threads:
            values = np.stack(list(threads.map(held, self.paths.items())))
        mask_classes(tuple(self.paths.values()), values, dataset.classes)
        return only_foreground(values)


def _paths(manifest: Manifest, column: str) -> dict[str, Path]:
    """The file of every image that has one."""
    paths = {}
    for id_, value in zip(manifest.ids, manifest.texts(column)):
        if value:
            try:
                paths[id_] = inside(manifest.path.parent, value)
            except DataError as error:
                raise DataError(f"{manifest.path}: id {id_!r}, column {column!r}: {error}") from error
    if not paths:
        raise DataError(f"{manifest.path}: column {column!r} is empty in every row; it must name files")
    return paths
