"""``alseg data``: look at data sets."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from alseg.data.check import describe
from alseg.data.folder import load_folder
from alseg.terminal import say


def main(arguments: Sequence[str]) -> int:
    """Check a data set and print what it holds."""
    parser = argparse.ArgumentParser(prog="alseg data", description="Look at data sets.")
    actions = parser.add_subparsers(dest="action", required=True)
    check = actions.add_parser("check", help="say what a manifest folder holds, or what is wrong with it")
    check.add_argument("path", type=Path, metavar="PATH", help="a folder with manifest.csv")
    check.add_argument("--size", type=int, default=256, help="side to which images are scaled (default: %(default)s)")
    options = parser.parse_args(arguments)
    say(describe(load_folder(options.path, options.size)))
    return 0
