"""An orientation other than 1 is refused by every door: image and mask may lie differently, and nobody would see it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from alseg.data.convert.item import Item
from alseg.data.convert.own import convert
from alseg.data.convert.place import place
from alseg.data.folder import load_folder
from alseg.data.formats.refusals import TURNED
from alseg.data.images import read_header, read_image, read_mask
from alseg.errors import DataError
from tests.helpers.picture_files import exif, png

PIXELS = np.arange(64, dtype=np.uint8).reshape(8, 8) % 3
XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>'


def by_pillow(path: Path, orientation: int, **options: Any) -> None:
    about = Image.Exif()
    about[0x0112] = orientation
    Image.fromarray(PIXELS).convert("RGB").save(path, exif=about, **options)


def raw_profile(path: Path, orientation: int) -> None:
    """As ImageMagick writes EXIF into PNG."""
    content = b"Exif\0\0" + exif(orientation)
    text = PngImagePlugin.PngInfo()
    text.add_text("Raw profile type exif", f"\nexif\n{len(content):8}\n{content.hex()}\n", zip=True)
    Image.fromarray(PIXELS).save(path, pnginfo=text)


def several(path: Path, orientation: int) -> None:
    about = Image.Exif()
    about[0x0112] = orientation
    image = Image.fromarray(PIXELS).convert("RGB")
    image.save(path, "MPO", save_all=True, append_images=[image], exif=about)


WRITERS: dict[str, Callable[[Path, int], Any]] = {
    "exif.jpg": by_pillow,
    "xmp.jpg": lambda p, o: Image.fromarray(PIXELS).save(p, xmp=b"%s" % (XMP % o)),
    "mpo.jpg": several,
    "exif.webp": lambda p, o: by_pillow(p, o, lossless=True),
    "exif.png": by_pillow,
    "behind.png": lambda p, o: png(p, PIXELS, 8, after=[(b"eXIf", exif(o))]),
    "behind16.png": lambda p, o: png(p, np.stack([PIXELS] * 3, -1), 16, 2, after=[(b"eXIf", exif(o))]),
    "raw.png": raw_profile,
    "tag.tif": lambda p, o: tifffile.imwrite(p, PIXELS, photometric="minisblack", extratags=[(274, "H", 1, o)]),
    "big.tif": lambda p, o: tifffile.imwrite(
        p, PIXELS, photometric="minisblack", byteorder=">", bigtiff=True, extratags=[(274, "H", 1, o)]
    ),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format(tmp_path: Path, name: str):
    path = tmp_path / name
    for orientation, how in TURNED.items():
        WRITERS[name](path, orientation)
        for read in (lambda: read_image(path, (8, 8), 1), lambda: read_mask(path, (8, 8))):
            with pytest.raises(DataError, match=f"^{path}: its orientation is {orientation}, so viewers show it {how}"):
                read()
    for orientation in (0, 1, 9):  # as stored, or nothing that a viewer turns by
        WRITERS[name](path, orientation)
        assert read_header(path).size == (8, 8)
        assert read_image(path, (8, 8), 1).shape == (1, 8, 8)


def test_exif_that_cannot_be_read_turns_nothing(tmp_path: Path):
    path = tmp_path / "x.jpg"
    Image.fromarray(PIXELS).save(path, exif=b"Exif\0\0II*\0\xff\xff")
    assert read_image(path, (8, 8), 1).shape == (1, 8, 8)


@pytest.mark.parametrize("turned", ["image", "mask"])
@pytest.mark.parametrize("name", ["exif.png", "behind.png", "tag.tif"])
def test_every_door(tmp_path: Path, name: str, turned: str):
    """A folder, a conversion, and what the public data sets are placed by."""
    root, suffix = tmp_path / "set", Path(name).suffix
    root.mkdir()
    for what in ("image", "mask"):
        WRITERS[name](root / f"{what}{suffix}", 6 if what == turned else 1)
    if suffix == ".png":
        png(root / "mask.png", PIXELS, 8, after=[(b"eXIf", exif(6 if turned == "mask" else 1))])
    (root / "manifest.csv").write_text(f"id,image,mask,group\na,image{suffix},mask{suffix},\n")
    item = Item("a", root / f"image{suffix}", mask=root / f"mask{suffix}")
    doors: list[Callable[[], Any]] = [
        lambda: load_folder(root, 8, progress=False),
        lambda: convert(root, tmp_path / "to", progress=False),
        lambda: place(item, tmp_path / "public", None),
    ]
    for door in doors:
        with pytest.raises(
            DataError, match=f"{turned}{suffix}: its orientation is 6, so viewers show it turned clockwise"
        ):
            door()
