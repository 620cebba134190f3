"""Record the data of a run when it begins, and compare them whenever it goes on."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from alseg.data.dataset import Dataset
from alseg.data.pool import PoolDataModule
from alseg.errors import RunFolderError
from alseg.identity import VERSION
from alseg.identity.content import Content, changes
from alseg.identity.sources import Sources
from alseg.runs.ledger import Ledger
from alseg.runs.metadata import record_metadata
from alseg.runs.run_folder import RunFolder

log = logging.getLogger(__name__)


def begin(
    ledger: Ledger, folder: RunFolder, pool: PoolDataModule, seed: int, content: Content, sources: Sources
) -> None:
    """Record the data that a run begins with or, if it has begun, check that they are still the same.

    The ledger's event ``started`` holds the number of labels that the pool brings along, where only some images have one, and
    the digest of every part, ``data.npz`` those of single images, to name the ones
    that change.

    Raises:
        RunFolderError: naming what has changed.
    """
    started = ledger.find("started", 0)
    if started is None:
        folder.save_content(content, sources.stamp)
        record_metadata(folder, pool)
        split = {name: len(ids) for name, ids in vars(pool.split).items()}
        groups = len(set(pool.groups(pool.split.pool)))
        parts = {"version": VERSION, **content.parts, "splits": _splits(pool)}
        weights = {"weights": dict(sources.weights)} if sources.weights else {}
        brought = {"labelled": len(pool.given)} if pool.dataset.has_target is not None else {}
        ledger.record(
            "started",
            0,
            seed=seed,
            split=split,
            groups=groups,
            data=parts,
            **weights,
            **brought,
            **_asked(pool.dataset),
        )
        return
    data = started.get("data")
    if isinstance(data, Mapping) and data.get("version") != VERSION:
        raise RunFolderError(
            f"run_dir={folder.path}: another version of alseg began this run, and recorded its data in another form "
            f"({data.get('version')}, not {VERSION}); go on with that version, or choose another run_dir"
        )
    differing = _differing(started, folder, pool, content, sources)
    if differing:
        raise RunFolderError(
            f"run_dir={folder.path}: {_subject(started, content)} has changed since this run began: "
            f"{'; '.join(differing)}; choose another run_dir"
        )
    record_metadata(folder, pool)


def _asked(dataset: Dataset) -> dict[str, Any]:
    """What a model of the run is made for: it predicts other images by this, where the data set is no longer there."""
    known: dict[str, Any] = {"task": dataset.task, "classes": list(dataset.classes), "unit": dataset.unit}
    return known | {"channels": dataset.channels, "size": list(dataset.size)}


def recorded_parts(started: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Digests in an event ``started``; None where this version can compare none."""
    data = (started or {}).get("data")
    if not isinstance(data, Mapping) or data.get("version") != VERSION:
        return None
    return {str(name): str(digest) for name, digest in data.items() if name not in ("version", "splits")}


def recorded(folder: RunFolder) -> Content | None:
    """Content that a run began with; None where it has not begun, or an earlier version recorded less than that."""
    parts = recorded_parts(Ledger(folder.ledger, writable=False).find("started", 0))
    if parts is None:
        return None
    ids, each = folder.load_content()
    return Content(parts, ids, each)


def differences(old: Content, new: Content) -> list[str]:
    """Describe the differences between two contents, the images' names first."""
    names = dict.fromkeys(["ids", *old.parts, *new.parts])
    return changes(old, new, list(names))


def _differing(
    started: Mapping[str, Any], folder: RunFolder, pool: PoolDataModule, content: Content, sources: Sources
) -> list[str]:
    data: Any = started.get("data")
    old = recorded_parts(started)
    if old is None:
        # A run of a version that recorded names alone goes on as it did then.
        if data != pool.fingerprint():
            return ["other images, groups or splits"]
        log.warning(
            "%s: this run was begun by an earlier version of alseg, which recorded no pixels, labels, spacing and cost: "
            "whether these have changed since is not known",
            folder.path,
        )
        return []
    ids, each = folder.load_content()
    found = differences(Content(old, ids, each), content)
    if not found and data["splits"] != _splits(pool):
        found = ["the order of the images, or which of them are in pool, validation and test set"]
    then = started.get("weights") or {}
    for key in sorted({*then, *sources.weights}):
        if then.get(key) != sources.weights.get(key):
            found.append(f"the file of {key}")
    return found


def _subject(started: Mapping[str, Any], content: Content) -> str:
    """Subject of the error: the data set or, where that is the same, whatever else the run reads."""
    old = recorded_parts(started)
    return "what it reads" if old == dict(content.parts) else "the data set"


def _splits(pool: PoolDataModule) -> str:
    ids = [pool.split.pool, pool.split.val, pool.split.test]
    return blake2b(json.dumps(ids).encode(), digest_size=16).hexdigest()
