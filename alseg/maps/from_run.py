"""Make the map of a run from its folder and its data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alseg.data.dataset import Dataset
from alseg.data.metadata import metadata_texts
from alseg.errors import RunFolderError
from alseg.maps.feature_map import FeatureMap, Round, check_colour
from alseg.maps.map_file import clusters_of, read_places
from alseg.maps.shown_classes import class_names, foreground_shares, labelled
from alseg.pictures.thumbnails import thumbnails
from alseg.runs.ledger import Event, Ledger
from alseg.runs.run_folder import RunFolder


def map_of_run(run: RunFolder, dataset: Dataset, colour: str | None = None) -> FeatureMap:
    """Join the places of ``map.csv`` with every query of the ledger, in finished and unfinished runs.

    Clusters are those of ``map.csv`` or, where it has none, those of the first query whose selector noted them.

    The metadata are those of the data set as it is now; ``colour`` is one of its columns.

    Raises:
        RunFolderError: if the folder holds no map or is damaged, or the data set is not that of the run.
        ConfigError: if there is no such column.
    """
    path = run.path / "map.csv"
    check_colour("--colour", colour, list(metadata_texts(dataset, ())))
    places = read_places(path)
    row_of = {id_: row for row, id_ in enumerate(dataset.ids)}
    strange = [id_ for id_ in places.ids if id_ not in row_of]
    if strange:
        raise RunFolderError(f"{path}: data set {dataset.name} has no image {strange[0]!r}; has data.root changed?")
    rows = np.array([row_of[id_] for id_ in places.ids], dtype=np.intp)
    ledger = Ledger(run.ledger, writable=False)
    rounds = tuple(_round(run, event, ledger) for event in ledger.of("queried"))
    mapped = set(places.ids)
    for round_ in rounds:
        for id_ in round_.picks:
            if id_ not in mapped:
                raise RunFolderError(
                    f"{path}: {id_!r}, picked in round {round_.number}, is not in it; was it cut short?"
                )
    metadata = metadata_texts(dataset, places.ids)
    there, known = labelled(dataset, rows), set(ledger.labelled)
    noted = (clusters for event in ledger.of("queried") if (clusters := _notes(event).get("clusters")))
    return FeatureMap(
        name=dataset.name,
        ids=places.ids,
        groups=tuple(dataset.groups[row] for row in rows),
        xy=places.xy,
        thumbnails=thumbnails(dataset.images, rows),
        classes=class_names(dataset, rows),
        shares=foreground_shares(dataset, rows),
        labelled=None if there is None else tuple(one or id_ in known for id_, one in zip(places.ids, there)),
        clusters=clusters_of(places.ids, next(noted, None)) if places.clusters is None else places.clusters,
        rounds=rounds,
        metadata=metadata,
        colour=colour,
    )


def _round(run: RunFolder, queried: Event, ledger: Ledger) -> Round:
    number = queried["round"]
    refused = set(ledger.refused)
    return Round(
        number=number,
        strategy=queried["strategy"],
        picks=tuple(queried["ids"]),
        reasons=tuple(queried.get("reasons") or reasons(queried["ids"], _notes(queried))),
        scores=_scores(run.round(number) / "scores.parquet"),
        refused=tuple(id_ for id_ in queried["ids"] if id_ in refused),
    )


def reasons(picks: list[str], notes: dict[str, Any]) -> tuple[str, ...]:
    """Reason of each pick in a ledger of an earlier version, as its selector noted it; empty where it noted nothing."""
    why = {pick["id"]: str(pick["why"]) for pick in notes.get("picks", ())}
    return tuple(why.get(id_, "") for id_ in picks)


def _notes(queried: Event) -> dict[str, Any]:
    return queried.get("notes") or {}


def _scores(path: Path) -> dict[str, float] | None:
    if not path.exists():
        return None
    try:
        table = pd.read_parquet(path, columns=["id", "score"])
    except (OSError, ValueError, KeyError) as error:  # pyarrow's own errors are among these
        raise RunFolderError(f"{path}: the scores cannot be read; the folder was damaged") from error
    return dict(zip(table["id"].astype(str), table["score"].astype(float)))
