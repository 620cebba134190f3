"""Arrays in memory, or in a cache of memory-mapped files where they are too large for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from filelock import FileLock
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from alseg.errors import FULL, DataError

FORMAT_VERSION = 2
"""Version of the cache; raise it whenever the same files would be decoded to other arrays, to drop old entries."""

Arrays = dict[str, NDArray[Any]]


class Spec(NamedTuple):
    """Shape and type of an array to come."""

    shape: tuple[int, ...]
    dtype: type[np.generic]

    @property
    def nbytes(self) -> int:
        """Bytes of the whole array."""
        return int(np.prod(self.shape, dtype=np.int64)) * np.dtype(self.dtype).itemsize


def in_memory(specs: Mapping[str, Spec], fill: Callable[[Arrays], None]) -> Arrays:
    """Make zeroed arrays, let ``fill`` write into them, and return them."""
    arrays: Arrays = {name: np.zeros(spec.shape, spec.dtype) for name, spec in specs.items()}
    fill(arrays)
    return arrays


def on_disk(
    specs: Mapping[str, Spec],
    fill: Callable[[Arrays], None],
    folder: Path,
    key: str,
    what: str = "the decoded images",
    advice: str = "set data.cache_dir to a larger disk or data.size to a smaller size",
    *,
    resumable: bool = False,
) -> Arrays:
    """Return the same arrays memory-mapped from ``folder/key``; ``fill`` is called only if they are not there yet.

    The arrays can be written to, but what is written stays in this process (copy-on-write). An entry appears under
    its name only when it is complete, and of several processes that want the same one a single one fills it.

    Args:
        specs: name, shape and type of each array.
        fill: writes into zeroed arrays that lie on disk already, so that memory stays flat.
        folder: the cache; made if missing.
        key: name of the entry, from `content_key`.
        what: the arrays in words, and
        advice: what to do where the disk is too full or the folder cannot be written, for the error.
        resumable: keep what a process that was killed or asked to end has written; ``fill`` then finds it, and has to
            know by one of the arrays how far it had come.

    Raises:
        DataError: if the folder cannot be written or its disk is too full.
    """
    entry = folder / key
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (arrays := _opened(entry, specs)) is not None:
            return arrays
        with FileLock(folder / f"{key}.lock"):
            if (arrays := _opened(entry, specs)) is None:
                _write(entry, specs, fill, what, advice, resumable)
                arrays = _opened(entry, specs)
    except OSError as error:
        raise DataError(f"{entry}: the cache is not usable ({error}); {advice}") from error
    if arrays is None:
        raise DataError(f"{entry}: the cache entry vanished while it was read; start again")
    return arrays


def content_key(files: Sequence[Path], parts: Iterable[object]) -> str:
    """Hash the content of ``files``, in their order, ``parts`` and the version of the cache, as the name of an entry."""

    def digest(path: Path) -> bytes:
        try:
            return blake2b(path.read_bytes(), digest_size=16).digest()
        except OSError as error:
            raise DataError(f"{path}: it cannot be read ({error.strerror}); check its permissions") from error

    total = blake2b(repr((FORMAT_VERSION, *parts)).encode(), digest_size=16)
    with ThreadPoolExecutor() as threads:
        for one in threads.map(digest, files):
            total.update(one)
    return total.hexdigest()


def default_folder() -> Path:
    """``$ALSEG_CACHE``, or ``~/.cache/alseg``."""
    return Path(os.environ.get("ALSEG_CACHE") or "~/.cache/alseg").expanduser()


def _opened(entry: Path, specs: Mapping[str, Spec]) -> Arrays | None:
    """Open the arrays of a complete entry; None if it is missing or incomplete, as after a disk failure."""
    arrays: Arrays = {}
    for name, spec in specs.items():
        try:
            array = np.load(entry / f"{name}.npy", mmap_mode="c", allow_pickle=False)
        except (FileNotFoundError, ValueError, EOFError):
            return None
        if array.shape != spec.shape or array.dtype != spec.dtype:
            return None
        arrays[name] = array
    return arrays


def _write(
    entry: Path, specs: Mapping[str, Spec], fill: Callable[[Arrays], None], what: str, advice: str, resumable: bool
) -> None:
    """Fill a temporary folder and rename it. The lock is held, so any existing entry is left over from a crash."""
    temporary = entry.with_name(f"{entry.name}.part")
    begun = resumable and _opened(temporary, specs) is not None
    for leftover in (entry,) if begun else (temporary, entry):
        if leftover.exists():
            shutil.rmtree(leftover)
    needed, free = 0 if begun else sum(spec.nbytes for spec in specs.values()), shutil.disk_usage(entry.parent).free
    if needed > free:
        raise DataError(f"{entry.parent}: {what} need {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; {advice}")
    temporary.mkdir(exist_ok=begun)
    try:
        arrays: dict[str, np.memmap[Any, Any]] = {
            name: open_memmap(temporary / f"{name}.npy", "r+" if begun else "w+", dtype=spec.dtype, shape=spec.shape)
            for name, spec in specs.items()
        }
        for name in specs:
            _reserve(temporary / f"{name}.npy")
        fill(dict(arrays))
        for array in arrays.values():
            array.flush()
        temporary.rename(entry)
    except BaseException as error:
        if not resumable or isinstance(error, Exception):  # what failed once would fail again
            shutil.rmtree(temporary, ignore_errors=True)
        raise


def _reserve(path: Path) -> None:
    """Take the blocks of a file from the disk now: a memory-mapped write to a full one kills the process without a word."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
            except OSError as error:
                if error.errno in FULL:
                    raise
