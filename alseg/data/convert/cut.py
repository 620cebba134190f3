"""Cut a volume into slices, each of which becomes an item of a data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item, Pixels
from alseg.data.formats.stack import Stack, to_uint8

Window = tuple[float, float]


@dataclass(frozen=True)
class Slice:
    """One slice of a volume, not brought to 8 bits before an item is made of it.

    Args:
        id: name of the volume and number of the slice; the name alone where there is one slice only.
        number: from 0.
        values: ``(H, W)`` or ``(H, W, C)``, as the file has them.
        windows: values that become 0 and 255: of each channel, or one for all; none if ``values`` has 8 bits.
        mask: ``(H, W)`` class ids, or 0 and 255; None without annotation.
    """

    id: str
    number: int
    values: NDArray[Any]
    windows: Sequence[Window]
    mask: NDArray[Any] | None

    @property
    def annotated(self) -> bool:
        """True if the mask has anything but background."""
        return self.mask is not None and bool(self.mask.any())

    def item(self, file: Path | None = None, **about: Any) -> Item:
        """Make an item, which holds its own pixels alone: many volumes have some under way at once.

        Args:
            file: image that is taken over as it is, instead of the values.
            about: further arguments of `Item`.
        """
        image = _held(self._grey()) if file is None else file
        return Item(self.id, image, mask=None if self.mask is None else _held(self.mask.copy()), **about)

    def _grey(self) -> NDArray[np.uint8]:
        if not self.windows:
            return self.values.copy()
        if len(self.windows) == 1:
            return to_uint8(self.values, *self.windows[0])
        channels = [to_uint8(self.values[..., c], *window) for c, window in enumerate(self.windows)]
        return np.stack(channels, axis=-1)


def cut(name: str, scan: Stack, mask: NDArray[Any] | None, windows: Sequence[Window]) -> Iterator[Slice]:
    """Yield the slices ``NAME_000``, ``NAME_001``, ..., or ``NAME`` where there is one only.

    Nothing is copied or scaled yet: a whole volume brought to 8 bits at once would take four times its memory.

    Args:
        name: of the volume.
        scan: its slices.
        mask: ``(S, H, W)``, see `Slice`; None without annotation.
        windows: the same for all slices, see `Slice`.
    """
    for k, values in enumerate(scan.slices):
        id_ = name if len(scan) == 1 else f"{name}_{k:03d}"
        yield Slice(id_, k, values, windows, None if mask is None else mask[k])


def _held(pixels: NDArray[Any]) -> Pixels:
    return lambda: pixels
