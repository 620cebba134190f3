"""Make the map of a data set alone, with the images that a cold start would pick."""

from __future__ import annotations

import numpy as np

from alseg import randomness
from alseg.data.dataset import Dataset
from alseg.data.metadata import metadata_texts
from alseg.embeddings.cache import map_2d
from alseg.embeddings.dataset import embed_dataset
from alseg.embeddings.embedding import Embedding
from alseg.embeddings.tsne import TSNE
from alseg.errors import ConfigError
from alseg.maps.feature_map import FeatureMap, Round, check_colour
from alseg.maps.map_file import clusters_of
from alseg.maps.shown_classes import class_names, foreground_shares, labelled
from alseg.pictures.thumbnails import thumbnails
from alseg.selection.candidates import Candidates
from alseg.selection.reasons import reasons_of
from alseg.selection.volumes import select
from alseg.strategy import Strategy


def map_of_data(
    dataset: Dataset,
    embedding: Embedding,
    tsne: TSNE,
    cold_start: Strategy,
    n: int | None,
    seed: int,
    colour: str | None = None,
) -> FeatureMap:
    """Embed the data set, map it, and pick n first images; None: all.

    All images are mapped and can be picked, or those of the split ``train`` where the data set prescribes one: unlike in
    a run, nothing is set aside for a test. Those that have a label while others have none are not picked, and count as labelled.
    ``colour`` is a column of the manifest that colours the points.

    Raises:
        ConfigError: if the cold start needs a trained model, n is more than there are images, or there is no such column.
        DataError: if the embedding cannot be cached.
    """
    if cold_start.needs_model:
        raise ConfigError(f"cold_start={cold_start.name}: it needs a trained model, and there is none yet")
    metadata = metadata_texts(dataset, dataset.ids)
    check_colour("--colour", colour, list(metadata))  # before the images are embedded
    rows = np.arange(len(dataset), dtype=np.intp)
    if dataset.split is not None:
        rows = np.flatnonzero(np.array(dataset.split) == "train")
    ids = tuple(dataset.ids[row] for row in rows)
    there = labelled(dataset, rows)
    wait = [i for i in range(len(ids)) if there is None or not there[i]]
    known = [i for i in range(len(ids)) if there is not None and there[i]]
    most = dataset.count([ids[i] for i in wait])
    n = most if n is None else n
    if not 1 <= n <= most:
        which = dataset.units if there is None else f"{dataset.units} without a label"
        raise ConfigError(f"budget.initial={n}: from 1 to {most}, the {which} of {dataset.name}")
    if not cold_start.needs_embedding:  # as in a run
        embedding = embedding.at_most(*dataset.size)
    features = embed_dataset(embedding, dataset)[rows]  # of all images, as in a run, whose entry of the cache it shares
    xy = map_2d(features, tsne, seed)
    groups = tuple(dataset.groups[row] for row in rows)
    compared = xy if cold_start.space == "map" else features
    candidates = Candidates(
        tuple(ids[i] for i in wait),
        features=compared[wait],
        groups=tuple(groups[i] for i in wait),
        labelled_ids=tuple(ids[i] for i in known),
        labelled_features=compared[known],
        labelled_groups=tuple(groups[i] for i in known),
        on_map=cold_start.space == "map",
    )
    picks = (
        select(cold_start.selector, candidates, n, randomness.generator(seed, 0, "query"), dataset.volume_of)
        if cold_start.asks
        else []
    )
    notes = candidates.notes
    return FeatureMap(
        name=dataset.name,
        ids=ids,
        groups=groups,
        xy=xy,
        thumbnails=thumbnails(dataset.images, rows),
        classes=class_names(dataset, rows),
        shares=foreground_shares(dataset, rows),
        labelled=there,
        clusters=clusters_of(ids, notes.get("clusters")),
        rounds=(
            Round(
                0,
                cold_start.name,
                tuple(picks),
                tuple(reasons_of(cold_start.selector, candidates, picks, dataset.volume_of)),
            ),
        ),
        metadata={name: [cells[row] for row in rows] for name, cells in metadata.items()},
        colour=colour,
    )
