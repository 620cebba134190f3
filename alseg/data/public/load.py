"""``data=montgomery``: a converted public data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alseg.data.dataset import Dataset
from alseg.data.folder import load_folder
from alseg.data.public.registry import find
from alseg.errors import DataError

PUBLIC_255 = "foreground"
"""What 255 is in their masks, as ``data.mask_255``: no publisher marks what is not annotated."""


def load_public(
    name: str,
    root: str | Path,
    size: int | Sequence[int],
    classes: Sequence[str] | None = None,
    mask_255: str | None = None,
    **settings: Any,
) -> Dataset:
    """The public data set ``name`` from where ``alseg data get`` put it.

    Args:
        name: of a description.
        root: its folder.
        size: height and width in pixels, see `load_folder`.
        classes: by default the publisher's, in the publisher's order.
        mask_255: by default `PUBLIC_255`.
        settings: all others that `load_folder` takes.

    Raises:
        DataError: if it is not there; the message says how to get it.
    """
    description = find(name)
    folder = Path(root).expanduser()
    if not (folder / "manifest.csv").is_file():
        raise DataError(f"data={name}: it is not in {folder}; get it with: alseg data get {name}")
    return load_folder(
        folder,
        size,
        name=name,
        classes=description.classes if classes is None else classes,
        mask_255=PUBLIC_255 if mask_255 is None else mask_255,
        **settings,
    )
