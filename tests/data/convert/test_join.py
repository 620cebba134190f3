"""``alseg data convert --join``: many mask files of an image become one, in every layout in which people keep them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alseg.cli import main
from alseg.data.convert.mask_files import class_of
from alseg.data.convert.own import convert
from alseg.data.folder import load_folder
from alseg.errors import AlsegError
from tests.helpers.medical_files import dicom, nifti

LEFT, RIGHT = [[1, 1, 0, 0]], [[0, 0, 0, 1]]
MIDDLE, NOTHING = [[0, 1, 1, 0]], [[0, 0, 0, 0]]
ANY = [[255, 255, 0, 255]]
"""Of `LEFT` and `RIGHT`."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "mine"


def lay(root: Path, files: dict[str, Any], *lines: str) -> None:
    """Pictures with these pixels, and a table."""
    for name, pixels in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        array = np.asarray(pixels)
        Image.fromarray(array if array.dtype in (np.uint8, np.uint16) else array.astype(np.uint8)).save(path)
    if lines:
        (root / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def masks(root: Path, join: Any, **options: Any) -> dict[str, Any]:
    """The masks that come out, by the names of their images."""
    to = root.with_name("set")
    convert(root, to, join=join, progress=False, **options)
    return {path.stem: np.asarray(Image.open(path)).tolist() for path in sorted((to / "masks").iterdir())}


def refused(root: Path, join: Any, **options: Any) -> str:
    with pytest.raises(AlsegError) as caught:
        masks(root, join, **options)
    assert "\n" not in str(caught.value)
    assert not root.with_name("set").exists()
    return str(caught.value).replace(str(root), "MINE")


GREY = np.arange(4, dtype=np.uint8)[None]
TABLE = "id,image,mask,group"
LAYOUTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a folder for each image's masks": ({"images/n1.png": GREY, "masks/n1/x.png": LEFT, "masks/n1/y.png": RIGHT}, []),
    "a folder for each image (DSB 2018)": (
        {"n1/images/long.png": GREY, "n1/masks/x.png": LEFT, "n1/masks/y.png": RIGHT},
        [],
    ),
    "numbered masks (BUSI)": ({"images/n1.png": GREY, "masks/n1_mask.png": LEFT, "masks/n1_mask_1.png": RIGHT}, []),
    "a folder for each side (Montgomery)": (
        {"images/n1.png": GREY, "leftMask/n1.png": LEFT, "rightMask/n1.png": RIGHT},
        [],
    ),
    "sides within the masks": ({"images/n1.jpg": GREY, "masks/left/n1.png": LEFT, "masks/right/n1.png": RIGHT}, []),
    "a cell with several files": ({"a.png": GREY, "b.png": LEFT, "c.png": RIGHT}, [TABLE, "n1,a.png,b.png; c.png;,p"]),
    "semicolons between cells too": (
        {"a.png": GREY, "b.png": LEFT, "c.png": RIGHT},
        [TABLE.replace(",", ";"), 'n1;a.png;"b.png;c.png";p'],
    ),
    "a cell with a folder": ({"a.png": GREY, "m/b.png": LEFT, "m/deep/c.png": RIGHT}, [TABLE, "n1,a.png,m,p"]),
    "one file": ({"images/n1.png": GREY, "masks/n1.png": ANY}, []),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_in_every_layout(root: Path, layout: str):
    files, lines = LAYOUTS[layout]
    lay(root, files, *lines)
    for junk in ("images/Thumbs.db", "masks/.DS_Store"):
        if (root / junk).parent.is_dir():
            (root / junk).write_bytes(b"junk")
    assert masks(root, "any") == {"n1": ANY}
    assert load_folder(root.with_name("set"), 4, progress=False).classes == ("background", "foreground")


def test_of_several_images_the_longest_name_counts(root: Path):
    names = ("scan", "scan_1", "scan_1_2")
    lay(root, {f"images/{name}.png": GREY for name in names})
    lay(root, {"masks/scan_mask.png": LEFT, "masks/scan_7.png": RIGHT, "masks/scan_1.png": MIDDLE})
    lay(root, {"masks/scan_1_2_mask_1.png": NOTHING, "masks/scan_1_2_mask_2.png": RIGHT})
    assert masks(root, "any") == {"scan": ANY, "scan_1": [[0, 255, 255, 0]], "scan_1_2": [[0, 0, 0, 255]]}


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param([[0, 255, 0, 255]], id="black and white"),
        pytest.param([[0, 1, 0, 7]], id="a number for each object"),
        pytest.param(np.array([[0, 255, 0, 3000]], np.uint16), id="so many objects that they need 16 bits"),
        pytest.param([[[v, v, v] for v in (0, 255, 0, 255)]], id="grey in three channels"),
    ],
)
def test_what_is_set(root: Path, pixels: Any):
    lay(root, {"images/a.png": GREY, "masks/a_1.png": pixels, "masks/a_2.png": NOTHING})
    assert masks(root, "any") == {"a": [[0, 255, 0, 255]]}


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_a_mask_of_one_bit_and_one_by_jpeg(root: Path, name: str):
    """What a file is, is told by how it starts."""
    wide = np.repeat([[0, 255, 0, 255]], 11, axis=1).astype(np.uint8).repeat(16, axis=0)
    lay(root, {"images/a.png": wide})
    for folder in ("one", "two"):
        (root / folder).mkdir()
    Image.fromarray(wide).save(root / "one" / name, "JPEG", quality=95)
    assert len(np.unique(np.asarray(Image.open(root / "one" / name)))) > 2
    Image.fromarray(wide * 0).convert("1").save(root / "two/a.png")
    assert masks(root, "any") == {"a": wide.tolist()}


def test_classes_by_name_sorted(root: Path):
    """organ and lesion: 1 is the lesion; two files of a class are one class."""
    lay(
        root,
        {
            "images/a.png": GREY,
            "masks/a/organ.png": LEFT,
            "masks/a/lesion_1.png": RIGHT,
            "masks/a/lesion_2.png": NOTHING,
        },
    )
    lay(root, {"images/b.png": GREY, "masks/b/organ.png": RIGHT})
    assert masks(root, "class") == {"a": [[2, 2, 0, 1]], "b": [[0, 0, 0, 2]]}


def test_classes_in_the_stated_order_of_which_the_later_wins(root: Path, capsys: pytest.CaptureFixture[str]):
    lay(root, {"images/a.png": GREY, "organ/a.png": LEFT, "lesion/a.png": MIDDLE})
    assert "1 of its pixels are lesion too; state --classes in such an order that the later one is right" in refused(
        root, "class"
    )
    lines = []
    for number, classes in enumerate(("organ,lesion", "lesion, organ")):
        to = root.with_name(f"set {number}")
        assert main(["data", "convert", str(root), "--to", str(to), "--join", "class", "--classes", classes]) == 0
        said = capsys.readouterr().out
        assert "1 pixel in several of the masks that were joined; the later class won" in said
        lines.append((np.asarray(Image.open(to / "masks/a.png")).tolist(), said))
    assert [pixels for pixels, _ in lines] == [[[1, 2, 2, 0]], [[2, 2, 1, 0]]]
    assert "classes by their ids: 0 background, 1 organ, 2 lesion" in lines[0][1]
    assert "'data.classes=[background,lesion,organ]'" in lines[1][1]


def test_overlap_of_any_is_told(root: Path):
    lay(root, {"images/a.png": GREY, "masks/a/1.png": LEFT, "masks/a/2.png": MIDDLE})
    done = convert(root, root.with_name("set"), join="any", progress=False)
    assert (done.overlap, done.slices, done.classes) == (1, 1, ())


@pytest.mark.parametrize(
    ("mask", "name"),
    [
        ("lesion.png", "lesion"),
        ("masks/a/lesion_2.png", "lesion"),
        ("masks/a_lesion_mask.png", "lesion"),
        ("masks/a-left-lung-1.nii.gz", "left-lung"),
        ("masks/lesion/a.png", "lesion"),
        ("lesion/masks/a_mask_1.png", "lesion"),
        ("leftMask/a.png", "leftMask"),
        ("masks/a/mask_lesion.png", "lesion"),
        ("masks/grade3/a_1.png", "grade3"),
        ("masks/a/7.png", None),
        ("masks/a_mask.png", None),
        ("segmentations/a.png", None),
    ],
)
def test_the_class_that_a_name_says(mask: str, name: str | None):
    assert class_of(Path(mask), ("a",)) == name


def test_volumes_of_organs_keep_to_their_scan(root: Path):
    """As TotalSegmentator writes them: a NIfTI file for each organ, at the place of its scan."""
    for name in ("ct", "segmentations/liver", "segmentations/spleen"):
        (root / f"s1/{name}.nii.gz").parent.mkdir(parents=True, exist_ok=True)
    scan = np.arange(16).reshape(4, 2, 2)
    nifti(root / "s1/ct.nii.gz", scan, np.eye(4))
    nifti(root / "s1/segmentations/liver.nii.gz", scan == 5, np.eye(4))
    nifti(root / "s1/segmentations/spleen.nii.gz", scan > 13, np.eye(4))
    (root / "manifest.csv").write_text(f"{TABLE}\ns1,s1/ct.nii.gz,s1/segmentations,\n")
    found = np.array([*masks(root, "class").values()])
    assert found.shape[0] == 2
    assert [int((found == id_).sum()) for id_ in (1, 2)] == [1, 2]
    nifti(root / "s1/segmentations/spleen.nii.gz", scan, np.diag([1, 1, 9, 1]))
    with pytest.raises(AlsegError, match=r"spleen\.nii\.gz: its corners lie up to"):
        convert(root, root.with_name("again"), join="any", progress=False)


def test_a_series_is_one_mask(root: Path):
    for name in ("scan", "m/one", "m/two"):
        (root / name).mkdir(parents=True)
        for number in (1, 2):
            pixels = np.array([[number - 1, 0]], np.uint16) if name != "m/two" else np.array([[0, 1]], np.uint16)
            tags = {"ImagePositionPatient": [0, 0, number], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}
            dicom(root / name / str(number), pixels, SeriesInstanceUID=f"1.{len(name)}", PixelSpacing=[1, 1], **tags)
    (root / "manifest.csv").write_text(f"{TABLE}\nv,scan,m,\n")
    assert masks(root, "any") == {"v_000": [[0, 255]], "v_001": [[255, 255]]}


IMAGE = {"images/a.png": GREY}
REFUSED: dict[str, tuple[dict[str, Any], list[str], str, dict[str, Any], str]] = {
    "size": (
        IMAGE | {"masks/a/1.png": LEFT, "masks/a/2.png": [[1, 1]]},
        [],
        "any",
        {},
        "MINE/masks/a/2.png: it has 1 slice of 1x2 pixels and its image a.png 1 slice of 1x4",
    ),
    "colour": (
        IMAGE | {"masks/a/1.png": [[[255, 0, 0]] * 4]},
        [],
        "any",
        {},
        "MINE/masks/a/1.png: it is a colour image",
    ),
    "255 beside ids": (
        IMAGE | {"masks/a/1.png": [[0, 1, 1, 255]]},
        [],
        "any",
        {},
        "1.png: it holds 255 beside 1; if that is where nobody annotated, it cannot",
    ),
    "jpeg": (
        IMAGE | {"masks/a/1.jpg": np.full((1, 4), 90, np.uint8)},
        [],
        "any",
        {},
        "1.jpg: its greys are between black and white, by lossy compression; save",
    ),
    "no mask": (
        IMAGE | {"images/b.png": GREY, "masks/a.png": LEFT},
        [],
        "any",
        {},
        "MINE/images/b.png: it has no mask in MINE; if nothing is there, give it an",
    ),
    "no image": (
        IMAGE | {"masks/a.png": LEFT, "masks/b_1.png": LEFT},
        [],
        "any",
        {},
        "MINE/masks/b_1.png: it is the mask of no image; its name, or its folder's",
    ),
    "no class": (
        IMAGE | {"masks/a_1.png": LEFT},
        [],
        "class",
        {},
        "MINE/masks/a_1.png: its name says no class; with --join class it must say one, as l",
    ),
    "another class": (
        IMAGE | {"masks/a_x.png": LEFT},
        [],
        "class",
        {"classes": ["y", "z"]},
        "a_x.png: its name says the class 'x'; with --join class it must say one, one of y, z",
    ),
    "a class without files": (
        IMAGE | {"masks/a_x.png": LEFT},
        [],
        "class",
        {"classes": ["x", "y"]},
        "--classes y: no mask is called so; there are x",
    ),
    "classes twice": (
        IMAGE | {"masks/a_x.png": LEFT},
        [],
        "class",
        {"classes": ["x", "x"]},
        "--classes x,x: they must be different names",
    ),
    "classes for nothing": (
        IMAGE | {"masks/a.png": LEFT},
        [],
        "any",
        {"classes": ["x"]},
        "--classes x: they are the names of mask files, for --join class",
    ),
    "labels": (
        {"a.png": GREY},
        ["id,image,label,group", "a,a.png,x,"],
        "any",
        {},
        "--join any: MINE has labels; it joins masks",
    ),
    "two images": (
        {"a/images/1.png": GREY, "a/images/2.png": GREY, "a/masks/1.png": LEFT},
        [],
        "any",
        {},
        "MINE/a/images: it holds 2 files; a folder for each image holds one",
    ),
    "no masks there": ({"a/images/1.png": GREY}, [], "any", {}, "MINE/a: it has no mask beside images"),
    "nothing": ({"a.png": GREY}, [], "any", {}, "nor a folder for each image with folders images and masks"),
    "a file is missing": (
        {"a.png": GREY, "b.png": LEFT},
        [TABLE, "x,a.png,b.png;c.png,"],
        "any",
        {},
        "line 2 (id 'x'), column 'mask': 'c.png' does not exist",
    ),
    "a folder, not asked for": (
        {"a.png": GREY, "m/1.png": LEFT, "m/2.png": LEFT},
        [TABLE, "x,a.png,m,"],
        None,
        {},
        "m: it is a folder and no DICOM series; if it holds the masks of one image, alseg data convert FROM --to DIR --join",
    ),
    "a list, not asked for": (
        {"a.png": GREY, "1.png": LEFT},
        [TABLE, "x,a.png,1.png;1.png,"],
        None,
        {},
        "; of several files in a cell alseg data convert FROM --to DIR --join any|class makes one mask",
    ),
    "an empty cell": (
        {"a.png": GREY},
        [TABLE, "x,a.png,;,"],
        "any",
        {},
        "(id 'x'), column 'mask' is ';': it names no file",
    ),
    "not asked for": (
        IMAGE | {"masks/a_mask.png": LEFT, "masks/a_mask_1.png": LEFT},
        [],
        None,
        {},
        "a_mask_1.png: it is the mask of no file in MINE/images; names must match (where an image has several mask files, --join",
    ),
    "ids beyond 255": (
        IMAGE | {"masks/a.png": np.array([[0, 1, 2, 300]], np.uint16)},
        [],
        None,
        {},
        "a.png: it holds the value 300; class ids are whole numbers from 0 to 25",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_joined(root: Path, case: str):
    files, lines, join, options, message = REFUSED[case]
    lay(root, files, *lines)
    assert message in refused(root, join, **options)


def test_links(root: Path, capsys: pytest.CaptureFixture[str]):
    """Masks that are links into a store, whose files have other names."""
    lay(root.with_name("store"), {"4f2a.png": LEFT})
    lay(root, IMAGE)
    (root / "masks").mkdir()
    (root / "masks/a_1.png").symlink_to(root.with_name("store") / "4f2a.png")
    assert "leads out of MINE; files of a data set must lie in its folder (data.follow_links=true (alseg" in refused(
        root, "any"
    )
    command = ["data", "convert", str(root), "--to", str(root.with_name("set")), "--join", "any"]
    assert main([*command, "--follow-links"]) == 0
    assert not root.with_name("set").joinpath("masks/a.png").is_symlink()


def test_whatever_a_library_raises_is_one_line(root: Path, monkeypatch: pytest.MonkeyPatch):
    lay(root, IMAGE | {"masks/a.png": LEFT})

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("float division\nby zero")

    monkeypatch.setattr("alseg.data.convert.slices.read_scan", broken)
    assert refused(root, "any") == "MINE/images/a.png: it cannot be converted (float division by zero)"
