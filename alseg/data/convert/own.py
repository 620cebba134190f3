"""Convert a user's folder of volumes to a data set folder, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path
from typing import NamedTuple

from alseg.data.convert.item import Item
from alseg.data.convert.join import How, Join
from alseg.data.convert.mask_files import classes_of
from alseg.data.convert.slices import Slices, slices_of, with_spacing
from alseg.data.convert.volume import Volume
from alseg.data.convert.volumes import volumes_of
from alseg.data.convert.whole import whole
from alseg.data.convert.write_items import write
from alseg.data.dataset import Task
from alseg.data.formats.nifti import Plane
from alseg.errors import AlsegError, ConfigError, DataError, reason_of
from alseg.terminal import shown

MOST_CLASSES = 254
"""Most classes besides the background: 255 is the ignore value."""


class Converted(NamedTuple):
    """Result of a conversion.

    Args:
        goal: the data set's folder.
        slices: number of its rows.
        volumes: number of volumes that these are slices of.
        left_out: number of slices without annotation that were not kept.
        overlap: number of pixels in which several of the masks that were joined are set.
        classes: names of the class ids from 1, where the names of files told them.
    """

    goal: Path
    slices: int
    volumes: int
    left_out: int
    overlap: int
    classes: tuple[str, ...]


def convert(
    root: Path,
    to: Path,
    window: tuple[float, float] | None = None,
    plane: Plane | None = None,
    only_annotated: bool = False,
    join: How | None = None,
    classes: Sequence[str] | None = None,
    follow_links: bool = False,
    progress: bool = True,
) -> Converted:
    """Cut every volume of ``root`` into slices; see `volumes_of` and `slices_of`.

    Args:
        root: folder with the volumes.
        to: the folder to be.
        window: values that become 0 and 255, the lower first.
        plane: how NIfTI volumes are cut.
        only_annotated: keep only slices with anything but background in their masks, and those of volumes without a mask.
        join: how the mask files of each image become one; see `Join`. By default each image has one.
        classes: with ``join="class"`` names of the ids from 1, of which the later wins where masks overlap.
        follow_links: symbolic links in ``root`` may lead out of it.
        progress: show a bar, where stderr is a terminal.

    Raises:
        ConfigError: if the window is not valid, there are no masks for ``only_annotated`` or ``join``, the classes are for nothing,
            or nothing is left.
        DataError: one line; nothing is left behind.
    """
    if window is not None and not -inf < window[0] < window[1] < inf:
        raise ConfigError(f"--window {window[0]:g} {window[1]:g}: it goes from a lower to a higher number")
    root, goal = root.expanduser(), to.expanduser().absolute()
    _check_classes(join, classes)
    volumes = volumes_of(root, join is not None, follow_links)
    task: Task = "classification" if any(volume.label is not None for volume in volumes) else "segmentation"
    if only_annotated and not any(volume.mask or volume.parts for volume in volumes):
        there = "labels" if task == "classification" else "no masks"
        raise ConfigError(f"--only-annotated: {root} has {there}; it looks for slices whose masks hold anything")
    rule = None if join is None else _rule(join, volumes, classes, root)
    left_out, overlap, used = 0, 0, set[str]()

    def items() -> Iterator[Item]:
        nonlocal left_out, overlap
        for volume in shown(volumes, len(volumes), "Converting", progress):
            slices = _in_one_line(volume, window, plane, only_annotated, rule)
            left_out += slices.left_out
            overlap += slices.overlap
            for item in slices.items:
                used.add(volume.id)
                yield item

    with whole(goal) as work:
        found = write(with_spacing(items()), task, work.result, None, progress=False, waiting=True)
        if not found.images:
            raise ConfigError(f"--only-annotated: no mask of {root} holds anything but background")
    return Converted(goal, found.images, len(used), left_out, overlap, rule.classes if rule else ())


def _check_classes(join: How | None, classes: Sequence[str] | None) -> None:
    if classes is None:
        return
    if join != "class":
        raise ConfigError(f"--classes {','.join(classes)}: they are the names of mask files, for --join class")
    if len(set(classes)) < len(classes) or not all(classes) or len(classes) > MOST_CLASSES:
        raise ConfigError(f"--classes {','.join(classes)}: they must be different names, {MOST_CLASSES} at most")


def _rule(join: How, volumes: Sequence[Volume], classes: Sequence[str] | None, root: Path) -> Join:
    if any(volume.label is not None for volume in volumes):
        raise ConfigError(f"--join {join}: {root} has labels; it joins masks")
    if join == "any":
        return Join(join)
    names = classes_of([part for volume in volumes for part in volume.parts], classes)
    if len(names) > MOST_CLASSES:
        raise DataError(f"{root}: its mask files have {len(names)} names; there can be {MOST_CLASSES} classes")
    return Join(join, names, ordered=classes is not None)


def _in_one_line(
    volume: Volume, window: tuple[float, float] | None, plane: Plane | None, only_annotated: bool, rule: Join | None
) -> Slices:
    """Convert the items of a volume; turn any other error of a library into one line."""
    try:
        return slices_of(volume, window, plane, only_annotated, rule)
    except AlsegError:
        raise
    except Exception as error:
        raise DataError(f"{volume.image}: it cannot be converted ({reason_of(error)})") from error
