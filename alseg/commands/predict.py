"""``alseg predict``: masks or class probabilities of images by the last model of a run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from alseg.errors import ConfigError
from alseg.handover.images import POOL, images_to_predict
from alseg.handover.last_model import last_model
from alseg.handover.predicting import MASKS, Wanted, predict_into
from alseg.runs.run_config import config_of
from alseg.runs.run_folder import RunFolder
from alseg.terminal import say, working

EPILOG = """examples:
  alseg predict runs/first scans --out predicted          all images in the folder scans, also of its folders
  alseg predict runs/first pool --out predicted           the rest of the run's pool
  alseg predict runs/first scans --out predicted --uncertainty --outlines

DIR gets predictions.csv, a row for each image: for segmentation the share of each class and the mean uncertainty, for
classification the class, the probability of each and the uncertainty (0 is sure, 1 is as unsure as can be). Masks are
masks/ID.png: class ids at the size of the image file, 255 where the run does not look (beyond a region, or what
data.fit=crop leaves out). The same call again predicts what is missing or has changed.

Images go the way of the run's own: channels, window, region, fit, size and normalisation. The run's data set need not be
there, except for pool.

exit codes: 0 all images are predicted; 1 some could not be, one line each; 2 bad input"""


def main(arguments: Sequence[str]) -> int:
    """Predict images.

    Returns:
        1 where an image could not be predicted, else 0.
    """
    parser = argparse.ArgumentParser(
        prog="alseg predict",
        usage="alseg predict RUN IMAGES --out DIR [--uncertainty] [--outlines] [data.root=PATH]",
        description="Masks or class probabilities of images by the last model of a run.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument(
        "images",
        metavar="IMAGES",
        help=f"a folder of images, one with a manifest.csv, or {POOL}: the rest of the run's pool",
    )
    parser.add_argument("moved", nargs="*", metavar="data.root=PATH", help="where the run's data set lies now")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the predictions go")
    parser.add_argument(
        "--uncertainty", action="store_true", help="uncertainty/ID.png too: grey, the entropy of the members' mean"
    )
    parser.add_argument("--outlines", action="store_true", help="outlines/ID.png too: a small picture to look at")
    parser.add_argument(
        "--batch-size", type=int, default=16, metavar="N", help="images at a time (default: %(default)s)"
    )
    options = parser.parse_intermixed_args(arguments)
    if options.batch_size < 1:
        raise ConfigError(f"--batch-size {options.batch_size}: at least 1")
    run = RunFolder(options.run)
    config = config_of(run, options.moved)
    images = images_to_predict(options.images, run, config)
    if images.passed_over:
        first, more = images.passed_over[0], len(images.passed_over) - 1
        say(f"Passed over: {first}{f' and {more} more files' if more else ''}, by their names no images.")
    with working("loading the model"):
        model = last_model(run, config)
    wanted = Wanted(options.uncertainty, options.outlines, options.batch_size)
    done = predict_into(options.out, model, images.files, wanted)
    for line in done.failed:
        print(f"alseg predict: {line}", file=sys.stderr)
    before = f"; {done.before} were there already" if done.before else ""
    failed = f"; {len(done.failed)} could not be" if done.failed else ""
    what = f"Masks: {options.out / MASKS}. " if model.spec.task == "segmentation" else ""
    predicted = "1 image" if done.predicted == 1 else f"{done.predicted} images"
    say(
        f"{predicted} predicted by the model of round {model.round}{before}{failed}. "
        f"{what}Table: {options.out / 'predictions.csv'}"
    )
    return 1 if done.failed else 0
