"""Downloads that go on where they stopped, and are used only when they are whole."""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

import pooch  # type: ignore[import-untyped]
import requests
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from alseg.data.public.description import Archive, PublicDataset
from alseg.data.public.home import data_home, downloads
from alseg.errors import DataError, reason_of
from alseg.files import write_text

MIRROR = "ALSEG_DATA_MIRROR"
"""Environment variable: a URL below which the files lie as ``NAME/FILE``, asked instead of the publishers."""
TIMEOUT = 60.0
"""Seconds without a byte after which a connection counts as lost."""
ATTEMPTS = 4
"""Connections for one file, each going on where the one before was lost."""
PAUSE = 1.0
"""Seconds before the second attempt; twice as long before the third, and so on."""
CHUNK = 2**16
"""Bytes that are written at a time, and at most lost with a connection."""


def download(dataset: PublicDataset, archive: Archive, progress: bool = True) -> Path:
    """Fetch one of the publisher's files, or find it where an earlier call put it.

    Proxies are those of the environment (``HTTPS_PROXY`` and so on). What was received before a lost connection is kept
    as ``FILE.part`` and completed by the next call; under its own name the file appears only when it is verified.

    Returns:
        The file.

    Raises:
        DataError: if it cannot be had, or its checksum is wrong.
    """
    url = _url(dataset, archive)
    folder = downloads(dataset.name)
    record = Checksums(data_home() / "checksums.json")
    key = f"{dataset.name}/{archive.name}"
    recorded = record.get(key)
    known = archive.checksums or ((recorded,) if recorded else ())
    target = folder / archive.name
    logging.getLogger("pooch").setLevel(
        logging.ERROR
    )  # it explains checksums at length; ours are explained in one line
    pooch.get_logger().setLevel("ERROR")
    stated = "the publisher states" if archive.checksum else "was recorded on the first download"
    wrong = DataError(
        f"{url}: what came is not what {stated} ({' or '.join(known)}); it was thrown away. Try again, or if the publisher "
        "has changed the file, fetch it by hand and give its folder with --from DIR"
    )
    several = len(known) > 1  # pooch verifies one checksum
    try:
        if several and target.exists() and not _is_one_of(target, known):
            target.unlink()
        one = known[0] if len(known) == 1 else None
        path = Path(pooch.retrieve(url, one, archive.name, folder, downloader=Resumed(target, progress)))
        if several and not _is_one_of(path, known):
            path.unlink()
            raise wrong
    except ValueError as error:  # pooch's for a wrong checksum; it has deleted the file
        raise wrong from error
    except OSError as error:
        raise DataError(
            f"{folder}: it cannot be written to ({error.strerror}); set ALSEG_DATA_HOME to another folder"
        ) from error
    if not known:
        record.put(key, "sha256:" + pooch.file_hash(str(path), "sha256"))
    return path


def verify(dataset: PublicDataset, archive: Archive, path: Path) -> None:
    """Check a file that the user brought against the publisher's checksum, where there is one.

    Raises:
        DataError: if they differ.
    """
    if archive.checksums and not _is_one_of(path, archive.checksums):
        algorithm = archive.checksums[0].partition(":")[0]
        wanted = " or ".join(checksum.partition(":")[2] for checksum in archive.checksums)
        raise DataError(
            f"{path}: its {algorithm} is not what the publisher states ({wanted}); it is damaged or another version, fetch "
            f"it again from {archive.url or dataset.homepage}"
        )


def _is_one_of(path: Path, checksums: tuple[str, ...]) -> bool:
    """True if a file has one of several checksums, ``algorithm:hex``."""
    stated = [checksum.partition(":") for checksum in checksums]
    found = {algorithm: pooch.file_hash(str(path), algorithm) for algorithm in {part[0] for part in stated}}
    return any(found[algorithm] == wanted for algorithm, _, wanted in stated)


class Checksums:
    """Checksums of the files when they came for the first time, where their publisher states none."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, key: str) -> str | None:
        """``algorithm:hex``, or None."""
        value = self._read().get(key)
        return str(value) if value else None

    def put(self, key: str, checksum: str) -> None:
        """Record one."""
        write_text(self.path, json.dumps(self._read() | {key: checksum}, indent=1, sort_keys=True) + "\n")

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise DataError(f"{self.path}: it cannot be read ({error}); move it away") from error
        return found if isinstance(found, dict) else {}


class Resumed:
    """A downloader for pooch that goes on with what an earlier attempt left.

    Args:
        path: where the file will be; what was received of it lies beside, as ``.part``, with the server's name for this
            version of the file as ``.part.version``, so that two versions are never mixed.
        progress: show a bar, where stderr is a terminal.
    """

    def __init__(self, path: Path, progress: bool) -> None:
        self.path = path
        self.part = path.with_name(f"{path.name}.part")
        self.version = path.with_name(f"{path.name}.part.version")
        self.progress = progress

    def __call__(self, url: str, output_file: str | Path, _pooch: object, check_only: bool = False) -> None:
        self.part.parent.mkdir(parents=True, exist_ok=True)
        problem = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE * 2 ** (attempt - 1))
            try:
                self._receive(url)
                break
            except requests.HTTPError as error:
                code, why = (
                    (error.response.status_code, error.response.reason) if error.response is not None else (0, "")
                )
                if 400 <= code < 500 and code not in (408, 416, 429):
                    raise DataError(f"{url}: the server answers {code} ({why}); {ELSEWHERE}") from error
                problem = f"the server answers {code}"
                if code == 416:  # what we have is longer than the file is now
                    self._forget()
            except requests.RequestException as error:
                problem = _reason(error)
        else:
            got = self.part.stat().st_size if self.part.exists() else 0
            kept = f"; {got / 1e6:.1f} MB are kept, and the same command goes on from there" if got else ""
            raise DataError(f"{url}: the download failed {ATTEMPTS} times ({problem}){kept}; {ELSEWHERE}")
        self.part.replace(output_file)
        self._forget()

    def _receive(self, url: str) -> None:
        have = self.part.stat().st_size if self.part.exists() and self.version.exists() else 0
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": self.version.read_text(encoding="utf-8")}
        with requests.get(url, stream=True, timeout=TIMEOUT, headers=headers) as response:
            response.raise_for_status()
            if response.status_code != 206:  # the server has another version, or cannot resume
                have = 0
                self._forget()
                etag = response.headers.get("ETag", "")
                version = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
                if version:
                    self.version.write_text(version, encoding="utf-8")
            total = have + int(response.headers.get("Content-Length") or 0)
            with _bar(self.path.name, have, total, self.progress) as bar, self.part.open("ab" if have else "wb") as out:
                task = bar.task_ids[0]
                for chunk in response.iter_content(CHUNK):
                    out.write(chunk)
                    bar.advance(task, len(chunk))
            got = self.part.stat().st_size
            if response.headers.get("Content-Length") and got != total:
                raise requests.ConnectionError(f"{got} of {total} bytes came")

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self.version.unlink(missing_ok=True)


ELSEWHERE = f"without a network, fetch the file elsewhere and give its folder with --from DIR, or set {MIRROR}"


def _url(dataset: PublicDataset, archive: Archive) -> str:
    mirror = os.environ.get(MIRROR)
    if mirror:
        return f"{mirror.rstrip('/')}/{dataset.name}/{archive.name}"
    if archive.url is None:
        raise DataError(
            f"{dataset.name}: {archive.name} is not for download ({dataset.homepage}); {dataset.needs or 'fetch it there'}, "
            "then give its folder with --from DIR"
        )
    return archive.url


def _reason(error: Exception) -> str:
    """The innermost cause in a few words: requests nests half a page."""
    while error.__cause__ or error.__context__:
        inner = error.__cause__ or error.__context__
        if not isinstance(inner, Exception):
            break
        error = inner
    return reason_of(error, 120)


def _bar(name: str, have: int, total: int, progress: bool) -> Progress:
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not (progress and console.is_terminal),
    )
    bar.add_task(name, total=total or None, completed=have)
    return bar
