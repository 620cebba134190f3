"""Many files are placed several at once: in order, and with one line for a broken one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alseg.cli import main
from alseg.data.convert import workers
from alseg.data.convert.item import Item
from benchmarks.data import save_all, write_tiles


@pytest.fixture(params=["threads", "processes"], autouse=True)
def few(request, monkeypatch):
    """Of 135 tiles none, or all but nine, are for processes."""
    if request.param == "processes":
        monkeypatch.setattr(workers, "FEW", 9)
        monkeypatch.setattr(workers, "BATCH", 16)


def get(tiles: Path, to: Path) -> int:
    return main(["data", "get", "crc100k", "--from", str(tiles), "--to", str(to), "--accept-differences"])


@pytest.mark.slow
def test_the_reference_of_the_benchmark_does_the_same_work(tmp_path):
    tiles = tmp_path / "tiles"
    write_tiles(tiles, 135)
    assert get(tiles, tmp_path / "set") == 0
    lines = (tmp_path / "set/manifest.csv").read_text().splitlines()
    assert len(lines) == 136
    assert sum(line.endswith(",test") for line in lines) == 2 * 9  # blocks 0 and 14 of nine tiles
    names = [line.split(",")[0] for line in lines[1:]]
    assert names == sorted(names, key=lambda name: (name.split("-")[1].startswith("C"), name))
    (tmp_path / "loop").mkdir()
    save_all(sorted(tiles.rglob("*.tif")), tmp_path / "loop")
    for path in (tmp_path / "loop").iterdir():
        ours = tmp_path / "set/images" / path.name
        assert np.array_equal(np.asarray(Image.open(ours)), np.asarray(Image.open(path)))


@pytest.mark.slow
def test_a_broken_file_among_many(tmp_path, capfd):
    tiles = tmp_path / "tiles"
    write_tiles(tiles, 135)
    (broken,) = tiles.rglob("TUM-N000107.tif")
    broken.write_bytes(broken.read_bytes()[:-1000])
    assert get(tiles, tmp_path / "set") == 2
    error = capfd.readouterr().err
    assert "TUM-N000107.tif: it cannot be decoded" in error
    assert error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiles"]


@pytest.mark.slow
def test_the_same_name_twice_leaves_nothing(tmp_path, capfd):
    tiles = tmp_path / "tiles"
    write_tiles(tiles, 135)
    (one,) = tiles.rglob("ADI-N000009.tif")
    (tiles / "CRC-VAL-HE-7K/ADI" / one.name).write_bytes(one.read_bytes())
    assert get(tiles, tmp_path / "set") == 2
    assert "the id 'ADI-N000009' comes twice" in capfd.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiles"]


@pytest.mark.slow
def test_items_keep_their_order_whoever_places_them(tmp_path, monkeypatch):
    """Files and made pixels in turns: a batch of files ends where pixels are made, which no process is given."""
    monkeypatch.setattr(workers, "FEW", 2)
    Image.new("L", (4, 4)).save(tmp_path / "x.png")
    made = [number in (1, 5, 6, 9) for number in range(12)]
    items = [
        Item(f"i{n}", (lambda: np.zeros((4, 4), np.uint8)) if m else tmp_path / "x.png") for n, m in enumerate(made)
    ]
    batches = [([item.id for item in batch], of_files) for batch, of_files in workers._batches(items)]
    assert [id_ for ids, _ in batches for id_ in ids] == [item.id for item in items]
    assert batches[2:] == [
        (["i2", "i3", "i4"], True),
        (["i5"], False),
        (["i6"], False),
        (["i7", "i8"], True),
        (["i9"], False),
        (["i10", "i11"], True),
    ]
    placed = list(workers.placed(items, tmp_path, None))
    assert [places.image for _, places in placed] == [f"images/i{n}.png" for n in range(12)]
