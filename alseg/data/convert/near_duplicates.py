"""Groups of near-duplicates, for a data set whose publisher names no patients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item

COLUMN = "near_duplicates"
GROUP = (
    "near-duplicate, our grouping: images that look the same share a group (thumbnails correlate by more than 0.995; "
    f"the column {COLUMN} names the first of them); the publisher names no patients"
)
"""Text for the description of such a data set."""


def near_duplicates_share_groups(items: Iterable[Item]) -> Iterator[Item]:
    """Give items that look like another a group: the id of the first of them in the same split.

    A group may not lie in two splits, so where the publisher's splits have near-duplicates in common they stay there; the
    column `COLUMN` holds the id of the first of all, or nothing.

    Args:
        items: all of a data set, either of files or of pixels.

    Raises:
        DataError: if a file is no image.
    """
    from alseg.data.duplicates import digests, near_duplicates, thumbnails

    listed = list(items)
    paths = [item.image for item in listed if isinstance(item.image, Path)]
    if not listed:
        return
    if paths:
        small, digest = thumbnails(paths), digests(paths)
    else:
        small, digest = (
            np.stack([_thumbnail(item.image()) for item in listed if not isinstance(item.image, Path)]),
            None,
        )
    clusters = near_duplicates(small, digest=digest).clusters
    sizes, first = np.bincount(clusters, minlength=len(listed)), dict[tuple[int, str], str]()
    for item, cluster in zip(listed, clusters):
        alone = sizes[cluster] == 1
        group = "" if alone else first.setdefault((int(cluster), item.split), item.id)
        whole = "" if alone else listed[cluster].id
        yield replace(item, group=group, metadata={**item.metadata, COLUMN: whole})


def _thumbnail(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    from PIL import Image

    from alseg.data.duplicates import SIDE, thumbnail

    grey = Image.fromarray(pixels).convert("L")
    return thumbnail(np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.BILINEAR))[None])
