"""Items of a user's own volume, one for each slice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from alseg.data.convert.cut import Window, cut
from alseg.data.convert.item import Item
from alseg.data.convert.join import Join, joined
from alseg.data.convert.pair import read_ids, read_scan
from alseg.data.convert.volume import Volume
from alseg.data.formats.kind import kind_of
from alseg.data.formats.nifti import Plane
from alseg.data.formats.remark import remark
from alseg.data.window import limits
from alseg.errors import DataError


class Slices(NamedTuple):
    """Slices of one volume.

    Args:
        items: one for each slice that is kept.
        left_out: number of the others, without annotation.
        overlap: number of pixels of all slices in which several of the masks that were joined are set; see `joined`.
    """

    items: list[Item]
    left_out: int
    overlap: int


def slices_of(
    volume: Volume,
    window: Window | None = None,
    plane: Plane | None = None,
    only_annotated: bool = False,
    join: Join | None = None,
) -> Slices:
    """Make one item per slice: ``ID_000``, ``ID_001``, ..., or ``ID`` where there is one only.

    Images of 8 bits stay as they are (a picture's file is taken over); others go through the window, the same for all slices.
    The volume's cost is shared by its slices.

    Args:
        volume: its files are read here, once.
        window: values that become 0 and 255; by default the half and the 99.5th percentile of the volume.
        plane: how to cut a NIfTI volume; by default axial.
        only_annotated: leave out slices whose mask holds background alone.
        join: rule by which the volume's parts are joined to its mask.

    Raises:
        DataError: see `read_scan`, `read_ids` and `joined`; for a plane of what is not NIfTI.
    """
    kind = kind_of(volume.image)
    if plane is not None and kind != "NIfTI":
        raise DataError(f"{volume.image}: it is a {kind}, which is cut as it is stored; --plane is for NIfTI volumes")
    scan = read_scan(volume.image, plane or "axial")
    if volume.spacing and scan.spacing and not np.allclose(volume.spacing, scan.spacing, rtol=0.01):
        sizes = ("{:g}x{:g}".format(*sides) for sides in (volume.spacing, scan.spacing))
        remark(volume.image, "the manifest states pixels of %s mm and the file %s; the manifest counts", *sizes)
    ids, overlap = None if volume.mask is None else read_ids(volume.mask, volume.image, scan, plane or "axial"), 0
    if join is not None and volume.parts:
        ids, overlap = joined(volume.parts, join, volume.image, scan, plane or "axial")
    windows = [] if scan.slices.dtype == np.uint8 else [limits(scan.slices, window or "percentile", 0, volume.image)]
    slices = list(cut(volume.id, scan, ids, windows))
    kept = [one for one in slices if not only_annotated or ids is None or one.annotated]
    cost = {} if volume.cost is None or not kept else {"cost": f"{volume.cost / len(kept):.9g}"}
    items = [
        one.item(
            volume.image if kind == "picture" and not windows else None,
            label=volume.label,
            group=volume.group,
            split=volume.split,
            spacing=volume.spacing or scan.spacing,
            metadata={"volume": volume.id, "slice": one.number, **cost, **volume.metadata},
        )
        for one in kept
    ]
    return Slices(items, len(slices) - len(kept), overlap)


def with_spacing(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the items, and check that all have a spacing or none.

    Raises:
        DataError: if only some have one.
    """
    first: Item | None = None
    for item in items:
        first = first or item
        if (item.spacing is None) != (first.spacing is None):
            known, unknown = (first, item) if item.spacing is None else (item, first)
            raise DataError(
                f"{unknown.id}: its file does not state the size of a pixel and that of {known.id} does; write spacing_y and "
                "spacing_x into the manifest, or convert them into two data sets"
            )
        yield item
