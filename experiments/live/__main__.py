"""``python -m experiments.live`` (``make demo-live``): from images without masks to the third round, with a played person.

Nothing here knows more than a person would: the masks lie apart from the pool, and go in as files. By default the images are
drawn (a phantom); ``--data DIR`` takes those of any data set with masks.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from alseg.cli import main as alseg
from alseg.errors import AlsegError
from experiments.live import person, pool

SETTINGS = (
    "data=folder",
    "data.task=segmentation",
    "data.size=96",
    "oracle=folder",
    "strategy=entropy",
    "budget.initial=10",
    "budget.query=6",
    "trainer.steps=80",
    "trainer.accelerator=cpu",
    "split.test=0",
    "split.val=0",
    "map=none",
    "logger=csv",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the campaign; the exit code of the first command that fails, else 0."""
    parser = argparse.ArgumentParser(prog="python -m experiments.live", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with manifest.csv and masks, whose masks the person knows")
    parser.add_argument("--classes", default="background,lumen", help="names of its classes (with --data)")
    parser.add_argument("--images", type=int, default=60, help="images in the pool")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("runs/demo-live"), help="is made anew")
    parser.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="more settings of alseg run")
    options = parser.parse_args(arguments)
    shutil.rmtree(options.out, ignore_errors=True)
    images, known, run = (options.out / name for name in ("pool", "masks_of_the_person", "run"))
    try:
        if options.data is None:
            classes = ",".join(pool.from_phantom(options.images, images, known))
        else:
            classes = options.classes
            pool.from_data(options.data, options.images, images, known)
    except AlsegError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    places = (f"data.root={images}", f"data.classes=[{classes}]", f"budget.rounds={options.rounds}", f"run_dir={run}")
    return play([*SETTINGS, *places, *options.settings], run, known, options.rounds)


def play(settings: Sequence[str], run: Path, known: Path, rounds: int) -> int:
    """Start the same command again and again, and answer in between."""
    if code := _start(settings):
        return code
    for round_ in range(rounds):
        request = run / "requests" / f"round-{round_:02d}"
        images, agreed = person.asked(request), person.overlap(request, known)
        if agreed is not None:
            _say(f"the model's masks agree with the person's by a Dice of {agreed:.3f}")
        if round_ == 0:  # half of them, one of a wrong size; one is refused
            half = len(images) // 2
            _say(f"answers {half - 1} of {len(images)} images, one more by a mask of the wrong size, and refuses one")
            person.answer(request, known, images[: half - 1])
            person.answer_wrongly(request, images[half - 1][1])
            person.write_table(request, images[-1][0], "shadow over the wall", "ann")
            if code := _start(settings):
                return code
            _say("answers the rest")
            person.answer(request, known, images[half - 1 : -1])
        else:
            _say(f"answers all {len(images)} images")
            person.answer(request, known, images)
            person.write_table(request, None, "", "bob")
        if code := _start(settings):
            return code
    return alseg(["status", str(run)])


def _start(settings: Sequence[str]) -> int:
    print(f"\n$ alseg run {shlex.join(settings)}", flush=True)
    return alseg(["run", *settings])


def _say(what: str) -> None:
    print(
        f"\n# The person {what}." if not what.startswith("the model") else f"\n# {what[0].upper()}{what[1:]}.",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
