"""From the publisher's files to a data set, all or nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from filelock import FileLock, Timeout

from alseg.data.public.description import Archive, PublicDataset
from alseg.data.public.differences import differences
from alseg.data.public.download import download, verify
from alseg.data.public.home import data_home
from alseg.data.public.source import Source
from alseg.data.public.unpack import is_archive, unpack
from alseg.data.public.write import write
from alseg.errors import DataError
from alseg.terminal import working


def get(
    dataset: PublicDataset,
    to: Path | None = None,
    source: Path | None = None,
    accept_differences: bool = False,
    progress: bool = True,
) -> tuple[Path, list[str]]:
    """Fetch, unpack, convert and verify a data set.

    Everything is done in a hidden folder beside the goal, which takes its name when it is complete.

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
    goal = (to or data_home() / dataset.name).expanduser().absolute()
    if goal.exists() and (not goal.is_dir() or any(goal.iterdir())):
        raise DataError(f"{goal}: it is there already; remove it first, or give another folder with --to DIR")
    if source is not None and not source.is_dir():
        raise DataError(f"{source}: no such folder; --from takes the folder that holds the files of {dataset.name}")
    with _workplace(goal) as work:
        found = _source(dataset, source, work, progress)
        result = work / "set"
        result.mkdir()
        total = dataset.expected.images or 0
        counts = write(dataset.convert(found), dataset.task, result, work / "raw", total, progress)
        if not counts.images:
            raise DataError(
                f"{dataset.name}: {found.where} holds none of its images; is it the publisher's, and complete?"
            )
        wrong = differences(dataset.expected, counts)
        if wrong and not accept_differences:
            raise DataError(
                f"{dataset.name}: {'; '.join(wrong)}. If this is what you want to use, add --accept-differences"
            )
        note = {
            "name": dataset.name,
            "title": dataset.title,
            "homepage": dataset.homepage,
            "doi": dataset.doi,
            "licence": dataset.licence,
            "citation": dataset.citation,
            "differences": wrong,
            "converted": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }
        (result / "source.json").write_text(json.dumps(note, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if goal.exists():
            goal.rmdir()
        result.rename(goal)
    return goal, wrong


@contextmanager
def _workplace(goal: Path) -> Iterator[Path]:
    """A folder that is gone afterwards, whatever happens; a wreck of a killed process is cleared away first."""
    work = goal.with_name(f".{goal.name}.part")
    lock = goal.with_name(f".{goal.name}.lock")
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock, timeout=0):
            if work.exists():
                shutil.rmtree(work)
            (work / "raw").mkdir(parents=True)
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)
                lock.unlink(missing_ok=True)
    except Timeout as error:
        raise DataError(f"{goal}: another process is making it; wait for that one") from error
    except PermissionError as error:
        raise DataError(f"{error.filename}: it cannot be written to; give another folder with --to DIR") from error
    except OSError as error:
        raise DataError(f"{goal}: {error.strerror or error}; give another folder with --to DIR") from error


def _source(dataset: PublicDataset, given: Path | None, work: Path, progress: bool) -> Source:
    """The publisher's files, unpacked."""
    if given is None:
        paths = [download(dataset, archive, progress) for archive in _downloads(dataset)]
    elif dataset.archives:
        paths = [given / archive.name for archive in dataset.archives if (given / archive.name).is_file()]
        for archive in dataset.archives:
            if given / archive.name in paths:
                verify(dataset, archive, given / archive.name)
    else:
        paths = sorted(path for path in given.iterdir() if path.is_file() and is_archive(path))
    roots = []
    for path in paths:
        if is_archive(path):
            with working(f"unpacking {path.name}"):
                roots.append(work / "raw" / path.name)
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
