"""``alseg reproduce``: run the sweeps of a folder under ``experiments/``, and compare with the paper's numbers."""

from __future__ import annotations

import argparse
import logging
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.table import Table

from alseg import children
from alseg.errors import ConfigError
from alseg.identity.settings import is_free
from alseg.reproduction.experiment import Experiment, find
from alseg.reproduction.plan import Plan, plan
from alseg.terminal import say

EPILOG = """examples:
  alseg reproduce coldstart                       the numbers beside the paper's, from experiments/coldstart/results.csv
  alseg reproduce coldstart --data DATA --dry-run what would be run, and how long it would take
  alseg reproduce coldstart --data DATA           run what is missing, then all tables

DATA is the folder that holds the data sets. An interrupted reproduction goes on where it was when it is called again. With
all runs finished, results.csv, the figures and the marked parts of README.md are brought up to them; the prose stays."""

LAUNCH = ("hydra/", "hydra.launcher.")
OWN = ("run_dir", "name", "hydra")
"""Settings that cannot change a number, and yet are fixed by a reproduction."""


def main(arguments: Sequence[str]) -> int:
    """Plan the sweeps, run them, and print the tables."""
    parser = argparse.ArgumentParser(
        prog="alseg reproduce",
        description="Run the sweeps of a paper's folder, and set our numbers beside the paper's.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    about = "a folder under experiments/: sequal, coldstart, ...; or the path of one of your own: papers/mine"
    parser.add_argument("paper", metavar="PAPER", help=about)
    parser.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="how to run, such as hydra/launcher=joblib")
    parser.add_argument(
        "--data", type=Path, metavar="DATA", help="run what is missing, on the data sets of this folder"
    )
    parser.add_argument("--runs", type=Path, metavar="DIR", help="where the runs lie (default: runs)")
    parser.add_argument("--table", metavar="T", help="this table alone, and only the runs that it takes")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be run, and run nothing")
    options = parser.parse_intermixed_args(arguments)
    experiment = find(options.paper)
    _check(experiment, options)
    if options.data is None and options.runs is None and not options.dry_run:
        return _from_results(experiment, options.table)
    sweeps = [s for s in experiment.sweeps if options.table is None or s.tables is None or options.table in s.tables]
    plans = [plan(sweep, options.data, options.runs or Path("runs"), options.settings) for sweep in sweeps]
    _tell(plans)
    if options.dry_run:
        return 0
    code = _run(plans) if options.data is not None else 0
    _show_runs(experiment, plans, options.table, whole=len(sweeps) == len(experiment.sweeps))
    return code


def _check(experiment: Experiment, options: argparse.Namespace) -> None:
    known = ["paper", *experiment.tables]
    if options.table is not None and options.table not in known:
        raise ConfigError(f"--table {options.table}: there is no such table; there are {', '.join(known)}")
    if options.data is not None and not options.data.is_dir():
        raise ConfigError(f"--data {options.data}: there is no such folder; it is to hold the data sets")
    for setting in options.settings:
        key = setting.lstrip("+").partition("=")[0]
        how = key.startswith(LAUNCH) or key == "trainer.accelerator" or (is_free(key) and key.split(".")[0] not in OWN)
        if not how:
            raise ConfigError(
                f"{setting}: it would change what is computed, and a reproduction has its settings; alseg run -m takes any"
            )


def _tell(plans: Sequence[Plan]) -> None:
    for each in plans:
        done = len(each.runs) - len(each.missing)
        say(f"alseg run -m {shlex.join(each.settings)}")
        say(f"  {len(each.runs)} runs, {done} done; the rest takes about {each.hours_left:.1f} CPU-hours")
    missing, hours = sum(len(each.missing) for each in plans), sum(each.hours_left for each in plans)
    say(f"{missing} runs are missing: about {hours:.1f} hours on one core of the machine that README.md describes")


def _run(plans: Sequence[Plan]) -> int:
    """Run the plans as ``alseg run -m``, in a process for each sweep, since Hydra keeps its state in the process."""
    code = 0
    for each in plans:
        if each.missing:
            code = max(code, children.run([sys.executable, "-m", "alseg", "run", "-m", *each.settings]))
            if code > 1:  # bad input or an interruption, which would end the other sweeps too
                raise ConfigError(f"alseg run -m {shlex.join(each.settings)}: it ended with exit code {code}")
    return code


def _show_runs(experiment: Experiment, plans: Sequence[Plan], name: str | None, whole: bool) -> None:
    from alseg.reproduction.runs import read, save

    missing = [folder for each in plans for folder in each.missing]
    rows = read((folder for each in plans for folder in each.runs), experiment.describe)
    if missing:
        say(f"{len(missing)} runs are not finished, {missing[0]} the first; what follows is without them")
    if missing or not whole:
        _show(experiment, name, rows)
        say(f"{experiment.folder} is left as it was: it is about all runs.")
        return
    save(rows, experiment.results, [*experiment.condition, "seed"], experiment.classes)
    _from_results(experiment, name)


def _from_results(experiment: Experiment, name: str | None) -> int:
    from alseg.reproduction.make import write_readme

    if not experiment.results.exists():
        raise ConfigError(
            f"{experiment.results}: there is no such file yet; alseg reproduce {experiment.called} --data DATA makes it"
        )
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    _show(experiment, name, pd.read_csv(experiment.results))
    changed = write_readme(experiment) if experiment.readme.exists() else []
    for path in changed:
        say(f"Brought up to results.csv: {path}")
    if experiment.readme in changed:
        say("Its prose is by hand: does it still say what the tables say?")
    return 0


def _show(experiment: Experiment, name: str | None, rows: pd.DataFrame) -> None:
    from alseg.reproduction.make import PAPER, table

    made = table(experiment, name or PAPER, rows)
    shown = Table(
        title=f"{experiment.name}: {name or 'beside ' + str(experiment.paper['paper'])}", title_justify="left"
    )
    for column in made.columns:
        shown.add_column(str(column))
    for line in made.astype(str).to_numpy().tolist():
        shown.add_row(*line)
    say(shown)
    if name is None:
        for what, text in (experiment.paper.get("differs") or {}).items():
            say(f"differs in {what}: {text}")
        say(f"--table shows another one: {', '.join(experiment.tables)}")
