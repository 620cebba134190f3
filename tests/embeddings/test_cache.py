"""Embeddings are computed once, for all runs that want them."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from alseg.data.cache import default_folder
from alseg.embeddings.cache import content_key, embed, map_2d
from alseg.embeddings.pixels import Pixels
from alseg.embeddings.tsne import TSNE
from alseg.errors import DataError

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 1, 20, 20), dtype=np.uint8)
FEATURES = Pixels().extract(IMAGES).astype(np.float16)
SLOW = """
import sys, time
from pathlib import Path
import numpy as np
from alseg.embeddings.cache import embed
from alseg.embeddings.pixels import Pixels

class Slow(Pixels):
    def extract(self, images):
        with open({log!r}, "a") as file:
            file.write("computed\\n")
        time.sleep(1)
        return super().extract(images)

images = np.random.default_rng(0).integers(0, 256, (6, 1, 20, 20), dtype=np.uint8)
Path({ready!r} + sys.argv[1]).touch()
while not Path({go!r}).exists():
    time.sleep(0.01)
print(float(embed(Slow(), images).sum()))
"""


class Counted(Pixels):
    calls = 0

    def extract(self, images: np.ndarray) -> np.ndarray:
        self.calls += 1
        return super().extract(images)


def test_the_second_call_computes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="alseg")
    embedding = Counted()
    first = embed(embedding, IMAGES)
    np.testing.assert_array_equal(first, FEATURES)
    second = embed(embedding, IMAGES.copy())
    np.testing.assert_array_equal(first, second)
    assert embedding.calls == 1
    assert type(second) is np.ndarray
    computed, found = (record.getMessage() for record in caplog.records)
    assert computed.startswith("embedding of 6 images by pixels: computed in ")
    assert found == "embedding of 6 images by pixels: found in the cache"


def test_other_images_weights_or_preprocessing_are_another_entry() -> None:
    changed = IMAGES.copy()
    changed[3, 0, 5, 5] ^= 1
    weights = Pixels().identity | {"weights": "others"}
    keys = [
        content_key(IMAGES, Pixels().identity),
        content_key(changed, Pixels().identity),
        content_key(IMAGES[::-1], Pixels().identity),
        content_key(IMAGES.reshape(6, 1, 10, 40), Pixels().identity),
        content_key(IMAGES, Pixels(size=8).identity),
        content_key(IMAGES, weights),
    ]
    assert len(set(keys)) == len(keys)
    assert content_key(IMAGES.copy(), Pixels().identity) == keys[0]


def test_the_key_does_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = content_key(IMAGES, {})
    monkeypatch.setattr("alseg.embeddings.cache.BLOCK", 900)
    assert content_key(IMAGES, {}) == whole


@pytest.mark.slow
def test_two_processes_compute_once(tmp_path: Path) -> None:
    paths = {name: str(tmp_path / name) for name in ("log", "ready", "go")}
    processes = [
        subprocess.Popen([sys.executable, "-c", SLOW.format(**paths), str(i)], stdout=subprocess.PIPE, text=True)
        for i in range(2)
    ]
    end = time.monotonic() + 120
    while not all((tmp_path / f"ready{i}").exists() for i in range(2)):
        assert time.monotonic() < end
        time.sleep(0.01)
    (tmp_path / "go").touch()
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert outputs == [f"{float(FEATURES.sum())}\n"] * 2
    assert (tmp_path / "log").read_text() == "computed\n"


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: os.truncate(path, 200)], ids=["gone", "cut"]
)
def test_a_damaged_entry_is_computed_again(damage: Callable[[Path], None]) -> None:
    embedding = Counted()
    first = np.array(embed(embedding, IMAGES))
    damage(next(default_folder().glob("*/array.npy")))
    np.testing.assert_array_equal(embed(embedding, IMAGES), first)
    assert embedding.calls == 2


def test_an_extraction_that_fails_leaves_nothing_that_counts() -> None:
    class Broken(Pixels):
        def extract(self, images: np.ndarray) -> np.ndarray:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed(Broken(), IMAGES)
    np.testing.assert_array_equal(embed(Pixels(), IMAGES), FEATURES)


class Cut(Counted):
    """Stands for a process that is asked to end, or killed, at its third block."""

    def extract(self, images: np.ndarray) -> np.ndarray:
        if self.calls == 2:
            raise KeyboardInterrupt
        return super().extract(images)


def test_a_process_that_was_killed_leaves_its_finished_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alseg.embeddings.cache.ROWS", 2)
    monkeypatch.setattr("alseg.data.cache.shutil.rmtree", lambda *_, **__: pytest.fail("nothing is to be thrown away"))
    with pytest.raises(KeyboardInterrupt):
        embed(Cut(), IMAGES)
    begun = next(default_folder().glob("*.part")) / "array.npy"
    np.testing.assert_array_equal(np.load(begun), np.where(np.arange(6)[:, None] < 4, FEATURES, 0))
    later = Counted()
    np.testing.assert_array_equal(embed(later, IMAGES), FEATURES)
    assert later.calls == 1
    assert not list(default_folder().glob("*.part"))


def test_a_begun_entry_of_another_kind_is_begun_anew() -> None:
    with pytest.raises(KeyboardInterrupt):
        embed(Cut(), np.concatenate([IMAGES] * 200))
    begun = next(default_folder().glob("*.part"))
    os.truncate(begun / "finished.npy", 20)
    later = Counted()
    np.testing.assert_array_equal(embed(later, np.concatenate([IMAGES] * 200)), np.concatenate([FEATURES] * 200))
    assert later.calls == 5


def test_features_beyond_float16_are_named() -> None:
    class Large(Pixels):
        def extract(self, images: np.ndarray) -> np.ndarray:
            return super().extract(images) * (1 if len(images) == 4 else 1e6)

    with pytest.raises(DataError, match=r"^the features of image 0 by pixels are not finite, or beyond 65,504$"):
        embed(Large(), IMAGES)
    assert not list(default_folder().glob("*.part"))


def test_what_is_written_to_it_stays_here(tmp_path: Path) -> None:
    embed(Pixels(), IMAGES, tmp_path / "here")[:] = 7
    np.testing.assert_array_equal(embed(Pixels(), IMAGES, tmp_path / "here"), FEATURES)
    assert not default_folder().exists()


def test_an_unusable_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"the cache is not usable.*set ALSEG_CACHE"):
        embed(Pixels(), IMAGES, tmp_path / "file" / "below")


def test_maps_are_kept_by_features_settings_and_seed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="alseg")
    features = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    quick = TSNE(early=20, steps=20)
    np.testing.assert_array_equal(map_2d(features, quick, 0), quick(features, 0))
    for again in (quick, TSNE(early=20, steps=20, jobs=2)):
        map_2d(features, again, 0)
    assert [record.getMessage().split(": ")[1][:5] for record in caplog.records] == ["compu", "found", "found"]
    caplog.clear()
    map_2d(features, quick, 1)
    map_2d(features + 1, quick, 0)
    map_2d(features, TSNE(early=20, steps=21), 0)
    assert all("computed" in record.getMessage() for record in caplog.records)
