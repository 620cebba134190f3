"""Collect what was labelled in a run, out of its folder and its data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from alseg.composition.instantiate import instantiate
from alseg.data.dataset import Dataset
from alseg.data.file_size import size_of_file, target_of
from alseg.data.fit import places_of
from alseg.data.images import read_header, read_mask
from alseg.data.manifest import read_manifest
from alseg.data.region import Region, read_regions
from alseg.errors import DataError, RunFolderError
from alseg.handover.file_names import file_names
from alseg.handover.labels import Label, Labels, Source
from alseg.handover.preprocessing import Preprocessing
from alseg.handover.spec import spec_of
from alseg.learners.learner import DataSpec
from alseg.runs.ledger import Ledger
from alseg.runs.run_config import existing_root
from alseg.runs.run_folder import RunFolder


class Answered(NamedTuple):
    """One answer as ledger and run folder have it."""

    id: str
    target: NDArray[Any]
    round: int
    asked: int
    order: int
    annotator: str
    seconds: float


def labels_of_run(run: RunFolder, config: DictConfig) -> Labels:
    """Collect the labels.

    Raises:
        RunFolderError: if nothing is labelled yet, or the data set is not there or not that of the run.
    """
    ledger = Ledger(run.ledger, writable=False)
    spec = spec_of(run, config, ledger)
    answered = list(_answered(run, ledger))
    if not answered:
        raise RunFolderError(f"{run.path}: nothing is labelled yet")
    ids = [one.id for one in answered]
    sources = _of_files(run, config, spec, set(ids)) if existing_root(run, config) else _of_arrays(config, set(ids))
    gone = next((id_ for id_ in ids if id_ not in sources), None)
    if gone is not None:
        raise RunFolderError(
            f"{run.path}: {gone!r} was labelled, and its data set has no such image; has data.root changed?"
        )
    return Labels(
        run=run.path,
        name=str(config.data.get("name") or run.path.name),
        task=spec.task,
        classes=spec.classes,
        channels=spec.channels,
        window=Preprocessing.of(config.data, spec.size, spec.channels).window,
        labels=tuple(_label(run, one, name, sources[one.id], spec) for one, name in zip(answered, file_names(ids))),
        refused=tuple(ledger.refused),
    )


def _answered(run: RunFolder, ledger: Ledger) -> Iterator[Answered]:
    asked = {id_: (e["round"], order) for e in ledger.of("queried") for order, id_ in enumerate(e["ids"], start=1)}
    for event in ledger.of("annotated"):
        ids, targets = run.load_annotations(event["round"])
        if ids != list(event["ids"]):
            raise RunFolderError(
                f"{run.round(event['round'])}: its annotations are not those of the ledger; it was damaged"
            )
        annotators = event.get("annotators") or [event["annotator"]] * len(ids)
        for id_, target, annotator, seconds in zip(ids, targets, annotators, event["cost"]):
            query, order = asked.get(id_, (event["round"], 0))
            yield Answered(id_, target, event["round"], query, order, str(annotator), float(seconds))


def _of_files(run: RunFolder, config: DictConfig, spec: DataSpec, ids: set[str]) -> dict[str, Source]:
    """The images by the manifest; only headers are read."""
    data: Any = OmegaConf.to_container(config.data, resolve=True)
    root = existing_root(run, config)
    assert root is not None
    links = bool(data.get("follow_links"))
    manifest = read_manifest(root, data.get("where"), data.get("mask"), follow_links=links)
    preprocessing = Preprocessing.of(config.data, spec.size, spec.channels)
    rows = [row for row, id_ in enumerate(manifest.ids) if id_ in ids]
    regions: Sequence[Region | None] = [None] * len(manifest.ids)
    if preprocessing.region is not None:
        sizes = [read_header(path).size for path in manifest.images]
        regions = read_regions(manifest, preprocessing.region, sizes)
    texts = manifest.metadata.astype(str)
    found = {}
    for row in rows:
        place, size = preprocessing.place(manifest.images[row], regions[row])
        spacing = (
            None if manifest.spacing is None else (float(manifest.spacing[row, 0]), float(manifest.spacing[row, 1]))
        )
        metadata = {str(name): str(cell) for name, cell in texts.iloc[row].items()}
        found[manifest.ids[row]] = Source(manifest.images[row], size, place, manifest.groups[row], metadata, spacing)
    return found


def _of_arrays(config: DictConfig, ids: set[str]) -> dict[str, Source]:
    """The images of a data set that is computed, such as a phantom."""
    dataset: Dataset = instantiate(config.data)
    places = places_of(dataset)
    return {
        id_: Source(None, size_of_file(dataset, row), places[id_], dataset.groups[row], pixels=dataset.images[row])
        for row, id_ in enumerate(dataset.ids)
        if id_ in ids
    }


def _label(run: RunFolder, one: Answered, name: str, source: Source, spec: DataSpec) -> Label:
    answer = _answer(run, one, source, spec) if spec.task == "segmentation" else None
    return Label(one.id, name, source, one.target, one.round, one.order, one.annotator, one.seconds, answer)


def _answer(run: RunFolder, one: Answered, source: Source, spec: DataSpec) -> NDArray[np.uint8] | None:
    """The file that was answered with, if the run has it and was trained with what it says."""
    path = run.path / "requests" / f"round-{one.asked:02d}" / "answers" / f"{one.id}.png"
    if "/" in one.id or not path.is_file():
        return None
    try:
        mask, _ = read_mask(path, read_header(path).size)
    except DataError:
        return None
    if mask.shape != source.size or not np.array_equal(target_of(mask, source.place, spec.size), one.target):
        return None
    return mask
