"""Collect what was labelled in a run, out of its folder and its data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from alseg.composition.instantiate import instantiate
from alseg.data.dataset import Dataset
from alseg.data.file_size import size_of_file
from alseg.data.fit import places_of
from alseg.data.images import read_header
from alseg.data.manifest import read_manifest
from alseg.data.region import Region, read_regions
from alseg.errors import RunFolderError
from alseg.handover.answer_files import AnswerFiles
from alseg.handover.images import unlabelled
from alseg.handover.labels import Label, Labels, Source
from alseg.handover.preprocessing import Preprocessing
from alseg.handover.spec import spec_of
from alseg.learners.learner import DataSpec
from alseg.oracles.given import DATA_SET
from alseg.oracles.people.file_names import safe_names
from alseg.runs.ledger import Ledger
from alseg.runs.run_config import existing_root
from alseg.runs.run_folder import RunFolder

Sources: TypeAlias = tuple[dict[str, Source], tuple[str, ...]]


class Answered(NamedTuple):
    """One answer as ledger and run folder have it."""

    id: str
    target: NDArray[Any]
    round: int
    asked: int
    order: int
    reason: str
    annotator: str
    seconds: float


def labels_of_run(run: RunFolder, config: DictConfig, *, rest: bool = False) -> Labels:
    """Collect the labels.

    Args:
        run: the run.
        config: of the run.
        rest: collect the images too that could still be asked for.

    Raises:
        RunFolderError: if nothing is labelled yet, or the data set is not there or not that of the run.
    """
    ledger = Ledger(run.ledger, writable=False)
    spec = spec_of(run, config, ledger)
    answered = list(_answered(run, ledger))
    if not answered:
        raise RunFolderError(f"{run.path}: nothing is labelled yet")
    others = unlabelled(run, ledger) if rest else []
    ids = {*others, *(one.id for one in answered)}
    sources, every = _of_files(run, config, spec, ids) if existing_root(run, config) else _of_arrays(config, ids)
    gone = next((id_ for id_ in (*(one.id for one in answered), *others) if id_ not in sources), None)
    if gone is not None:
        raise RunFolderError(f"{run.path}: its data set has no image {gone!r} any more; has data.root changed?")
    oracle: Any = OmegaConf.to_container(config.get("oracle") or OmegaConf.create({}), resolve=True)
    files = AnswerFiles(run.path, oracle, safe_names(every))
    return Labels(
        run=run.path,
        name=str(config.data.get("name") or run.path.name),
        task=spec.task,
        classes=spec.classes,
        channels=spec.channels,
        window=Preprocessing.of(config.data, spec.size, spec.channels).window,
        labels=tuple(_label(one, sources[one.id], spec, files) for one in answered),
        rest=tuple((id_, files.names[id_], sources[id_]) for id_ in others),
        refused=tuple(ledger.refused),
    )


def _answered(run: RunFolder, ledger: Ledger) -> Iterator[Answered]:
    asked = {}
    for event in ledger.of("queried"):
        reasons = event.get("reasons") or [""] * len(event["ids"])
        for order, (id_, reason) in enumerate(zip(event["ids"], reasons), start=1):
            asked[id_] = (event["round"], order, reason)
    for event in ledger.of("annotated"):
        ids, targets = run.load_annotations(event["round"])
        if ids != list(event["ids"]):
            raise RunFolderError(
                f"{run.round(event['round'])}: its annotations are not those of the ledger; it was damaged"
            )
        annotators = event.get("annotators") or [event["annotator"]] * len(ids)
        for id_, target, annotator, seconds in zip(ids, targets, annotators, event["cost"]):
            query, order, reason = asked.get(id_, (event["round"], 0, ""))
            yield Answered(id_, target, event["round"], query, order, reason, str(annotator), float(seconds))


def _of_files(run: RunFolder, config: DictConfig, spec: DataSpec, ids: set[str]) -> Sources:
    """The images by the manifest, of which only headers are read, and all ids."""
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
        mask = None if manifest.masks is None else manifest.masks[row]
        group = manifest.groups[row]
        found[manifest.ids[row]] = Source(manifest.images[row], size, place, group, metadata, spacing, mask=mask)
    return found, manifest.ids


def _of_arrays(config: DictConfig, ids: set[str]) -> Sources:
    """The images of a data set that is computed, such as a phantom."""
    dataset: Dataset = instantiate(config.data)
    places = places_of(dataset)
    found = {
        id_: Source(None, size_of_file(dataset, row), places[id_], dataset.groups[row], pixels=dataset.images[row])
        for row, id_ in enumerate(dataset.ids)
        if id_ in ids
    }
    return found, dataset.ids


def _label(one: Answered, source: Source, spec: DataSpec, files: AnswerFiles) -> Label:
    answer = None
    if spec.task == "segmentation":
        candidates = files.of(one.id, one.asked)
        if one.annotator == DATA_SET and source.mask is not None:
            candidates = [source.mask]
        answer = files.mask(candidates, one.target, source.place, source.size, spec.classes)
    name = files.names[one.id]
    return Label(one.id, name, source, one.target, one.round, one.order, one.annotator, one.seconds, one.reason, answer)
