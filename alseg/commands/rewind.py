"""``alseg rewind``: a run goes back to the end of an earlier round."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from alseg.composition.instantiate import instantiate
from alseg.errors import RunFolderError
from alseg.runs.rewinding import ASIDE, finish_rewinding, plan_of, rewind
from alseg.runs.run_config import read_config
from alseg.runs.run_folder import RunFolder
from alseg.terminal import say, working

EPILOG = """example:
  alseg rewind runs/live --to 2                          the next alseg run makes round 3 anew

Rounds count from 0. What came later is kept in RUN/rewound/NN: the ledger as it was, the folders of the rounds, and those of
requests to people with their answers. Nothing is deleted. The model of the round is needed to go on; where it is no longer
there (trainer.checkpoints=last keeps one), the next alseg run trains it anew first. What trackers such as W&B were told
stays with them.

exit codes: 0 the run is at the end of that round; 2 there is no such run or round, or a process is at work in it"""


def main(arguments: Sequence[str]) -> int:
    """Rewind a run."""
    parser = argparse.ArgumentParser(
        prog="alseg rewind",
        usage="alseg rewind RUN --to ROUND",
        description="A run goes back to the end of an earlier round; what came later is kept aside.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument("--to", type=int, required=True, metavar="ROUND", help="the last round that stays")
    options = parser.parse_args(arguments)
    run = RunFolder(options.run)
    if not (run.config.exists() and run.ledger.exists()):
        raise RunFolderError(f"{run.path}: there is no run in this folder; name one that alseg run has made")
    with run.lock():
        plan = finish_rewinding(run)
        if plan is None or plan.to != options.to:
            with working("reading the settings"):
                config = read_config(run.config)
                models = 2 if instantiate(config.strategy).compares_rounds else 1
            plan = plan_of(run, options.to, models=models, from_previous=config.trainer.weights_from == "previous")
            rewind(run, plan)
    anew = (
        "" if plan.train > plan.to else f"; round {plan.train} is trained anew first, for its model is no longer there"
    )
    aside = run.path / ASIDE / plan.aside
    say(
        f"{run.path} is at the end of round {plan.to}; what came later is in {aside}. alseg run goes on from there{anew}."
    )
    return 0
