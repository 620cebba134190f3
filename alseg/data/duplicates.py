"""Search for near-duplicates: copies, neighbouring frames, the same picture with other writing on it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from alseg.data.images import read_image
from alseg.terminal import shown

SIDE = 32
"""Pixels of a thumbnail's side."""
CORRELATION = 0.995
"""Correlation of two thumbnails above which they are near-duplicates. In the breast ultrasound of BUSI all such pairs,
about a hundred of 780 images, are to the eye the same picture."""
BLOCK = 1024
"""Images compared with all others at once: only so many rows of the table of all pairs are in memory."""


KEPT = 1_000_000
"""Most pairs kept: where thousands of images are alike there are more, and memory must stay flat."""


@dataclass(frozen=True)
class Duplicates:
    """Pairs whose thumbnails correlate by more than a threshold, or whose files are the same to the byte.

    Args:
        clusters: ``(N,)``, for each image the first one that it is connected with by pairs.
        pairs: ``(P, 2)``, in no particular order; the first `KEPT` that were found.
        correlation: ``(P,)``; 0 for equal files of one grey value.
        count: number of all pairs.
    """

    clusters: NDArray[np.intp]
    pairs: NDArray[np.intp]
    correlation: NDArray[np.float32]
    count: int


def thumbnail(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn ``(C, SIDE, SIDE)`` uint8 into ``(SIDE * SIDE,)`` greys of mean 0 and length 1, or zeros if all are equal."""
    grey = image.mean(axis=0, dtype=np.float32).ravel()
    grey -= grey.mean()
    length = float(np.linalg.norm(grey))
    return grey / length if length > SIDE / 4 else np.zeros_like(grey)  # a quarter of a grey value is no picture


def thumbnails(paths: Sequence[Path], progress: bool = True) -> NDArray[np.float32]:
    """``(N, SIDE * SIDE)`` float32, a thumbnail of every file.

    Raises:
        DataError: if a file is no image.
    """

    def one(path: Path) -> NDArray[np.float32]:
        return thumbnail(read_image(path, (SIDE, SIDE), 1))

    found = np.empty((len(paths), SIDE * SIDE), np.float32)
    with ThreadPoolExecutor() as threads:
        for row, made in enumerate(shown(threads.map(one, paths), len(paths), "Comparing images", progress)):
            found[row] = made
    return found


def digests(paths: Sequence[Path]) -> list[bytes]:
    """Hash files: equal for files of the same bytes."""

    def one(path: Path) -> bytes:
        return blake2b(path.read_bytes(), digest_size=16).digest()

    with ThreadPoolExecutor() as threads:
        return list(threads.map(one, paths))


def near_duplicates(
    small: NDArray[np.float32], threshold: float = CORRELATION, digest: Sequence[bytes] | None = None
) -> Duplicates:
    """Compare every image with every other, block by block; all pairs are found, and none by chance.

    Turned and mirrored copies are not found.

    Args:
        small: ``(N, D)``, from `thumbnails`.
        threshold: correlation of a pair; more is nearer, 1 the same.
        digest: N, equal for the same file.
    """
    n, same = len(small), None
    if digest is not None:
        same = np.unique(np.frombuffer(b"".join(digest), dtype="V16"), return_inverse=True)[1].ravel()
    clusters, kept, count = np.arange(n), _Pairs(), 0
    for start in range(0, n, BLOCK):
        for other in range(start, n, BLOCK):
            table = small[start : start + BLOCK] @ small[other : other + BLOCK].T
            near = table > threshold
            if same is not None:
                near |= same[start : start + BLOCK, None] == same[other : other + BLOCK]
            if other == start:
                near = np.triu(near, 1)
            one, two = np.nonzero(near)
            if len(one):
                kept.add(np.stack([one + start, two + other], axis=1), table[one, two])
                clusters = _joined(clusters, one + start, two + other)
                count += len(one)
    return Duplicates(clusters, *kept.all(), count)


class _Pairs:
    """Collector of the first `KEPT` pairs."""

    def __init__(self) -> None:
        self.pairs, self.r = [np.empty((0, 2), np.intp)], [np.empty(0, np.float32)]
        self.free = KEPT

    def add(self, pairs: NDArray[np.intp], r: NDArray[np.float32]) -> None:
        self.pairs.append(pairs[: self.free].copy())  # a view would keep the whole array
        self.r.append(r[: self.free].copy())
        self.free -= len(self.pairs[-1])

    def all(self) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        return np.concatenate(self.pairs), np.concatenate(self.r)


def _joined(clusters: NDArray[np.intp], one: NDArray[np.intp], two: NDArray[np.intp]) -> NDArray[np.intp]:
    """Merge the clusters of ``one`` and ``two``, pair by pair."""
    n = len(clusters)
    ends = np.divmod(np.unique(clusters[one] * n + clusters[two]), n)
    _, label = connected_components(coo_array((np.ones(len(ends[0]), np.bool_), ends), shape=(n, n)), directed=False)
    _, first = np.unique(label, return_index=True)
    return np.asarray(first[label][clusters], dtype=np.intp)


def joined_names(groups: Sequence[str], clusters: NDArray[np.intp]) -> tuple[str, ...]:
    """Merge groups that share a cluster; the name is that of the first of them."""
    _, first, code = np.unique(np.array(groups, dtype=object), return_index=True, return_inverse=True)
    of_group = first[code.ravel()]
    together = _joined(
        _joined(np.arange(len(groups)), np.arange(len(groups)), of_group), clusters, np.arange(len(groups))
    )
    return tuple(groups[i] for i in together)
