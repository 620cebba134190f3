"""Converting tiles: ``python -m benchmarks.data``.

CRC100K's layout with N uncompressed TIFF tiles of 224x224 in colour, unpacked in a folder, becomes a data set: every tile
is decoded, to be sure of it, and written to its new place, with a manifest. Beside it a bare Pillow loop over the same
files in two processes, which opens, decodes and saves each, and no more. Before each, the files are read once, so that
both find them in memory. Peak memory of the conversion is that of a process of its own, for a quarter of the tiles and
for all of them: it should not grow with their number.

Seen on two cores: 0.95 (4.5 s; 1.93 with threads alone, of which two are no faster than one on small files), memory 1.02.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from alseg.data.public.get import get
from alseg.data.public.registry import find
from alseg.data.public.sets.crc100k import CLASSES
from benchmarks.measure import Ratio, alternately, own_peak_memory, peak_memory, seconds

SIDE = 224
PROCESSES = 2
REPEATS = 3
GROWTH = 1.2
"""Largest ratio allowed of the peak memory of all tiles to that of a quarter of them."""


def write_tiles(root: Path, n: int) -> None:
    """N tiles of noise in the publisher's folders, a fourteenth of them in the test set, as there."""
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (16, SIDE, SIDE, 3), dtype=np.uint8)
    for i in range(n):
        label = CLASSES[i % len(CLASSES)]
        top = "CRC-VAL-HE-7K" if i // len(CLASSES) % 14 == 0 else "NCT-CRC-HE-100K"
        path = root / top / label / f"{label}-{top[0]}{i:06d}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(tiles[i % len(tiles)]).save(path)


def convert(tiles: Path, to: Path) -> None:
    """Convert as ``alseg data get crc100k --from tiles --to to --accept-differences`` does."""
    get(find("crc100k"), to, tiles, accept_differences=True, progress=False)


def bare(tiles: Path, to: Path) -> None:
    """The plain reference: half of the files in each of two processes."""
    to.mkdir()
    files = sorted(tiles.rglob("*.tif"))
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        pool.starmap(save_all, [(files[i::PROCESSES], to) for i in range(PROCESSES)])


def save_all(files: Sequence[Path], to: Path) -> None:
    """Open, decode and save."""
    for path in files:
        with Image.open(path) as image:
            image.load()
            image.save(to / path.name)


def main() -> int:
    """Print every figure; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiles", type=int, default=6_000, help="default: %(default)s")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="default: %(default)s")
    parser.add_argument("--folder", type=Path, help="where to write; default: the folder for temporary files")
    parser.add_argument("--convert", nargs=2, type=Path, metavar=("TILES", "TO"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.convert:
        convert(*options.convert)
        print(own_peak_memory())
        return 0
    print(f"{os.cpu_count()} CPUs, {options.tiles:,} tiles of {SIDE}x{SIDE}")
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        root = Path(temporary)
        write_tiles(root / "few", options.tiles // 4)
        write_tiles(root / "all", options.tiles)
        for path in (root / "all").rglob("*.tif"):
            path.read_bytes()
        ours, reference, ratio = alternately(lambda: _timed(convert, root), lambda: _timed(bare, root), options.repeats)
        name = f"converting {options.tiles:,} tiles over a bare Pillow loop in {PROCESSES} processes"
        ratios = [Ratio(name, ours, reference, "s", "<= 1", ratio <= 1, ratio)]
        peaks = {}
        for name in ("few", "all"):
            peaks[name] = peak_memory("benchmarks.data", "--convert", str(root / name), str(root / "out"))
            shutil.rmtree(root / "out")
        growth = peaks["all"] / peaks["few"]
        name = "peak memory of all tiles over that of a quarter"
        ratios.append(Ratio(name, peaks["all"], peaks["few"], "MiB", f"<= {GROWTH}", growth <= GROWTH, growth))
    for found in ratios:
        print(found)
    return 0 if all(found.met for found in ratios) else 1


def _timed(action: Callable[[Path, Path], None], root: Path) -> float:
    try:
        return seconds(lambda: action(root / "all", root / "out"))
    finally:
        shutil.rmtree(root / "out")


if __name__ == "__main__":
    sys.exit(main())
