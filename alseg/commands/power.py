"""``alseg power``: the seeds that a design needs, from pilot runs or from a given spread."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from alseg.errors import ConfigError, RunFolderError
from alseg.report.columns import decimals, is_fraction, title
from alseg.report.grid import counted
from alseg.report.read.read_runs import read_runs
from alseg.report.statistics.comparisons import ALPHA, LEAST
from alseg.report.statistics.controls import CONTROL
from alseg.report.statistics.designs import design
from alseg.report.statistics.panels import build
from alseg.report.statistics.power import CHANCE, Spread, detectable, differences, seeds_text, wilcoxon_seeds
from alseg.terminal import say

EPILOG = """examples:
  alseg power --runs runs/pilot                      from the runs of a pilot, each data set by its primary metric
  alseg power --runs runs/pilot --strategies 11      the same spread, in a sweep of 11 strategies beside random
  alseg power --sd 0.02 --strategies 6               from a spread that you know
  alseg power --sd 0.02 --pilot-seeds 3 --strategies 6 --difference 0.01 0.03

The SD is that of the paired differences over seeds: AUBC of a strategy minus that of the control. In one pilot
of 3 seeds in five it is less than half of the true one, so the last column takes its upper limit, which the true SD is
below in four of five. The test is that of the report: paired t-test at 5%, corrected for all comparisons with the
control. docs/report.md has figures of real sweeps."""
SEEDS = (3, 5, 8, 10, 15, 20, 30)


def main(arguments: Sequence[str]) -> int:
    """Print how many seeds find which difference."""
    options = _parser().parse_args(arguments)
    _check(options)
    if options.runs is None:
        degrees = math.inf if options.pilot_seeds is None else options.pilot_seeds - 1.0
        steps = options.difference or differences(options.sd, fraction=False)
        _tell("", Spread(options.sd, degrees), options.strategies, steps, options, _digits(options.sd))
        return 0
    report = build(read_runs(options.runs), options.control, options.metric)
    known = [(panel, design(report.analysis, panel, panel.primary)) for panel in report.panels]
    if all(found is None for _, found in known):
        raise RunFolderError(
            f"{', '.join(map(str, options.runs))}: the spread cannot be told; it takes two seeds of {options.control} and of "
            "another strategy with the same learner, whose differences are not all equal"
        )
    for panel, found in known:
        if found is None:
            say(f"{panel.data}: left out, for the spread of its differences from {options.control} cannot be told\n")
            continue
        metric = panel.primary
        what = f"{panel.data}: {title(metric)}{', AUBC' if len(found.budgets) > 1 else ''}, {found.seeds} seeds. "
        steps = options.difference or differences(found.spread.sd, is_fraction(metric))
        _tell(what, found.spread, options.strategies or found.comparisons, steps, options, decimals(metric) + 1)
    return 0


def _tell(
    what: str, spread: Spread, comparisons: int, steps: Sequence[float], options: argparse.Namespace, digits: int
) -> None:
    """Two tables: seeds for each difference, and the difference that so many seeds find."""
    sds = {"Seeds": spread.sd}
    text = f"{what}SD of the paired differences {spread.sd:.{digits}f}"
    if math.isfinite(spread.degrees):
        sds["at the upper limit"] = spread.upper()
        text += f", {CHANCE:.0%} upper limit {spread.upper():.{digits}f}"
    say(f"{text}; {counted(comparisons, 'comparison')} with the control")
    needed = [
        [f"{step:g}", *(seeds_text(step, sd, comparisons, options.chance) for sd in sds.values())] for step in steps
    ]
    say(f"\nSeeds that find a difference with a chance of {options.chance:.0%}:")
    say(_table(["Difference", *sds], needed))
    found = []
    for n in options.seeds:
        sizes = [detectable(sd, n, comparisons, options.chance) for sd in sds.values()]
        found.append([str(n), *(f"{size:.{digits}f}" for size in sizes)])
    say(f"\nDifference that so many seeds find with a chance of {options.chance:.0%}:")
    say(_table(["Seeds", "Difference", *list(sds)[1:]], found))
    least = wilcoxon_seeds(comparisons)
    say(
        f"Paired t-test at {ALPHA:.0%} after Holm's first step; Wilcoxon's test takes {least} seeds to reach that level at all.\n"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table whose numbers are never cut."""
    table = Table()
    for i, head in enumerate(heads):
        table.add_column(head, justify="right", min_width=max(len(row[i]) for row in rows))
    for row in rows:
        table.add_row(*row)
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="alseg power",
        description="How many seeds a sweep needs to find a difference from the control.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--runs", nargs="+", type=Path, metavar="RUNS", help="run folders of a pilot, or folders that hold some"
    )
    source.add_argument(
        "--sd", type=float, metavar="SD", help="standard deviation of the paired differences over seeds"
    )
    parser.add_argument(
        "--strategies",
        type=int,
        metavar="K",
        help="strategies that are compared with the control, times learners, times data sets (default: as in the pilot)",
    )
    parser.add_argument("--pilot-seeds", type=int, metavar="N", help="with --sd: how many seeds it comes from")
    parser.add_argument(
        "--difference", nargs="+", type=float, metavar="D", help="differences to find, in the unit of the metric"
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS, metavar="N", help="numbers of seeds to look at")
    parser.add_argument(
        "--chance", type=float, default=CHANCE, metavar="P", help="of finding it (default: %(default)s)"
    )
    parser.add_argument("--metric", default="", metavar="NAME", help="with --runs: instead of the primary metric")
    parser.add_argument("--control", default=CONTROL, metavar="NAME", help="with --runs: what others are compared with")
    return parser


def _check(options: argparse.Namespace) -> None:
    if options.sd is not None and not 0 < options.sd < math.inf:
        raise ConfigError(f"--sd {options.sd:g}: a standard deviation is above 0")
    if options.sd is not None and options.strategies is None:
        raise ConfigError("--sd: say how many strategies are compared with the control too, as in --strategies 6")
    if options.strategies is not None and options.strategies < 1:
        raise ConfigError(f"--strategies {options.strategies}: at least 1, the control not counted")
    if options.pilot_seeds is not None and options.sd is None:
        raise ConfigError("--pilot-seeds: the runs of --runs tell it themselves; it goes with --sd")
    if options.pilot_seeds is not None and options.pilot_seeds < 2:
        raise ConfigError(f"--pilot-seeds {options.pilot_seeds}: a spread takes at least 2")
    for step in options.difference or ():
        if not 0 < abs(step) < math.inf:
            raise ConfigError(f"--difference {step:g}: a number other than 0, in the unit of the metric")
    for n in options.seeds:
        if n < LEAST:
            raise ConfigError(f"--seeds {n}: nothing is tested below {LEAST} seeds")
    if not ALPHA < options.chance < 1:
        raise ConfigError(f"--chance {options.chance:g}: above {ALPHA:g} and below 1, such as {CHANCE:g}")
    if options.sd is not None and (options.metric or options.control != CONTROL):
        raise ConfigError(
            f"--{'metric' if options.metric else 'control'}: it chooses among the runs of --runs, and --sd has none"
        )


def _digits(sd: float) -> int:
    """Decimals that show three figures."""
    return max(0, 2 - math.floor(math.log10(sd)))
