"""Unpack archives that anyone could have made."""

from __future__ import annotations

import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from gzip import GzipFile
from pathlib import Path, PurePosixPath
from typing import IO, cast

from alseg.errors import DataError, reason_of

HDF5 = ".h5.gz"
"""Suffix of one compressed file. Others that end with .gz are left alone: volumes (.nii.gz) are read as they are."""
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", HDF5)
LARGEST = 200 * 10**9
"""Bytes that an archive may unpack to; the largest data set known here has 30 GB."""
MOST = 2_000_000
"""Files that an archive may hold."""
RATIO = 200
"""Times that an archive may grow: medical images in formats of their own compress by far less."""
SMALL = 10**8
"""Bytes up to which the ratio says nothing: empty masks compress a thousandfold."""
CHUNK = 2**20


def is_archive(path: Path) -> bool:
    """True if the name is that of an archive that `unpack` can read."""
    return path.name.lower().endswith(ARCHIVES)


def unpack(archive: Path, into: Path) -> None:
    """Unpack a zip or tar file, only regular files, each below ``into``; or the one file of a ``.h5.gz``.

    Args:
        archive: the file.
        into: an existing folder that belongs to the caller.

    Raises:
        DataError: if the archive is broken, a path leads out of the folder, a link or a device is in it, or it unpacks to
            more than `LARGEST` bytes, `MOST` files or `RATIO` times its own size.
    """
    try:
        if archive.name.lower().endswith(".zip"):
            with zipfile.ZipFile(archive) as zipped:
                _write_all(_of_zip(zipped, archive), archive, into)
        elif archive.name.lower().endswith(HDF5):
            with GzipFile(archive) as file:
                _write_all(_of_gz(file, archive), archive, into)
        else:
            with tarfile.open(archive) as tarred:
                _write_all(_of_tar(tarred, archive), archive, into)
    except DataError:
        raise
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, NotImplementedError) as error:
        raise DataError(
            f"{archive}: it cannot be unpacked ({reason_of(error)}); it may be truncated, fetch it again"
        ) from error
    except (OSError, RuntimeError) as error:  # gzip raises BadGzipFile; zipfile RuntimeError where a password is needed
        raise DataError(f"{archive}: it cannot be unpacked ({reason_of(error)})") from error


def _of_zip(zipped: zipfile.ZipFile, archive: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    for member in zipped.infolist():
        if member.is_dir():
            continue
        mode = member.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise DataError(f"{archive}: {member.filename!r} is no regular file; links and devices are not unpacked")
        with zipped.open(member) as file:
            yield member.filename, member.file_size, file


def _of_tar(tarred: tarfile.TarFile, archive: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    for member in tarred:
        if member.isdir():
            continue
        if not member.isreg():
            raise DataError(f"{archive}: {member.name!r} is no regular file; links and devices are not unpacked")
        file = tarred.extractfile(member)
        assert file is not None  # of a regular file it never is
        yield member.name, member.size, file


def _of_gz(file: GzipFile, archive: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Yield the one member. Its size is not stated: at least about that of the archive, for images compress little."""
    yield archive.name[: -len(".gz")], archive.stat().st_size, cast(IO[bytes], file)


def _write_all(members: Iterator[tuple[str, int, IO[bytes]]], archive: Path, into: Path) -> None:
    packed = archive.stat().st_size
    limit = min(LARGEST, max(SMALL, RATIO * packed))
    written = 0
    for count, (name, size, file) in enumerate(members, start=1):
        path = _place(name, archive, into)
        if count > MOST or written + size > limit:
            raise DataError(
                f"{archive}: it unpacks to more than {limit / 1e9:.1f} GB or {MOST:,} files, which no data set known here does; "
                "if it is genuine, unpack it yourself and give the folder with --from DIR"
            )
        if written == 0 and shutil.disk_usage(into).free < size:
            raise DataError(f"{into}: the disk is full; give a folder on a larger one with --to DIR")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            while chunk := file.read(CHUNK):
                written += len(chunk)
                if written > limit:  # the size that the archive states may be a lie
                    raise DataError(f"{archive}: {name!r} unpacks to more than the archive says or may; it is not used")
                out.write(chunk)


def _place(name: str, archive: Path, into: Path) -> Path:
    """Place of a member; the same rules for what Windows takes for a path."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0] or "\0" in name:
        raise DataError(f"{archive}: {name!r} leads out of the folder it is unpacked to; the archive is not used")
    path = into.joinpath(*parts)
    if not path.resolve().is_relative_to(into.resolve()):
        raise DataError(f"{archive}: {name!r} leads out of the folder it is unpacked to; the archive is not used")
    return path
