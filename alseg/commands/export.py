"""``alseg export``: what was labelled, for other programs; or the last model, as ONNX or safetensors."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from alseg.commands import export_labels, export_model
from alseg.errors import ConfigError
from alseg.terminal import say

EPILOG = """examples:
  alseg export runs/first --to nnunet --out nnUNet_raw/Dataset501_first
  alseg export runs/first --to folder --out labelled data.root=/new/place/of/the/data
  alseg export runs/first --model onnx --out model.onnx
  alseg export runs/first --model onnx --out model.onnx --images scans       if the run's data set is gone

--to NAME hands on the images that were labelled in the run, their labels, who labelled each and at what cost:
  folder         manifest.csv, images/ and masks/: a data set for alseg and whoever reads CSV
  nnunet         a raw data set of nnU-Net version 2
  coco           one annotation (RLE) for each class of each image
  label_studio   tasks with annotations, to import, and the labelling configuration
DIR/labels.csv has one row for each label (round, order, annotator, seconds) and says what its mask comes from. Masks have
the size of the image file. A run keeps masks at data.size: they are enlarged by the nearest pixel, and the outlines of the
originals are finer. Validation and test images were not asked for, and are not handed on.

--model NAME writes the model of the last round, and FILE.json with its classes and how to prepare an image:
  onnx           uint8 images in, probabilities out; compared with PyTorch on real images, and refused if they differ
                 (needs pip install 'alseg[export]')
  safetensors    the weights by their names

exit codes: 0 it is written; 2 bad input, or the written model answers otherwise than PyTorch's"""


def main(arguments: Sequence[str]) -> int:
    """Write labels or a model."""
    parser = argparse.ArgumentParser(
        prog="alseg export",
        usage="alseg export RUN (--to NAME | --model NAME) --out PATH [--rest] [--images DIR] [data.root=PATH]",
        description="What was labelled in a run, for other programs; or its last model, without alseg.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument("moved", nargs="*", metavar="data.root=PATH", help="where the run's data set lies now")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--to", choices=export_labels.FORMATS, help="hand on the labels in this form")
    what.add_argument("--model", choices=export_model.FORMATS, help="hand on the last model in this form")
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help="the new folder, or the model's file")
    parser.add_argument(
        "--images", metavar="DIR", help="with --model onnx: images to compare on (default: those of the run's data set)"
    )
    parser.add_argument(
        "--rest",
        action="store_true",
        help="with --to folder: the rest of the pool too, without labels, for a run to come",
    )
    options = parser.parse_intermixed_args(arguments)
    if options.rest and not options.to:
        raise ConfigError("--rest: it is for --to folder, which can hold images without labels")
    if options.images is not None and options.model != "onnx":
        raise ConfigError("--images: it is for --model onnx, which is compared with PyTorch on them")
    if options.to:
        say(export_labels.run(options.run, options.moved, options.to, options.out, rest=options.rest))
    else:
        say(export_model.run(options.run, options.moved, options.model, options.out, options.images))
    return 0
