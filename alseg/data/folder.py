"""Load a folder with a manifest into a data set, decoding every file once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.data.cache import Arrays, Spec, content_key, default_folder, in_memory, on_disk
from alseg.data.classes import label_classes, task_of
from alseg.data.dataset import IGNORE, Dataset, Unit
from alseg.data.fit import Place, part_of, pixel_size, place, placed_image, placed_mask
from alseg.data.images import Header, read_header
from alseg.data.manifest import Manifest, read_manifest
from alseg.data.masks import Masks
from alseg.data.not_annotated import log_not_annotated
from alseg.data.region import Region, read_regions
from alseg.data.window import Window, checked, describe
from alseg.errors import ConfigError, DataError
from alseg.terminal import shown


def load_folder(
    root: str | Path,
    size: int | Sequence[int],
    name: str | None = None,
    task: str | None = None,
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
    """Load the data set of ``root/manifest.csv``; see `Manifest` for the table and `foreground_files` for the masks.

    If all images are grey the data set has one channel; if any is in colour, all have three.

    Args:
        root: folder with ``manifest.csv``.
        size: side of the square, or ``[H, W]``, that images and masks are resized to, in pixels.
        name: short name of the data set; by default the name of the folder.
        task: ``segmentation`` or ``classification``, where no row has a mask or a label yet.
        classes: names of the classes in the order of their ids; by default found in the masks or labels there are.
        spacing: mm per pixel of the image files, one number or ``[y, x]``, where the manifest does not state it.
        cimt: class whose thickness is measured as that of the carotid intima and media; see `Dataset`.
        where: column to the value, or list of values, of the manifest's rows to use; by default all. ``*``: any value.
        mask: column of the manifest whose files are the true masks; by default ``mask``, which is else metadata.
        region: column of the manifest with the ``x y width height``, in pixels of the image file, that image and mask
            are cut to before they are resized; see `read_regions`. By default nothing is cut.
        unit: what a query asks for: ``image`` (the default), or ``volume`` for all slices of one, which share a value of
            the manifest's column ``volume`` or, where it has none, of ``group``.
        fit: rule for images of another aspect ratio than ``size``: ``stretch``, ``pad`` or ``crop``; see `place`.
        mask_255: meaning of 255 in the masks, where they leave it open: ``foreground``, ``ignored`` or
            ``ignored_if_alone``; see `foreground_files`.
        window: rule for images of more than 8 bits: ``percentile``, ``minmax`` or ``dtype`` of each, or ``[low, high]``
            of all; see `alseg.data.window`.
        follow_links: symbolic links in the folder may lead out of it; see `DataFolder`.
        memory_limit_gb: images of more than this many 10^9 bytes are memory-mapped from the cache.
        cache_dir: the cache; by default ``$ALSEG_CACHE`` or ``~/.cache/alseg``.
        progress: show a progress bar if stderr is a terminal.

    Returns:
        The data set. Its spacing is that of the resized pixels, in mm if known, else in pixels of the image files.

    Raises:
        ConfigError: if size, task, spacing, classes, where, mask, unit, fit, mask_255 or window are not possible.
        DataError: if manifest, images, masks, regions or labels are not usable; the message names the file.
    """
    manifest = read_manifest(root, where, mask, follow_links=follow_links)
    height, width = size_of(size)
    rule, asked = checked(window), task_of(manifest, task, classes)
    volumes = _volumes(manifest, unit)
    headers, mask_headers = headers_of(manifest)
    sizes = [header.size for header in headers]
    regions = None if region is None else read_regions(manifest, region, sizes)
    places = [place(file, cut, (height, width), fit) for file, cut in zip(sizes, regions or [None] * len(sizes))]
    mm = mm_of(manifest, spacing)
    pixel = pixel_size(places, sizes, (height, width))
    length: Unit = "px" if mm is None else "mm"

    n, channels = len(headers), max(header.channels for header in headers)
    specs = {"images": Spec((n, channels, height, width), np.uint8)}
    if asked == "segmentation":
        specs["masks"] = Spec((n, height, width), np.uint8)
        specs["counts"] = Spec((n, IGNORE + 1), np.uint32)
        specs["alone"] = Spec((n,), np.bool_)
    masks = Masks.of(manifest.masks or (None,) * n, mask_headers)

    def foreground(arrays: Arrays) -> NDArray[np.bool_]:
        return masks.foreground(arrays["counts"], arrays["alone"], mask_255, classes)

    fill = partial(_decode, manifest=manifest, places=places, foreground=foreground, window=rule, progress=progress)
    if specs["images"].nbytes > memory_limit_gb * 1e9:
        folder = Path(cache_dir).expanduser() if cache_dir else default_folder()
        several = classes is not None and len(classes) > 2  # decides what 255 means
        parts = (height, width, channels, asked == "segmentation", rule, *places, mask_255, several)
        if len(masks.rows) < n:
            parts += (tuple(masks.rows.tolist()),)
        key = content_key((*manifest.images, *masks.files), parts)
        arrays = on_disk(specs, fill, folder, key)
    else:
        arrays = in_memory(specs, fill)

    if asked == "segmentation":
        white = foreground(arrays)
        names = masks.classes(arrays["counts"], white, classes)
        targets = arrays["masks"]
        if len(masks.rows):
            log_not_annotated(manifest.path, masks.class_counts(arrays["counts"], white), names)
    else:
        names, targets = label_classes(manifest, classes)
    return Dataset(
        name=name or manifest.path.parent.resolve().name,
        task=asked,
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
        regions=_parts([one.region for one in places], [Region(0, 0, file[1], file[0]) for file in sizes]),
        frames=_parts([one.frame for one in places], [Region(0, 0, width, height)] * n),
        window=describe(rule, sum(header.deep for header in headers), n),
        files=tuple(manifest.images),
        has_target=None if all(manifest.has_target) else manifest.has_target,
        file_sizes=tuple(sizes),
        window_rule=rule,
    )


def _parts(parts: Sequence[Region | None], wholes: Sequence[Region]) -> tuple[Region, ...] | None:
    """Return the parts; None if all are whole, as in most data sets."""
    if not any(parts):
        return None
    return tuple(part or whole for part, whole in zip(parts, wholes))


def size_of(size: int | Sequence[int]) -> tuple[int, int]:
    """Parse ``data.size`` as height and width.

    Raises:
        ConfigError: if it is no size.
    """
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


def mm_of(manifest: Manifest, spacing: float | Sequence[float] | None) -> NDArray[np.float64] | None:
    """Spacing of the image files in mm, ``(N, 2)`` or ``(2,)``; None where it is not stated.

    Raises:
        ConfigError: if it is not possible, or stated twice.
    """
    if spacing is None:
        return manifest.spacing
    if manifest.spacing is not None:
        raise ConfigError(f"data.spacing is {spacing}, but {manifest.path} states its own; drop one of the two")
    sides: list[object] = list(spacing) if isinstance(spacing, Sequence) else [spacing, spacing]
    numbers = [side for side in sides if isinstance(side, int | float) and 0 < side < np.inf]
    if not len(sides) == len(numbers) == 2:
        raise ConfigError(f"data.spacing is {spacing}; it must be a positive number of mm or [y, x]")
    return np.array(numbers, dtype=np.float64)


def headers_of(manifest: Manifest) -> tuple[list[Header], list[Header | None]]:
    """Read the headers of images and masks (None without one), which are needed before the first pixel is decoded.

    Raises:
        DataError: if a file is no image, or a mask has another size than its image.
    """
    with ThreadPoolExecutor() as threads:
        headers = list(threads.map(read_header, manifest.images))
        paths = manifest.masks or (None,) * len(headers)
        masks = list(threads.map(lambda path: path and read_header(path), paths))
    for image, header, path, mask in zip(manifest.images, headers, paths, masks):
        if mask is not None and mask.size != header.size:
            raise DataError(
                f"{path}: the mask has {mask.size[0]}x{mask.size[1]} pixels (height x width) and its image "
                f"{image.name} {header.size[0]}x{header.size[1]}; both must have the same size"
            )
    return headers, masks


def _decode(
    arrays: Arrays,
    manifest: Manifest,
    places: Sequence[Place],
    foreground: Callable[[Arrays], NDArray[np.bool_]],
    window: Window,
    progress: bool,
) -> None:
    """Write every image and mask into its place; Pillow decodes outside of the interpreter lock."""
    _, channels, height, width = arrays["images"].shape

    def one(row: int) -> None:
        arrays["images"][row] = placed_image(manifest.images[row], places[row], (height, width), channels, window)
        path = None if manifest.masks is None else manifest.masks[row]
        if path is not None:
            mask = placed_mask(path, places[row], (height, width))
            arrays["masks"][row], arrays["counts"][row], arrays["alone"][row] = mask
        elif "masks" in arrays:
            arrays["masks"][row] = IGNORE

    with ThreadPoolExecutor() as threads:
        done = threads.map(one, range(len(manifest.ids)))
        for _ in shown(done, len(manifest.ids), "Decoding images", progress):
            pass
    if manifest.masks is not None:
        for row in map(int, np.flatnonzero(foreground(arrays))):
            shows = part_of(arrays["masks"][row], places[row].frame)  # padding stays 255
            np.minimum(shows, 1, out=shows)
