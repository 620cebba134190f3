"""``python -m experiments.live.studio``: the live demo on a Label Studio server, with two played people.

Needs a server and the access tokens of two people there, in ``LABEL_STUDIO_API_KEY`` and ``SECOND_API_KEY``. Both annotate every
image: the first with the mask that is known, the second a pixel further to the right; one image is skipped by both. In the end
every pixel of what the run has been given is compared with what they drew.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.cli import main as alseg
from alseg.data.file_size import target_of
from alseg.data.fit import Place
from alseg.errors import AlsegError
from alseg.oracles.people.file_names import safe_names
from alseg.oracles.studio.labelling import Control
from alseg.oracles.studio.memory import recall
from alseg.oracles.studio.regions import painted
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from experiments.live import pool
from experiments.live.__main__ import SETTINGS

SIZE = 96
BRUSH = Control("brush", "image")


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the campaign; 0 if every pixel came back."""
    parser = argparse.ArgumentParser(prog="python -m experiments.live.studio", description=__doc__)
    parser.add_argument("--url", default="http://localhost:8080")
    parser.add_argument(
        "--data", type=Path, help="folder with manifest.csv and masks, whose masks the first person knows"
    )
    parser.add_argument("--images", type=int, default=60, help="images in the pool")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("runs/demo-studio"), help="is made anew")
    parser.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="more settings of alseg run")
    options = parser.parse_args(arguments)
    shutil.rmtree(options.out, ignore_errors=True)
    images, known, run = (options.out / name for name in ("pool", "masks_of_the_person", "run"))
    classes: tuple[str, ...] = ("background", "lumen")
    try:
        if options.data is None:
            classes = pool.from_phantom(options.images, images, known)
        else:
            pool.from_data(options.data, options.images, images, known)
    except AlsegError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    studio = ("oracle=label_studio", f"oracle.url={options.url}", "oracle.annotators=2", f"data.size={SIZE}")
    places = (
        f"data.root={images}",
        f"data.classes=[{','.join(classes)}]",
        f"budget.rounds={options.rounds}",
        f"run_dir={run}",
    )
    settings = ["run", *(s for s in SETTINGS if not s.startswith("oracle=")), *studio, *places, *options.settings]
    for round_ in range(options.rounds):
        if code := alseg(settings):
            return code
        answer(options.url, run, known, classes, skip=round_ == 0)
    return alseg(settings) or compare(run, known)


def answer(url: str, run: Path, known: Path, classes: Sequence[str], skip: bool) -> None:
    """Both people answer all open tasks of a run; the first of them is skipped, if ``skip``."""
    from label_studio_sdk import LabelStudio

    memory = recall(run)
    taken = Ledger(run / "ledger.jsonl", writable=False)
    names = safe_names(list(memory.tasks))
    for who, key in enumerate(("LABEL_STUDIO_API_KEY", "SECOND_API_KEY")):
        client, skipped = LabelStudio(base_url=url, api_key=os.environ[key]), skip
        for id_, task in memory.tasks.items():
            if id_ in taken.labelled or id_ in taken.refused:
                continue
            result: list[Any] = [] if skipped else painted(drawn(known, names[id_], who), classes, BRUSH)
            client.annotations.create(task, result=result, lead_time=20.0 + 10 * who, was_cancelled=skipped)
            skipped = False


def drawn(known: Path, name: str, who: int) -> NDArray[np.uint8]:
    """Class ids ``(h, w)`` as one of the two draws them: the known mask, or a pixel further to the right."""
    (path,) = known.glob(f"{name}.*")
    with Image.open(path) as mask:
        ids = (np.asarray(mask) > 0).astype(np.uint8)
    return np.pad(ids, ((0, 0), (who, 0)))[:, : ids.shape[1]]


def compare(run: Path, known: Path) -> int:
    """Compare every target of a run with what the two drew, of which an even split is background; 1 if a pixel differs."""
    ledger, pixels, wrong = Ledger(run / "ledger.jsonl", writable=False), 0, 0
    names = safe_names(list(recall(run).tasks))
    for event in ledger.of("annotated"):
        for id_, target in zip(*RunFolder(run).load_annotations(event["round"])):
            both = [target_of(drawn(known, names[id_], who), Place(), (SIZE, SIZE)) for who in range(2)]
            pixels, wrong = pixels + target.size, wrong + int((target != both[0] * both[1]).sum())
    summary = {"labelled": len(ledger.labelled), "refused": list(ledger.refused), "pixels": pixels, "wrong": wrong}
    print(json.dumps(summary))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
