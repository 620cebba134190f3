"""``alseg data convert``: make a data set from a user's own volumes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from alseg.data.convert.own import convert
from alseg.data.formats.nifti import AXES
from alseg.terminal import say

if TYPE_CHECKING:
    Actions = argparse._SubParsersAction[argparse.ArgumentParser]

DESCRIPTION = """Make a data set of slices from a folder of volumes, which stays as it is.

FROM holds manifest.csv with the columns id,image,mask,group or id,image,label,group and one row per volume. Images and
masks are
  a folder with the DICOM files of one series,
  a DICOM file, also of several frames,
  a NIfTI file (.nii, .nii.gz),
  a TIFF of one page or many, of 8 or 16 bits,
  a PNG, JPEG or other picture.
Or FROM holds the folders images and masks, with files of the same names (NAME_mask and NAME_seg will do for masks).
An image without a mask, or all of them, waits for one: its slices can be asked for. alseg data index writes manifest.csv for
other folders.

Where an image has several mask files, --join makes one of them. Their names tell to which image they belong:
masks/NAME/1.png, masks/NAME_mask_1.png, left/NAME.png and right/NAME.png beside images/NAME.png; NAME/images/NAME.png
and NAME/masks/1.png; or a cell of the manifest names them, parted by ; (or names a folder that holds them).

DIR gets a row per slice. The columns volume and slice say where it comes from; group stays that of the manifest, or is
the volume. Pixel sizes come from the files where the manifest does not state them."""


def add(actions: Actions) -> None:
    """Add the command and its arguments to the actions of ``alseg data``."""
    parser = actions.add_parser(
        "convert",
        help="make a data set of slices from your own DICOM series, NIfTI volumes or TIFF stacks",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, metavar="FROM", help="folder with the volumes")
    parser.add_argument("--to", type=Path, metavar="DIR", required=True, help="the folder to be")
    parser.add_argument(
        "--window",
        type=float,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="values that become black and white, such as -160 240 for soft tissue in Hounsfield units (default: the half "
        "and the 99.5th percentile of each volume; images of 8 bits stay as they are)",
    )
    parser.add_argument("--plane", choices=tuple(AXES), help="how to cut NIfTI volumes (default: axial)")
    parser.add_argument(
        "--only-annotated", action="store_true", help="leave out slices whose mask holds nothing but background"
    )
    parser.add_argument(
        "--join",
        choices=("any", "class"),
        help="make one mask of several files of an image: any (set where any is set) or class (by the names of the files, as "
        "masks/NAME/lesion.png; 1 is the first class)",
    )
    parser.add_argument(
        "--classes",
        metavar="NAME,NAME",
        help="with --join class: the classes in the order of their ids; where masks overlap, the later wins (default: sorted by "
        "name, and none may overlap)",
    )
    parser.add_argument(
        "--follow-links",
        action="store_true",
        help="symbolic links in FROM may lead out of it: if you trust who made them",
    )


def run(options: argparse.Namespace) -> int:
    """Convert, and print the counts."""
    window = None if options.window is None else (options.window[0], options.window[1])
    classes = None if options.classes is None else [name.strip() for name in options.classes.split(",")]
    done = convert(
        options.source,
        options.to,
        window,
        options.plane,
        options.only_annotated,
        options.join,
        classes,
        options.follow_links,
    )
    if not (options.source.expanduser() / "manifest.csv").is_file():
        print(
            f"alseg data: {options.source} has no manifest.csv: each volume is a group of its own; if a patient has several "
            "volumes, write one that states the group",
            file=sys.stderr,
        )
    if done.left_out:
        say(f"{_count(done.left_out, 'slice')} with nothing but background left out")
    if done.overlap:
        rule = "the later class won" if options.join == "class" else "they are set once"
        say(f"{_count(done.overlap, 'pixel')} in several of the masks that were joined; {rule}")
    if done.classes:
        say(f"classes by their ids: 0 background, {', '.join(f'{i} {name}' for i, name in enumerate(done.classes, 1))}")
    names = f" 'data.classes=[background,{','.join(done.classes)}]'" if done.classes else ""
    say(
        f"{done.goal}: {_count(done.slices, 'slice')} of {_count(done.volumes, 'volume')}. Look at it: alseg data check "
        f"{done.goal}; use it: alseg run data=folder data.root={done.goal}{names}"
    )
    return 0


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
