"""A folder with a manifest, decoded once into a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.data.cache import Arrays, Spec, content_key, default_folder, in_memory, on_disk
from alseg.data.classes import label_classes, mask_classes, only_foreground
from alseg.data.dataset import Dataset, Unit
from alseg.data.images import Header, read_header, read_image, read_mask
from alseg.data.manifest import Manifest, read_manifest
from alseg.data.region import Region, read_regions
from alseg.errors import ConfigError, DataError
from alseg.terminal import shown


def load_folder(
    root: str | Path,
    size: int | Sequence[int],
    name: str | None = None,
    classes: Sequence[str] | None = None,
    spacing: float | Sequence[float] | None = None,
    cimt: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    mask: str | None = None,
    region: str | None = None,
    unit: str | None = None,
    memory_limit_gb: float = 4.0,
    cache_dir: str | Path | None = None,
    progress: bool = True,
) -> Dataset:
    """Load the data set of ``root/manifest.csv``; see `Manifest` for the table and `mask_classes` for the masks.

    If all images are grey the data set has one channel; if any is in colour, all have three.

    Args:
        root: folder with ``manifest.csv``.
        size: side of the square, or ``[H, W]``, that images and masks are resized to, in pixels.
        name: short name of the data set; by default the name of the folder.
        classes: names of the classes in the order of their ids; by default found in the data.
        spacing: mm per pixel of the image files, one number or ``[y, x]``, where the manifest does not state it.
        cimt: class whose thickness is measured as that of the carotid intima and media; see `Dataset`.
        where: column to the value, or list of values, of the manifest's rows to use; by default all. ``*``: any value.
        mask: column of the manifest whose files are the true masks; by default ``mask``, which is else metadata.
        region: column of the manifest with the ``x y width height``, in pixels of the image file, that image and mask
            are cut to before they are resized; see `read_regions`. By default nothing is cut.
        unit: what a query asks for: ``image`` (the default), or ``volume`` for all slices of one, which share a value of
            the manifest's column ``volume`` or, where it has none, of ``group``.
        memory_limit_gb: images of more than this many 10^9 bytes are memory-mapped from the cache.
        cache_dir: the cache; by default ``$ALSEG_CACHE`` or ``~/.cache/alseg``.
        progress: show a progress bar if stderr is a terminal.

    Returns:
        The data set. Its spacing is that of the resized pixels, in mm if known, else in pixels of the image files.

    Raises:
        ConfigError: if size, spacing, classes, where, mask or unit are not possible.
        DataError: if manifest, images, masks, regions or labels are not usable; the message names the file.
    """
    manifest = read_manifest(root, where, mask)
    height, width = _size(size)
    volumes = _volumes(manifest, unit)
    headers = _headers(manifest)
    sizes = [header.size for header in headers]
    regions = None if region is None else read_regions(manifest, region, sizes)
    original = np.array([(cut.height, cut.width) for cut in regions] if regions else sizes, dtype=np.float64)
    mm = _mm(manifest, spacing)
    pixel = original / (height, width)
    length: Unit = "px" if mm is None else "mm"

    n, channels = len(headers), max(header.channels for header in headers)
    specs = {"images": Spec((n, channels, height, width), np.uint8)}
    if manifest.masks is not None:
        specs["masks"] = Spec((n, height, width), np.uint8)
        specs["held"] = Spec((n, 256), np.bool_)
    fill = partial(_decode, manifest=manifest, regions=regions, progress=progress)
    if specs["images"].nbytes > memory_limit_gb * 1e9:
        folder = Path(cache_dir).expanduser() if cache_dir else default_folder()
        parts = (height, width, channels, bool(manifest.masks), *map(tuple, regions or ()))
        key = content_key((*manifest.images, *(manifest.masks or ())), parts)
        arrays = on_disk(specs, fill, folder, key)
    else:
        arrays = in_memory(specs, fill)

    if manifest.masks is not None:
        names, targets = mask_classes(manifest.masks, arrays["held"], classes), arrays["masks"]
    else:
        names, targets = label_classes(manifest, classes)
    return Dataset(
        name=name or manifest.path.parent.resolve().name,
        task="segmentation" if manifest.masks is not None else "classification",
        ids=manifest.ids,
        groups=manifest.groups,
        images=arrays["images"],
        targets=targets,
        classes=names,
        spacing=pixel if mm is None else mm * pixel,
        unit=length,
        split=manifest.split,
        cost=manifest.cost,
        cimt=cimt,
        volumes=volumes,
        metadata=manifest.metadata,
        regions=regions,
    )


def _size(size: int | Sequence[int]) -> tuple[int, int]:
    sides: list[object] = list(size) if isinstance(size, Sequence) else [size, size]
    pixels = [side for side in sides if isinstance(side, int) and side > 0]
    if not len(sides) == len(pixels) == 2:
        raise ConfigError(f"data.size is {size}; it must be a positive number of pixels or [height, width]")
    return pixels[0], pixels[1]


def _volumes(manifest: Manifest, unit: str | None) -> tuple[str, ...] | None:
    if unit not in (None, "image", "volume"):
        raise ConfigError(f"data.unit is {unit}; a query asks for image or volume")
    if unit != "volume":
        return None
    if "volume" not in manifest.metadata:
        return manifest.groups
    named = zip(manifest.ids, manifest.metadata["volume"].astype(str))
    return tuple(volume or id_ for id_, volume in named)


def _mm(manifest: Manifest, spacing: float | Sequence[float] | None) -> NDArray[np.float64] | None:
    """Spacing of the image files in mm, ``(N, 2)`` or ``(2,)``, or None where nobody states it."""
    if spacing is None:
        return manifest.spacing
    if manifest.spacing is not None:
        raise ConfigError(f"data.spacing is {spacing}, but {manifest.path} states its own; drop one of the two")
    sides: list[object] = list(spacing) if isinstance(spacing, Sequence) else [spacing, spacing]
    numbers = [side for side in sides if isinstance(side, int | float) and 0 < side < np.inf]
    if not len(sides) == len(numbers) == 2:
        raise ConfigError(f"data.spacing is {spacing}; it must be a positive number of mm or [y, x]")
    return np.array(numbers, dtype=np.float64)


def _headers(manifest: Manifest) -> list[Header]:
    """Sizes and channels are needed before the first pixel is decoded, and cost far less than that."""
    with ThreadPoolExecutor() as threads:
        headers = list(threads.map(read_header, manifest.images))
        masks = threads.map(read_header, manifest.masks or ())
        for image, header, path, mask in zip(manifest.images, headers, manifest.masks or (), masks):
            if mask.size != header.size:
                raise DataError(
                    f"{path}: the mask has {mask.size[0]}x{mask.size[1]} pixels (height x width) and its image "
                    f"{image.name} {header.size[0]}x{header.size[1]}; both must have the same size"
                )
    return headers


def _decode(arrays: Arrays, manifest: Manifest, regions: Sequence[Region] | None, progress: bool) -> None:
    """Write every image and mask into its place; Pillow decodes outside of the interpreter lock."""
    _, channels, height, width = arrays["images"].shape

    def one(row: int) -> None:
        region = regions[row] if regions else None
        arrays["images"][row] = read_image(manifest.images[row], (height, width), channels, region)
        if manifest.masks is not None:
            arrays["masks"][row], arrays["held"][row] = read_mask(manifest.masks[row], (height, width), region)

    with ThreadPoolExecutor() as threads:
        done = threads.map(one, range(len(manifest.ids)))
        for _ in shown(done, len(manifest.ids), "Decoding images", progress):
            pass
    if manifest.masks is not None and only_foreground(arrays["held"]):
        np.minimum(arrays["masks"], 1, out=arrays["masks"])
