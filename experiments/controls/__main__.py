"""``python -m experiments.controls --data DATA``: run the controls, and bring results.csv and README.md up to them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from alseg.errors import AlsegError
from alseg.files import atomic
from experiments import tables
from experiments.controls.claims import judged, table
from experiments.controls.page import FOLDER, RESULTS, refresh
from experiments.controls.run import cost, run


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 if all claims came out, 1 if some did not, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m experiments.controls", description=__doc__)
    parser.add_argument(
        "--data", type=Path, metavar="DATA", help="run what is missing, on the data sets of this folder"
    )
    parser.add_argument("--runs", type=Path, default=Path("runs/controls"), metavar="DIR", help="keeps what was run")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    options = parser.parse_args(arguments)
    try:
        if options.data is not None:
            rows = run(options.data, options.runs, options.workers)
            with atomic(RESULTS) as temporary:
                rows.round(4).to_csv(temporary, index=False)
            with atomic(FOLDER / "cost.csv") as temporary:
                cost(options.runs).to_csv(temporary, index=False)
        rows = pd.read_csv(RESULTS)
        refresh(rows)
    except (AlsegError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(tables.markdown(table(rows).drop(columns="why")))
    return 0 if all(came_out for *_, came_out in judged(rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
