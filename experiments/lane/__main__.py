"""``python -m experiments.lane PART --data DATA``: run a part of the fast lane, and bring its table and README.md up to it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from alseg.errors import AlsegError
from alseg.files import atomic
from experiments.lane.page import FOLDER, refresh
from experiments.lane.run import FIRST, PILOT, SEEDS, run


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m experiments.lane", description=__doc__)
    parser.add_argument("part", nargs="?", choices=sorted(SEEDS), help="without a part: the page anew from the tables")
    parser.add_argument("--data", type=Path, metavar="DATA", help="folder of the data sets")
    parser.add_argument("--runs", type=Path, default=Path("runs/lane"), metavar="DIR", help="keeps what was run")
    parser.add_argument("--pilot", type=int, metavar="N", help=f"N other seeds, from {PILOT} on, into PART_pilot.csv")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="CPU-minutes after which nothing is begun")
    parser.add_argument(
        "--sets", nargs="+", default=[], metavar="SET", help="data sets that are run; the table has all"
    )
    options = parser.parse_args(arguments)
    if options.part and options.data is None:
        parser.error("--data: where are the data sets?")
    torch.set_num_threads(1)
    try:
        if options.part:
            first, seeds = (PILOT, options.pilot) if options.pilot else (FIRST, SEEDS[options.part])
            where = options.part, options.data, options.runs, first, seeds
            run(*where, options.minutes, options.sets)
            rows = run(*where, minutes=0)
            file = FOLDER / f"{options.part}{'_pilot' if options.pilot else ''}.csv"
            with atomic(file) as temporary:
                rows.to_csv(temporary, index=False, float_format="%.5g")
        refresh()
    except (AlsegError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
