"""``alseg report``: tables, figures and a page from run folders."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from alseg.report.pages.terminal import render
from alseg.report.statistics.controls import CONTROL
from alseg.report.write_report import write_report
from alseg.terminal import say


def main(arguments: Sequence[str]) -> int:
    """Write the report of runs and print its table."""
    parser = argparse.ArgumentParser(prog="alseg report", description="Tables, figures and a page from run folders.")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUNS", help="run folders, or folders that hold some")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the report goes")
    parser.add_argument(
        "--metric", default="", metavar="NAME", help="the metric that leads, instead of the runs' own choice"
    )
    parser.add_argument("--control", default=CONTROL, metavar="NAME", help="the strategy that others are compared with")
    parser.add_argument("--no-runs", action="store_true", help="no page of every single run")
    by = "tell picks and the test metric apart by this column of the manifest; can be given several times"
    parser.add_argument("--by", action="append", default=[], metavar="COLUMN", help=by)
    parser.add_argument("--wandb", action="store_true", help="log the report on W&B too, in the group of its runs")
    options = parser.parse_args(arguments)
    report = write_report(
        options.runs,
        options.out,
        runs=not options.no_runs,
        control=options.control,
        metric=options.metric,
        by=options.by,
    )
    say(render(report))
    say(f"Report: {options.out / 'report.html'}")
    if options.wandb:
        from alseg.tracking.wandb_report import log_report  # W&B takes seconds to import

        say(f"On W&B: {log_report(options.out, options.runs)}")
    return 0
