"""``alseg map``: the map of a run or of a data set, as a page and a picture."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.data.dataset import Dataset
from alseg.embeddings.embedding import Embedding
from alseg.errors import AlsegError, ConfigError
from alseg.files import atomic, csv_text
from alseg.identity.content import changes, content_of
from alseg.maps.feature_map import FeatureMap
from alseg.maps.from_data import map_of_data
from alseg.maps.from_run import map_of_run
from alseg.maps.map_file import Places, write_places
from alseg.maps.write_map import write_map
from alseg.runs.record import recorded
from alseg.runs.run_config import config_of, existing_root
from alseg.runs.run_folder import RunFolder
from alseg.terminal import say, working

USAGE = """alseg map RUN [data.root=PATH] [--colour COLUMN] [--out DIR]
       alseg map --data KEY=VALUE ... [--colour COLUMN] --out DIR"""

EPILOG = """examples:
  alseg map runs/first
  alseg map runs/first --colour site
  alseg map --data data=folder data.root=scans data.size=128 cold_start=cluster_fps budget.initial=20 --out map

With --data, settings are those of alseg run: data, embedding, map, cold_start, budget.initial and seed count. All images
are mapped and may be picked, or the split `train` of the manifest if it has one; where only some have a label, those are
shown and count as labelled, and the others may be picked. DIR gets map.html, map.png, map.svg,
map.csv (id,x,y,cluster,group) and picks.csv (order,id,group,reason and the manifest's other columns)."""


def main(arguments: Sequence[str]) -> int:
    """Write the map of a run or a data set."""
    parser = argparse.ArgumentParser(
        prog="alseg map",
        usage=USAGE,
        description="A page on which each image is a point near those like it, with what was picked, when and why.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="RUN or KEY=VALUE", help="a run folder; with --data, settings")
    parser.add_argument("--data", action="store_true", help="map a data set, without a run")
    parser.add_argument("--colour", metavar="COLUMN", help="column of the manifest that colours the points")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the map goes (default: the run folder)")
    options = parser.parse_intermixed_args(arguments)
    if options.data:
        if options.out is None:
            raise ConfigError("--out: say where the map of the data set goes, as in --out map")
        out, map_ = options.out, _of_data(options.words, options.colour)
        _write_tables(map_, out)
    else:
        if not options.words:
            raise ConfigError("name a run folder, or with --data a data set; alseg map --help")
        run = Path(options.words[0])
        out, map_ = options.out or run, _of_run(run, options.words[1:], options.colour)
    with working(f"drawing {len(map_)} images"):
        page, *_ = write_map(map_, out)
    there = "" if map_.labelled is None else f", {sum(map_.labelled)} of which have a label"
    say(f"Map of {len(map_)} images{there}: {page} ({page.stat().st_size / 1e6:.1f} MB)")
    return 0


def _of_run(path: Path, overrides: Sequence[str], colour: str | None) -> FeatureMap:
    run = RunFolder(path)
    config = config_of(run, overrides)
    existing_root(run, config)
    with working("loading the data set"):
        dataset: Dataset = instantiate(config.data)
        began, now = recorded(run), content_of(dataset)
    changed = [] if began is None else changes(began, now, ["ids", *now.parts])
    if changed:
        say(f"Note: the data set has changed since {path} began: {'; '.join(changed)}; the map shows it as it is now.")
    return map_of_run(run, dataset, colour)


def _of_data(overrides: Sequence[str], colour: str | None) -> FeatureMap:
    config = compose(overrides)
    if config.seed < 0:
        raise ConfigError(f"seed={config.seed}: a seed is 0 or more")
    if "_target_" not in config.embedding:
        raise ConfigError(f"embedding={config.embedding.name}: it needs a trained model; choose packaged or another")
    if "_target_" not in config.map:
        raise ConfigError("map=none: there is nothing to show without one; choose map=tsne")
    embedding: Embedding = instantiate(config.embedding)
    tsne, cold_start = instantiate(config.map), instantiate(config.cold_start)
    with working("loading the data set"):
        dataset: Dataset = instantiate(config.data)
    return map_of_data(dataset, embedding, tsne, cold_start, config.budget.initial, config.seed, colour)


def _write_tables(map_: FeatureMap, out: Path) -> None:
    try:
        write_places(out / "map.csv", Places(map_.ids, map_.xy, map_.clusters, map_.groups))
        row_of = {id_: row for row, id_ in enumerate(map_.ids)}
        with atomic(out / "picks.csv") as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("order", "id", "group", "reason", *map(csv_text, map_.metadata)))
            for round_ in map_.rounds:
                for order, (id_, why) in enumerate(zip(round_.picks, round_.reasons), start=1):
                    row = row_of[id_]
                    texts = (id_, map_.groups[row], why, *(cells[row] for cells in map_.metadata.values()))
                    writer.writerow((order, *map(csv_text, texts)))
    except OSError as error:
        raise AlsegError(f"{out}: the map cannot be written there ({error.strerror or error})") from error
