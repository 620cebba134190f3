from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import alseg.data.folder as folder_module
from alseg.data import cache
from alseg.data.cache import Spec, content_key, default_folder, on_disk
from alseg.data.dataset import Dataset
from alseg.data.folder import load_folder
from alseg.errors import DataError

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder

N = 6
SLOW = """
import sys, time
from pathlib import Path
import alseg.data.folder as module
decode = module.placed_image
def slow(path, *options):
    with open({log!r}, "a") as file:
        file.write(path.name + "\\n")
    time.sleep({seconds})
    return decode(path, *options)
module.placed_image = slow
Path({ready!r} + sys.argv[1]).touch()
while not Path({go!r}).exists():
    time.sleep(0.01)
dataset = module.load_folder({root!r}, 8, memory_limit_gb=0)
print(int(dataset.images.sum()), int(dataset.targets.sum()))
"""


@pytest.fixture
def pictures(folder: Folder) -> Folder:
    rng = np.random.default_rng(0)
    folder.segmentation([255 * (rng.random((16, 16)) < 0.3) for _ in range(N)], shape=(16, 16))
    for path in folder.root.glob("?.png"):
        folder.save(path.name, rng.integers(0, 256, (16, 16)))
    return folder


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the images that were decoded, in the end."""
    names: list[str] = []
    decode = folder_module.placed_image

    def counted(path: Path, *options: Any) -> Any:
        names.append(path.name)
        return decode(path, *options)

    monkeypatch.setattr(folder_module, "placed_image", counted)
    return names


def cached(folder: Folder, size: int = 8, **options: Any) -> Dataset:
    return load_folder(folder.root, size, memory_limit_gb=0, **options)


def entries() -> list[str]:
    return sorted(path.name for path in default_folder().glob("*") if path.is_dir())


def start(folder: Folder, tmp_path: Path, seconds: float, count: int) -> list[subprocess.Popen[str]]:
    """Processes that load the folder as soon as all of them have imported what they need."""
    paths = {name: str(tmp_path / name) for name in ("log", "ready", "go")}
    script = SLOW.format(root=str(folder.root), seconds=seconds, **paths)
    (tmp_path / "log").touch()
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(i)], stdout=subprocess.PIPE, text=True)
        for i in range(count)
    ]
    wait_for(lambda: all((tmp_path / f"ready{i}").exists() for i in range(count)))
    (tmp_path / "go").touch()
    return processes


def wait_for(condition: Any) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "nothing happened for a minute"
        time.sleep(0.01)


def test_same_content_as_in_memory(pictures: Folder) -> None:
    memory, disk = load_folder(pictures.root, 8), cached(pictures)
    assert not isinstance(memory.images, np.memmap)
    assert isinstance(disk.images, np.memmap)
    assert isinstance(disk.targets, np.memmap)
    np.testing.assert_array_equal(memory.images, disk.images)
    np.testing.assert_array_equal(memory.targets, disk.targets)
    assert np.unique(disk.targets).tolist() == [0, 1]
    assert memory.classes == disk.classes


def test_the_limit_decides(pictures: Folder) -> None:
    nbytes = N * 8 * 8
    assert not isinstance(load_folder(pictures.root, 8, memory_limit_gb=nbytes / 1e9).images, np.memmap)
    assert isinstance(load_folder(pictures.root, 8, memory_limit_gb=(nbytes - 1) / 1e9).images, np.memmap)


def test_second_load_decodes_nothing(pictures: Folder, decoded: list[str]) -> None:
    first = cached(pictures)
    assert len(decoded) == N
    second = cached(pictures)
    assert len(decoded) == N
    np.testing.assert_array_equal(first.images, second.images)


def test_other_masks_and_regions_are_other_entries(pictures: Folder) -> None:
    rows = (pictures.root / "manifest.csv").read_text(encoding="utf-8").splitlines()[1:]
    lines = [f"{row},b_mask.png,0 0 {8 + (row[0] == 'a')} 8" for row in rows]
    pictures.table("id,image,mask,group,second,part", *lines)
    whole, second, part = cached(pictures), cached(pictures, mask="second"), cached(pictures, region="part")
    assert len(entries()) == 3
    np.testing.assert_array_equal(second.targets, whole.targets[[1] * N])
    np.testing.assert_array_equal(part.images, load_folder(pictures.root, 8, region="part").images)
    assert (part.images != whole.images).any()
    pictures.table("id,image,mask,group,second,part", *lines[:-1], lines[-1].replace("0 0 8 8", "0 0 8 9"))
    cached(pictures, region="part")
    assert len(entries()) == 4


def test_classes_of_a_cached_entry_are_still_checked(pictures: Folder) -> None:
    cached(pictures)
    with pytest.raises(DataError, match=r"data\.classes names 3"):
        cached(pictures, classes=["a", "b", "c"])


def test_writing_stays_in_the_process(pictures: Folder) -> None:
    import torch

    dataset = cached(pictures)
    before = int(dataset.images[0, 0, 0, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.from_numpy(dataset.images)[0, 0, 0, 0] = 255 - before
    assert dataset.images[0, 0, 0, 0] == 255 - before
    assert cached(pictures).images[0, 0, 0, 0] == before


def test_key_follows_content_and_size(pictures: Folder, decoded: list[str]) -> None:
    cached(pictures)
    cached(pictures, size=4)
    assert len(entries()) == 2
    pictures.save("a.png", np.full((16, 16), 99))
    assert (cached(pictures).images[0] == 99).all()
    assert len(entries()) == 3
    os.utime(pictures.root / "a.png", (0, 0))
    (pictures.root / "manifest.csv").write_text((pictures.root / "manifest.csv").read_text().replace("\na,", "\nz,"))
    assert cached(pictures).ids[0] == "z"
    assert len(entries()) == 3
    assert len(decoded) == 3 * N


def test_key_tells_order_version_and_parts_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        file.write_text(file.name)
    keys = {content_key(files, (1, 2)), content_key(files[::-1], (1, 2)), content_key(files, (2, 1))}
    assert content_key(files, (1, 2)) in keys
    monkeypatch.setattr(cache, "FORMAT_VERSION", -1)
    assert len(keys | {content_key(files, (1, 2))}) == 4


def test_folder_of_the_argument_and_of_the_environment(pictures: Folder, tmp_path: Path) -> None:
    cached(pictures, cache_dir=tmp_path / "elsewhere")
    assert not default_folder().exists()
    assert default_folder() == tmp_path / "cache"
    assert list((tmp_path / "elsewhere").glob("*/images.npy"))


def test_interrupted_decode_leaves_nothing_that_counts(pictures: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    decode = folder_module.placed_image

    def interrupted(path: Path, *options: Any) -> Any:
        if path.name == "d.png":
            raise KeyboardInterrupt
        return decode(path, *options)

    with monkeypatch.context() as patch:
        patch.setattr(folder_module, "placed_image", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cached(pictures)
    assert entries() == []
    np.testing.assert_array_equal(cached(pictures).images, load_folder(pictures.root, 8).images)


@pytest.mark.slow
def test_killed_decode_leaves_nothing_that_counts(pictures: Folder, tmp_path: Path, decoded: list[str]) -> None:
    (process,) = start(pictures, tmp_path, seconds=30, count=1)
    wait_for(lambda: (tmp_path / "log").read_text())
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert [name.rsplit(".")[-1] for name in entries()] == ["part"]
    expected = load_folder(pictures.root, 8)
    decoded.clear()
    np.testing.assert_array_equal(cached(pictures).images, expected.images)
    assert len(decoded) == N
    assert not any(name.endswith(".part") for name in entries())


@pytest.mark.slow
def test_two_processes_decode_once(pictures: Folder, tmp_path: Path) -> None:
    processes = start(pictures, tmp_path, seconds=0.3, count=2)
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    expected = load_folder(pictures.root, 8)
    assert outputs == [f"{expected.images.sum()} {expected.targets.sum()}\n"] * 2
    assert sorted((tmp_path / "log").read_text().split()) == sorted(path.name for path in pictures.root.glob("?.png"))


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: os.truncate(path, 200)])
def test_damaged_entry_is_decoded_again(pictures: Folder, decoded: list[str], damage: Any) -> None:
    expected = np.array(cached(pictures).images)
    damage(next(default_folder().glob("*/images.npy")))
    np.testing.assert_array_equal(cached(pictures).images, expected)
    assert len(decoded) == 2 * N


def test_nothing_pickled_is_read(tmp_path: Path) -> None:
    spec = {"x": Spec((1,), np.uint8)}
    (tmp_path / "key").mkdir()
    np.save(tmp_path / "key" / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)

    def fill(arrays: cache.Arrays) -> None:
        arrays["x"][0] = 7

    assert on_disk(spec, fill, tmp_path, "key")["x"].tolist() == [7]


def test_full_disk(pictures: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10}))
    with pytest.raises(DataError, match=r"the decoded images need 0\.0 GB.*data\.cache_dir"):
        cached(pictures)
    assert entries() == []


def test_unusable_cache_folder(pictures: Folder, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"file.*the cache is not usable.*data\.cache_dir"):
        cached(pictures, cache_dir=tmp_path / "file" / "below")
