"""Files that are cut off, empty or something else, in every place of every set: it works, or one line names the file."""

from __future__ import annotations

import errno
import gzip
import io
import json
import shutil
import struct
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from functools import partial
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from alseg.data.convert.item import Item
from alseg.data.public.get import get
from alseg.data.public.registry import datasets
from alseg.data.public.sets import crc100k, crc5000
from alseg.data.public.source import Source
from alseg.errors import DataError
from tests.helpers.public import chest, chexmask, cubs, lesions, pcam, tissue, volumes

Files = dict[str, bytes]


def kvasir(picture, _) -> Files:
    return {f"Kvasir-SEG/{part}/a.jpg": picture(np.full((16, 16, 3), 200), "JPEG") for part in ("images", "masks")}


def isic(picture, _) -> Files:
    files = {}
    for i, part in enumerate(("Training", "Validation", "Test")):
        files[f"ISIC2018_Task1-2_{part}_Input/ISIC_{i}.jpg"] = picture(np.full((16, 16, 3), 40), "JPEG")
        files[f"ISIC2018_Task1_{part}_GroundTruth/ISIC_{i}_segmentation.png"] = picture(lesions.half())
    return files


def carotid(picture, _) -> Files:
    return {f"{part}/1VAS_slice_1.png": picture(lesions.half()) for part in ("US images", "Expert mask images")}


def chaoyang(picture, _) -> Files:
    files = {}
    for split in ("train", "test"):
        name = f"{split}/5301-IMG001x001-0.JPG"
        files |= {
            f"{split}.json": json.dumps([{"name": name, "label": 0}]).encode(),
            name: tissue.tile(picture, "JPEG"),
        }
    return files


def tiles(picture, _) -> Files:
    return {f"{folder}/a_CRC-Prim-HE-01.tif": tissue.tile(picture) for folder in crc5000.FOLDERS}


def tiles_of_two_centres(picture, _) -> Files:
    tops = {"NCT-CRC-HE-100K": "A", "CRC-VAL-HE-7K": "B"}
    return {f"{top}/{name}/{name}-{i}.tif": tissue.tile(picture) for top, i in tops.items() for name in crc100k.CLASSES}


def breakhis(picture, _) -> Files:
    return {"SOB_B_A-14-22549AB-40-001.png": tissue.tile(picture, "PNG")}


def decathlon(_, nifti) -> Files:
    pair = {"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}
    about = {"labels": {"0": "background", "1": "spleen"}, "training": [pair]}
    volumes = {
        f"Task09_Spleen/{part}/a.nii.gz": nifti(np.eye(4, dtype=np.float32)[..., None])
        for part in ("imagesTr", "labelsTr")
    }
    return {"Task09_Spleen/dataset.json": json.dumps(about).encode(), **volumes}


SAMPLES: dict[str, Callable[..., Files]] = {
    "montgomery": lambda picture, _: chest.montgomery(picture, 1),
    "shenzhen": lambda picture, _: chest.shenzhen(picture),
    "shenzhen_lungs": lambda picture, _: (
        chest.shenzhen(picture) | {"CHNCXR_0001_0_mask.png": picture(np.zeros((8, 6)))}
    ),
    "crc5000": tiles,
    "crc100k": tiles_of_two_centres,
    "pcam": lambda *_: {
        name.removesuffix(".gz"): gzip.decompress(content) if name.endswith(".gz") else content
        for name, content in pcam.files().items()
    },
    "breastmnist": lambda *_: {"breastmnist.npz": tissue.npz(2, (28, 28))},
    "busi": lambda picture, _: lesions.busi(picture),
    "busi_classes": lambda picture, _: lesions.busi(picture),
    "kvasir_seg": kvasir,
    "isic2018": isic,
    "chaoyang": chaoyang,
    "breakhis": breakhis,
    "decathlon_spleen": decathlon,
    "carotid_artery": carotid,
    "cubs_clinical": lambda picture, _: cubs.archive(picture, clinical=True),
    "cubs_technical": lambda picture, _: cubs.archive(picture, clinical=False),
    "chexmask": lambda picture, _: {
        "a.png": picture(np.zeros((20, 16))),
        "x.csv": chexmask.table([("a.png", 0.9, chexmask.mask())]),
    },
    "synthstrip": lambda _, nifti: volumes.synthstrip(nifti, 1),
}


def odd(name: str, content: bytes) -> Iterator[bytes]:
    """What else may be in a file."""
    yield b""
    yield content[: len(content) // 2]
    yield b"<html>Sorry</html>"
    yield bytes(range(256)) * 4
    if name.endswith((".png", ".jpg", ".JPG", ".tif", ".tiff")):
        file = io.BytesIO()
        Image.new("L", (3, 5), 255).save(file, {"g": "JPEG", "f": "TIFF"}.get(name[-1], "PNG"))
        yield file.getvalue()
    elif name.endswith((".csv", ".txt")):
        yield content.splitlines()[0] + b"\n" if content else b"\0"
        yield content.replace(b";", b"\0").replace(b",", b"\0")
    elif name.endswith(".json"):
        yield from (b"[]", b"{}", b"null", b"[[1]]", b"[" * 100_000)
    elif name.endswith(".nii.gz"):
        yield nibabel.Nifti1Image(np.zeros((4, 0, 1), np.float32), np.eye(4)).to_bytes()


def places(files: Files) -> list[str]:
    """Up to three files of each kind, from different folders."""
    kinds: dict[tuple[str, bool], dict[Path, str]] = {}
    for name in sorted(files):
        path = Path(name)
        if path.suffix not in (".pdf", ".db"):
            kinds.setdefault((path.suffix, "mask" in path.stem), {}).setdefault(path.parent, name)
    return [name for found in kinds.values() for name in list(found.values())[:3]]


def test_every_set_has_a_sample():
    assert {datasets()[name].convert.__module__ for name in SAMPLES} == {
        dataset.convert.__module__ for dataset in datasets().values()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_a_line_names_the_file(publisher, picture, nifti, lay, tmp_path, name):
    files = SAMPLES[name](picture, nifti)
    root = lay(files)
    dataset = datasets()[name]

    def one_line(of: str) -> None:
        try:
            get(dataset, tmp_path / "to" / str(len(lines)), root, accept_differences=True, progress=False)
        except DataError as error:
            lines.append(str(error))
            assert "\n" not in lines[-1]
            at = lines[-1].partition(":")[0]  # the data set where a file is missing, an image's id where two do not fit
            assert of in lines[-1] or at == name or (at and at in Path(of).stem)
        else:
            lines.append("")

    lines: list[str] = []
    one_line("x")
    assert lines == [""]  # the sample itself is all right
    for place in places(files):
        for content in odd(place, files[place]):
            (root / place).write_bytes(content)
            one_line(Path(place).name)
        (root / place).write_bytes(files[place])
    assert any(lines)


ERRORS = [
    KeyError("x"),
    IndexError(1),
    struct.error("two\nlines"),
    ValueError(),
    OSError("odd"),
    RecursionError("deep"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["generator", "pixels", "pixels of no file"])
def test_whatever_the_code_of_a_set_raises(lay, tmp_path, picture, caplog, error, where):
    """The file at hand is named, or else the image; how it came to it is kept for debugging."""
    root = lay({"a.png": picture(np.zeros((4, 4)))})

    def bad(path: Path | None = None) -> np.ndarray:
        raise copy(error)  # one that was raised before has where it was with it

    def convert(source: Source) -> Iterator[Item]:
        path = source.file("a.png")
        if where == "generator":
            bad(path)
        yield Item("one", partial(bad, path) if where == "pixels" else bad, label="normal")

    dataset = replace(datasets()["busi_classes"], convert=convert)
    with caplog.at_level("DEBUG", "alseg.data.public.trouble"), pytest.raises(DataError) as told:
        get(dataset, tmp_path / "to", root, progress=False)
    line = str(told.value)
    assert "\n" not in line
    assert line.startswith(
        f"{'one' if where == 'pixels of no file' else root / 'a.png'}: busi_classes cannot be made of it ("
    )
    assert type(error).__name__ in line
    assert "Traceback" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["brought"]


def test_a_full_disk_is_not_the_publishers_fault(lay, tmp_path, picture, monkeypatch):
    root = lay(
        {
            "Kvasir-SEG/images/a.jpg": picture(np.zeros((4, 4)), "JPEG"),
            "Kvasir-SEG/masks/a.jpg": picture(np.zeros((4, 4)), "JPEG"),
        }
    )

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(DataError, match="No space left on device; give another folder with --to DIR"):
        get(datasets()["kvasir_seg"], tmp_path / "to", root, progress=False)
