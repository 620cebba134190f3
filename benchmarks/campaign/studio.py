"""Runs that people answer on a real Label Studio server, killed at random moments: no task twice, and the same decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from PIL import Image

from alseg.oracles.studio.labelling import Control
from alseg.oracles.studio.memory import FILE
from alseg.oracles.studio.regions import painted
from alseg.oracles.studio.server import KEY
from benchmarks.campaign.kills import killed_run, whole_run
from benchmarks.campaign.part import Outcome, Part
from benchmarks.campaign.scenarios import EVERY_STEP, SMALL_UNET, Scenario, make_data_sets
from tests.helpers.label_studio import INSTALL, Person, Studio, executable, offer_sdk

CLASSES = ("background", "lesion")
ASKED = ("data.task=segmentation", f"data.classes=[{','.join(CLASSES)}]", "oracle=label_studio", "oracle.patience=60")


class Annotator:
    """Somebody who draws the true masks of what is asked for.

    Args:
        person: logged in.
    """

    def __init__(self, person: Person) -> None:
        self.person = person
        self.twice = ""

    def __call__(self, sets: Path, run: Path, share: float) -> None:
        """Answer a share of the tasks that nobody has answered, and look for images that were put twice."""
        project = json.loads((run / FILE).read_text(encoding="utf-8"))["project"] if (run / FILE).exists() else None
        if project is None:  # killed before it had one
            return
        tasks = self.person.tasks(project)
        ids = [task["data"]["id"] for task in tasks]
        self.twice = self.twice or next((id_ for id_ in ids if ids.count(id_) > 1), "")
        open_ = [task for task in tasks if not task["total_annotations"]]
        for task in open_[: round(share * len(open_))]:
            with Image.open(sets / "scans" / f"{task['data']['id'].replace('scan', 'mask')}.png") as mask:
                result = painted(np.asarray(mask), CLASSES, Control("brush", "image"))
            self.person.annotate(task["id"], result, 10.0)


def outcomes(folder: Path, trials: range, seed: int) -> Iterator[Outcome]:
    """Start a server, and kill runs that ask its people."""
    program = executable()
    if program is None:
        yield from (Outcome("label_studio", "", skipped=INSTALL) for _ in trials)
        return
    offer_sdk(program)
    with ExitStack() as stack:
        studio = Studio(program, folder / "server")
        stack.callback(studio.kill)
        studio.start()
        person = Person(studio)
        annotator = Annotator(person)
        settings = (*ASKED, f"oracle.url={studio.url}", "strategy=entropy", "trainer.steps=3", *SMALL_UNET, *EVERY_STEP)
        scenario = Scenario("label_studio", settings, "unlabelled", annotator, environment=((KEY, person.token()),))
        sets = make_data_sets(folder / "sets")
        whole = whole_run(scenario, sets, folder / "whole")
        for place in trials:
            outcome = killed_run(scenario, sets, whole, folder / f"{place:04d}", np.random.default_rng([seed, place]))
            twice = f"{annotator.twice} was put twice" if annotator.twice else None
            yield Outcome(outcome.kind, outcome.how, outcome.fault or twice, outcome.tried)


PART = Part("SIGKILL and SIGTERM at random moments of runs that ask people on a Label Studio server", 6, outcomes)
