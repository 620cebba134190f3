"""A user's folder of volumes to a data set folder, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import NamedTuple

from alseg.data.convert.item import Item
from alseg.data.convert.slices import slices_of, with_spacing
from alseg.data.convert.volumes import volumes_of
from alseg.data.convert.whole import whole
from alseg.data.convert.write_items import write
from alseg.data.dataset import Task
from alseg.data.formats.nifti import Plane
from alseg.errors import ConfigError
from alseg.terminal import shown


class Converted(NamedTuple):
    """What came out.

    Args:
        goal: the data set's folder.
        slices: its rows.
        volumes: of which these are slices.
        left_out: slices without annotation that were not kept.
    """

    goal: Path
    slices: int
    volumes: int
    left_out: int


def convert(
    root: Path,
    to: Path,
    window: tuple[float, float] | None = None,
    plane: Plane | None = None,
    only_annotated: bool = False,
    progress: bool = True,
) -> Converted:
    """Cut every volume of ``root`` into slices; see `volumes_of` and `slices_of`.

    Args:
        root: folder with the volumes.
        to: the folder to be.
        window: values that become 0 and 255, the lower first.
        plane: how NIfTI volumes are cut.
        only_annotated: keep only slices with anything but background in their masks.
        progress: show a bar, where stderr is a terminal.

    Raises:
        ConfigError: if the window is none, there are no masks for ``only_annotated``, or it leaves nothing.
        DataError: one line; nothing is left behind.
    """
    if window is not None and not -inf < window[0] < window[1] < inf:
        raise ConfigError(f"--window {window[0]:g} {window[1]:g}: it goes from a lower to a higher number")
    root, goal = root.expanduser(), to.expanduser().absolute()
    volumes = volumes_of(root)
    task: Task = "classification" if volumes[0].mask is None else "segmentation"
    if only_annotated and task == "classification":
        raise ConfigError(f"--only-annotated: {root} has labels; it looks for slices whose masks hold anything")
    left_out, used = 0, set[str]()

    def items() -> Iterator[Item]:
        nonlocal left_out
        for volume in shown(volumes, len(volumes), "Converting", progress):
            slices, without = slices_of(volume, window, plane, only_annotated)
            left_out += without
            for item in slices:
                used.add(volume.id)
                yield item

    with whole(goal) as work:
        found = write(with_spacing(items()), task, work.result, None, progress=False)
        if not found.images:
            raise ConfigError(f"--only-annotated: no mask of {root} holds anything but background")
    return Converted(goal, found.images, len(used), left_out)
