"""Get a public data set from the publisher's files, all or nothing."""

from __future__ import annotations

import importlib.util
import json
from datetime import datetime, timezone
from pathlib import Path

from alseg.data.convert.whole import whole
from alseg.data.convert.write_items import write
from alseg.data.public.description import Archive, PublicDataset
from alseg.data.public.differences import closest
from alseg.data.public.download import download, verify
from alseg.data.public.home import data_home
from alseg.data.public.source import Source
from alseg.data.public.trouble import one_line
from alseg.data.public.unpack import is_archive, unpack
from alseg.errors import DataError
from alseg.terminal import working

NOTE = "source.json"
"""File beside the manifest that names the data set and its version."""


def get(
    dataset: PublicDataset,
    to: Path | None = None,
    source: Path | None = None,
    accept_differences: bool = False,
    progress: bool = True,
) -> tuple[Path, list[str]]:
    """Fetch, unpack, convert and verify a data set.

    Everything is done in a hidden folder beside the goal; see `whole`.

    Args:
        dataset: what to get.
        to: the folder to be; by default `data_home` / its name.
        source: folder with the publisher's files, packed or unpacked, instead of downloads.
        accept_differences: keep the data set although the publisher's counts are others.
        progress: show bars, where stderr is a terminal.

    Returns:
        The folder, and the differences that were accepted.

    Raises:
        DataError: one line; nothing is left behind but what was downloaded.
    """
    if dataset.package and importlib.util.find_spec(dataset.package) is None:
        raise DataError(f'{dataset.name}: it is read with {dataset.package}; pip install "alseg[{dataset.name}]"')
    goal = (to or data_home() / dataset.name).expanduser().absolute()
    if source is not None and not source.is_dir():
        raise DataError(f"{source}: no such folder; --from takes the folder that holds the files of {dataset.name}")
    with whole(goal) as work:
        files = _files(dataset, source, progress)
        with one_line(dataset.name, work.result):
            found = _unpacked(dataset, source, files, work.raw)
            total = dataset.expected.images or 0
            counts = write(dataset.convert(found), dataset.task, work.result, work.raw, total, progress)
        if not counts.images:
            raise DataError(
                f"{dataset.name}: {found.where} holds none of its images; is it the publisher's, and complete?"
            )
        stated, wrong = closest(dataset, counts)
        if wrong and not accept_differences:
            raise DataError(
                f"{dataset.name}: {'; '.join(wrong)}. If this is what you want to use, add --accept-differences"
            )
        note = {
            "name": dataset.name,
            "title": dataset.title,
            "version": "" if wrong else stated.version,
            "homepage": dataset.homepage,
            "doi": dataset.doi,
            "licence": dataset.licence,
            "citation": dataset.citation,
            "differences": wrong,
            "converted": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }
        (work.result / NOTE).write_text(json.dumps(note, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return goal, wrong


def version(folder: Path) -> str:
    """Version of the data set in a folder, as `get` noted it; empty where there is only one."""
    return str(json.loads((folder / NOTE).read_text(encoding="utf-8"))["version"])


def _files(dataset: PublicDataset, given: Path | None, progress: bool) -> list[Path]:
    """The publisher's files, verified where there is something to verify them by."""
    if given is None:
        paths = [download(dataset, archive, progress) for archive in _downloads(dataset)]
    elif dataset.archives:
        paths = [given / archive.name for archive in dataset.archives if (given / archive.name).is_file()]
        for archive in dataset.archives:
            if given / archive.name in paths:
                verify(dataset, archive, given / archive.name)
    else:
        paths = sorted(path for path in given.iterdir() if path.is_file() and is_archive(path))
    return paths


def _unpacked(dataset: PublicDataset, given: Path | None, paths: list[Path], raw: Path) -> Source:
    roots = []
    for path in paths:
        if is_archive(path):
            with working(f"unpacking {path.name}"):
                roots.append(raw / path.name)
                roots[-1].mkdir()
                unpack(path, roots[-1])
    files = [path for path in paths if not is_archive(path)]
    return Source(dataset.name, [*roots, *([given] if given else [])], files, str(given or "what was downloaded"))


def _downloads(dataset: PublicDataset) -> tuple[Archive, ...]:
    if not dataset.archives:
        raise DataError(
            f"{dataset.name}: it is not for download here; fetch its files from {dataset.homepage} and give their folder with "
            "--from DIR"
        )
    return dataset.archives
