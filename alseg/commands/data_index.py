"""``alseg data index``: write the manifest of a folder that has none."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from alseg.data.index.folders import MEANINGS
from alseg.data.index.index import DRAWN, Indexed, index
from alseg.data.index.layouts import LAYOUTS
from alseg.terminal import say

if TYPE_CHECKING:
    Actions = argparse._SubParsersAction[argparse.ArgumentParser]

SHOWN = 10
"""So many lines on what has no place."""

DESCRIPTION = """Write manifest.csv for a folder of images, with what masks or labels there are. Images without one wait for
it: they can be asked for. The folder may hold
  images alone, at the top, in images/, or in folders (--folders says what their names are),
  images/ and masks/ with files of the same names (NAME_mask and NAME_seg will do),
  folders of classes with the images of each (--folders class), also within train/, val/ and test/,
  the raw data of nnU-Net or the Decathlon: imagesTr, labelsTr, imagesTs, dataset.json,
  images and a JSON file of COCO, or several,
  images and an XML file of CVAT (CVAT for images 1.1),
  images and a JSON file that Label Studio exported.
Polygons, run lengths and brush strokes are drawn into class_ids/, as PNG files of class ids. What has no place is said, and nothing
that is there is changed."""


def add(actions: Actions) -> None:
    """Add the command and its arguments to the actions of ``alseg data``."""
    parser = actions.add_parser(
        "index",
        help="write manifest.csv for a folder of images: with masks, classes, nnU-Net, COCO, CVAT, Label Studio, or nothing",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder with the images")
    parser.add_argument("--layout", choices=LAYOUTS, help="what counts where several of these are there")
    parser.add_argument("--folders", choices=MEANINGS, help="what the names of folders with images are")
    parser.add_argument(
        "--group", metavar="REGEX", help="the patient in the name of an image, in brackets, such as '^(p[0-9]+)_'"
    )
    parser.add_argument(
        "--empty",
        choices=("unlabelled", "background"),
        default="unlabelled",
        help="what an image of COCO or CVAT without any shape is (default: %(default)s)",
    )
    parser.add_argument(
        "--channel", type=int, default=0, metavar="N", help="of nnU-Net: which channel is the image (default: 0)"
    )
    parser.add_argument("--follow-links", action="store_true", help="as data.follow_links=true")


def run(options: argparse.Namespace) -> int:
    """Write the manifest, and say what is in it."""
    found = index(
        options.folder,
        options.layout,
        options.folders,
        options.empty == "background",
        options.group,
        options.channel,
        options.follow_links,
    )
    for line in found.unplaced[:SHOWN]:
        print(f"alseg data: not placed: {line}", file=sys.stderr)
    if (more := len(found.unplaced) - SHOWN) > 0:
        print(f"alseg data: not placed: and {more:,} more", file=sys.stderr)
    for remark in found.remarks:
        say(f"{remark[0].upper()}{remark[1:]}.")
    if not found.groups:
        say(
            "No groups are known, so each image is its own: if a patient has several, write the column group, or say --group REGEX."
        )
    if found.drawn:
        say(f"{found.drawn:,} masks drawn from shapes: {found.manifest.parent / DRAWN}")
    say(f"{found.manifest}: {found.images:,} images ({found.layout}), {_labelled(found)}.")
    say(_next(found, options))
    return 0


def _labelled(found: Indexed) -> str:
    what = {"segmentation": "mask", "classification": "label", None: "mask or label"}[found.task]
    if found.labelled == found.images:
        return f"each with a {what}"
    return f"none of which has a {what}" if not found.labelled else f"{found.labelled:,} of which have a {what}"


def _next(found: Indexed, options: argparse.Namespace) -> str:
    folder = shlex.quote(str(found.manifest.parent))
    links = " --follow-links" if options.follow_links else ""
    if found.volumes:
        return f"They are volumes or DICOM files: alseg data convert {folder} --to DIR{links} makes a data set of their slices."
    settings = [f"data.root={folder}"]
    if not found.labelled:
        settings.append(f"data.task={found.task or 'segmentation'}")
    if found.classes:
        settings.append(shlex.quote(f"data.classes=[{','.join(map(_quoted, found.classes))}]"))
    elif not found.labelled:
        settings.append("'data.classes=[background,lesion]'")
    if options.follow_links:
        settings.append("data.follow_links=true")
    if found.labelled < found.images:
        settings.append("oracle=folder")
    yours = "" if found.task or found.labelled else ", with your task and classes"
    return f"Look at it: alseg data check {folder}{links}; use it{yours}: alseg run data=folder {' '.join(settings)}"


def _quoted(name: str) -> str:
    """A name as an item of a list that Hydra reads."""
    plain = name.replace(" ", "").replace("_", "").replace("-", "").isalnum() and not name[:1].isdigit()
    return name if plain else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
