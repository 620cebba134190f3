"""``alseg report``: tables, figures and a page from run folders."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from alseg.errors import ConfigError
from alseg.terminal import say

LEFT = """\
exit codes: 0 the report is written; 1 it is written, but something could not be read and is named in it ("Left out": damaged
or linked run folders, files that were not believed, copies of runs; runs that failed or are not finished do not count here);
2 no report could be written"""


def main(arguments: Sequence[str]) -> int:
    """Write the report of runs and print its table.

    Returns:
        1 where something could not be read, else 0.
    """
    parser = argparse.ArgumentParser(
        prog="alseg report",
        description="Tables, figures and a page from run folders.",
        epilog=LEFT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUNS", help="run folders, or folders that hold some")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the report goes")
    parser.add_argument(
        "--metric", default="", metavar="NAME", help="the metric that leads, instead of the runs' own choice"
    )
    parser.add_argument("--control", default="", metavar="NAME", help="the strategy that others are compared with")
    parser.add_argument("--no-runs", action="store_true", help="no page of every single run")
    by = "tell picks and the test metric apart by this column of the manifest; can be given several times"
    parser.add_argument("--by", action="append", default=[], metavar="COLUMN", help=by)
    parser.add_argument("--wandb", action="store_true", help="log the report on W&B too, in the group of its runs")
    for way in ("lower", "higher"):
        parser.add_argument(
            f"--{way}-is-better",
            action="append",
            default=[],
            metavar="METRIC",
            help=f"of a metric that does not say it itself, {way} values are better; may be given several times",
        )
    options = parser.parse_args(arguments)
    # With pandas, SciPy and matplotlib, which take seconds to import: the help does without.
    from alseg.report.pages.left_out import left_out
    from alseg.report.pages.terminal import render
    from alseg.report.statistics.controls import CONTROL
    from alseg.report.write_report import write_report

    report = write_report(
        options.runs,
        options.out,
        runs=not options.no_runs,
        control=options.control or CONTROL,
        metric=options.metric,
        by=options.by,
        told=_directions(options.lower_is_better, options.higher_is_better),
        command=shlex.join(["alseg", "report", *arguments]),
    )
    say(render(report))
    say(f"Report: {options.out / 'report.html'}")
    if options.wandb:
        from alseg.tracking.wandb_report import log_report  # W&B takes seconds to import

        say(f"On W&B: {log_report(options.out, options.runs)}")
    return 1 if left_out(report) else 0


def _directions(lower: Sequence[str], higher: Sequence[str]) -> dict[str, bool]:
    both = sorted({*lower} & {*higher})
    if both:
        raise ConfigError(f"{both[0]}: higher and lower cannot both be better; give one of the two options")
    return dict.fromkeys(lower, False) | dict.fromkeys(higher, True)
