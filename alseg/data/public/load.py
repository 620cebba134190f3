"""``data=montgomery``: a converted public data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

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
    spacing: float | Sequence[float] | None = None,
    cimt: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    mask: str | None = None,
    region: str | None = None,
    unit: str | None = None,
    fit: str = "stretch",
    mask_255: str | None = None,
    window: str | Sequence[float] = "percentile",
    follow_links: bool = False,
    memory_limit_gb: float = 4.0,
    cache_dir: str | Path | None = None,
    progress: bool = True,
) -> Dataset:
    """The public data set ``name`` from where ``alseg data get`` put it; for the other arguments see `load_folder`.

    Args:
        name: of a description.
        root: its folder.
        classes: by default the publisher's, in the publisher's order.

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
        spacing=spacing,
        cimt=cimt,
        where=where,
        mask=mask,
        region=region,
        unit=unit,
        fit=fit,
        mask_255=PUBLIC_255 if mask_255 is None else mask_255,
        window=window,
        follow_links=follow_links,
        memory_limit_gb=memory_limit_gb,
        cache_dir=cache_dir,
        progress=progress,
    )
