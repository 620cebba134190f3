"""``alseg data``: get public data sets, convert one's own volumes, look at data sets."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf

from alseg.commands import data_convert, data_duplicates, data_index
from alseg.commands.where_text import read_where
from alseg.composition import paths
from alseg.data.check import check
from alseg.data.fit import FITS
from alseg.data.mask_values import SETTINGS
from alseg.data.public.catalogue import Listing, facts, size
from alseg.data.public.description import PublicDataset
from alseg.data.public.get import get, version
from alseg.data.public.home import data_home, downloads
from alseg.data.public.load import PUBLIC_255
from alseg.data.public.registry import datasets, find
from alseg.errors import ConfigError
from alseg.terminal import say


def main(arguments: Sequence[str]) -> int:
    """Get, convert, list or check data sets."""
    parser = argparse.ArgumentParser(prog="alseg data", description="Get, convert and look at data sets.")
    actions = parser.add_subparsers(dest="action", required=True)
    getting = actions.add_parser(
        "get",
        help="download and convert a public data set, so that data=NAME finds it",
        description="Download and convert a public data set, so that data=NAME finds it.",
    )
    getting.add_argument("name", metavar="NAME", help="one of alseg data list")
    getting.add_argument("--to", type=Path, metavar="DIR", help="the folder to be (default: $ALSEG_DATA_HOME/NAME)")
    getting.add_argument(
        "--from", type=Path, metavar="DIR", dest="source", help="folder with the publisher's files: no download"
    )
    getting.add_argument("--yes", action="store_true", help="do not ask before the download")
    getting.add_argument(
        "--accept-differences", action="store_true", help="keep it although the counts are not the publisher's"
    )
    data_convert.add(actions)
    data_index.add(actions)
    actions.add_parser(
        "list",
        help="the public data sets: task, counts, size, licence, and what they need",
        description="List the public data sets: task, counts, size, licence, and what they need.",
    )
    checking = actions.add_parser(
        "check",
        help="say what a manifest folder holds, or what is wrong with it",
        description="Say what a manifest folder holds, or what is wrong with it; nothing is changed.",
    )
    checking.add_argument(
        "path", type=Path, metavar="PATH", help="a folder with manifest.csv, or the NAME of a public data set"
    )
    checking.add_argument(
        "--size",
        metavar="N",
        help="as data.size: N or [H,W], to which a training would bring them (default: as configured)",
    )
    checking.add_argument("--fit", choices=FITS, default=FITS[0], help="as data.fit (default: %(default)s)")
    checking.add_argument(
        "--where", metavar="{COLUMN:VALUE}", help="as data.where: only rows with this value, or [A,B]"
    )
    checking.add_argument("--mask", metavar="COLUMN", help="column with the masks, as data.mask=COLUMN (default: mask)")
    checking.add_argument("--region", metavar="COLUMN", help="column with what to cut out, as data.region=COLUMN")
    checking.add_argument("--mask-255", choices=SETTINGS, help="as data.mask_255: what 255 is in the masks, if it asks")
    checking.add_argument("--follow-links", action="store_true", help="as data.follow_links=true")
    data_duplicates.add(checking)
    options = parser.parse_args(arguments)
    if options.action == "get":
        return _get(find(options.name), options)
    if options.action == "convert":
        return data_convert.run(options)
    if options.action == "index":
        return data_index.run(options)
    if options.action == "list":
        say(Listing(list(datasets().values())))
        return 0
    return _check(options)


def _get(dataset: PublicDataset, options: argparse.Namespace) -> int:
    say("\n".join([f"{dataset.name}:", *facts(dataset)]))
    if options.source is None and not options.yes:
        _confirm(dataset)
    folder, differences = get(dataset, options.to, options.source, options.accept_differences)
    for difference in differences:
        print(f"alseg data: {dataset.name}: {difference}; accepted", file=sys.stderr)
    if which := version(folder):
        say(f"{dataset.name}: version {which}")
    elsewhere = "" if folder == (data_home() / dataset.name).absolute() else f" data.root={folder}"
    say(f"{folder}: done. Use it with: alseg run data={dataset.name}{elsewhere}")
    kept = [path for path in downloads(dataset.name).glob("*") if path.is_file()]
    if options.source is None and kept:
        say(
            f"{downloads(dataset.name)}: {size(sum(path.stat().st_size for path in kept))} of downloads that may be removed"
        )
    return 0


def _confirm(dataset: PublicDataset) -> None:
    if not dataset.downloadable:
        return  # the download itself says what to do
    if not sys.stdin.isatty():
        raise ConfigError(f"get {dataset.name}: there is no terminal to confirm the download; add --yes")
    amount = f" of {size(dataset.nbytes)}" if dataset.nbytes else ""
    if input(f"Download{amount} and use it under this licence? [y/N] ").strip().lower() not in ("y", "yes"):
        raise ConfigError(f"get {dataset.name}: not downloaded")


def _check(options: argparse.Namespace) -> int:
    public = datasets().get(str(options.path)) if not options.path.exists() else None
    root: Path = options.path
    known: dict[str, Any] = {"mask_255": options.mask_255}
    if public is not None:
        root = data_home() / public.name
        known = {"name": public.name, "classes": public.classes, "mask_255": options.mask_255 or PUBLIC_255}
    size = _configured_size(public.name if public else "folder") if options.size is None else _size(options.size)
    where = None if options.where is None else read_where(options.where)
    known |= {name: getattr(options, name) for name in ("mask", "region", "fit", "follow_links")}
    say(check(root, size, where=where, key_255="--mask-255", **known))
    data_duplicates.run(options, root)
    return 0


def _configured_size(name: str) -> int | list[int]:
    """``data.size`` of a run that does not set it."""
    own = datasets()[name].settings if name in datasets() else {}
    size = own.get("size", cast(DictConfig, OmegaConf.load(paths.conf() / "data" / "folder.yaml")).get("size"))
    if size is None:
        raise ConfigError("conf/data/folder.yaml: it has no size")
    return int(cast(int, size)) if not isinstance(size, Sequence) else list(size)


def _size(text: str) -> int | list[int]:
    sides = text.strip("[] ").split(",")
    if not all(side.strip().isdecimal() for side in sides):
        raise ConfigError(f"--size {text}: it must be a positive number of pixels or [height,width]")
    return int(sides[0]) if len(sides) == 1 else [int(side) for side in sides]
