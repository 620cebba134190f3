"""``alseg data check --duplicates``: find images that are the same, or nearly."""

from __future__ import annotations

import argparse
from pathlib import Path

from alseg.commands.where_text import read_where
from alseg.data.duplicates import CORRELATION, digests, near_duplicates, thumbnails
from alseg.data.duplicates_report import describe_duplicates, write_groups
from alseg.data.manifest import read_manifest
from alseg.errors import ConfigError
from alseg.terminal import say


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to those of ``alseg data check``."""
    parser.add_argument(
        "--duplicates",
        type=float,
        nargs="?",
        const=CORRELATION,
        metavar="R",
        help="look for images that are the same or nearly: whose thumbnails correlate by more than R (default: %(const)s); turned "
        "and mirrored copies are not found",
    )
    parser.add_argument(
        "--write-groups",
        type=Path,
        metavar="FILE",
        help="write a copy of the manifest in which near-duplicates share a group",
    )


def run(options: argparse.Namespace, root: Path) -> None:
    """Print the near-duplicates, and write the groups, where that was asked for."""
    if options.duplicates is None and options.write_groups is None:
        return
    threshold = CORRELATION if options.duplicates is None else options.duplicates
    if not 0 < threshold <= 1:
        raise ConfigError(f"--duplicates {threshold:g}: it is a correlation, above 0 and at most 1")
    goal = None if options.write_groups is None else options.write_groups.expanduser()
    if goal is not None and goal.exists():
        raise ConfigError(f"--write-groups {goal}: it is there already; give another name")
    where = None if options.where is None else read_where(options.where)
    manifest = read_manifest(root, where, options.mask, follow_links=options.follow_links)
    found = near_duplicates(thumbnails(manifest.images), threshold, digests(manifest.images))
    say(describe_duplicates(manifest, found, threshold))
    if goal is not None:
        fewer = write_groups(manifest, found, goal)
        say(f"{goal}: {fewer:,} groups fewer. To use it, put it in the place of {manifest.path}")
