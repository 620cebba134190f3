"""``alseg data convert``: a user's volumes become an ordinary data set, or nothing at all and one line."""

from __future__ import annotations

import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image
from pydicom.sequence import Sequence

from alseg.cli import main
from alseg.data.convert.item import Item
from alseg.data.convert.own import convert
from alseg.data.convert.place import place
from alseg.data.folder import load_folder
from alseg.errors import DataError
from tests.helpers.medical_files import dicom, groups, nifti

AXIAL = [1, 0, 0, 0, 1, 0]
STANDARD = np.diag([-1.5, -0.5, 4, 1])
"""Voxels counted from the patient's right to left and from anterior to posterior, as an axial slice is shown."""


class Own:
    """A user's folder, and what ``alseg data convert`` makes of it."""

    def __init__(self, root: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.root = root / "mine"
        self.root.mkdir()
        self.to = root / "set"
        self.capfd = capfd

    def table(self, *lines: str) -> None:
        (self.root / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def volume(self, name: str, slices: Any, affine: Any = STANDARD) -> None:
        """A NIfTI file from ``(S, H, W)``."""
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        nifti(path, np.asarray(slices).transpose(2, 1, 0), affine)

    def series(self, name: str, values: dict[float, Any], **tags: Any) -> None:
        """Height to ``(H, W)``, in files whose names say nothing of the order."""
        (self.root / name).mkdir()
        for number, (z, pixels) in enumerate(values.items()):
            place = {"ImagePositionPatient": [0, 0, z], "ImageOrientationPatient": AXIAL, "PixelSpacing": [0.5, 0.25]}
            tags = {"SeriesInstanceUID": "1.2.3"} | place | tags
            dicom(
                self.root / name / f"IM{number}",
                np.asarray(pixels, np.uint16),
                **tags | {"ImagePositionPatient": [0, 0, z]},
            )

    def convert(self, *options: str) -> pd.DataFrame:
        assert main(["data", "convert", str(self.root), "--to", str(self.to), *options]) == 0
        return pd.read_csv(self.to / "manifest.csv", dtype=str, keep_default_na=False)

    def pixels(self, kind: str, name: str) -> list[Any]:
        found: list[Any] = np.asarray(Image.open(self.to / kind / f"{name}.png")).tolist()
        return found

    def refused(self, *options: str) -> str:
        """The one line of a failed conversion, after which there is nothing beside the user's folder."""
        assert main(["data", "convert", str(self.root), "--to", str(self.to), *options]) == 2
        error = self.capfd.readouterr().err
        assert error.startswith("alseg data: ")
        assert error.count("\n") == 1
        left = {path.name for path in self.root.parent.iterdir()} - {"secret"}
        assert left == {"mine"}
        return error


@pytest.fixture
def own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Own:
    return Own(tmp_path, capfd)


# --- each kind of file, with values computed by hand


def test_a_series_inverted_rescaled_and_windowed(own: Own):
    """12 bits of MONOCHROME1: v becomes 4095 - v, less 1024 in Hounsfield units; then -160 to 240 becomes 0 to 255.

    2911 -> 1184 -> 160 HU -> 320/400 of 255 = 204; 3231 -> 864 -> -160 -> 0; 2000 -> 2095 -> 1071, beyond, 255;
    3151 -> 944 -> -80 -> 80/400 of 255 = 51.
    """
    tags = {"photometric": "MONOCHROME1", "RescaleIntercept": -1024, "RescaleSlope": 1}
    own.series("scan", {7.5: [[2911, 3231]], 2.5: [[2000, 3151]]}, **tags)
    own.series("ids", {2.5: [[0, 1]], 7.5: [[2, 0]]}, SeriesInstanceUID="1.2.4")
    own.table("id,image,mask,group,scanner", "p1_ct,scan,ids,p1,A")
    rows = own.convert("--window", "-160", "240")
    columns = ["id", "image", "mask", "group", "spacing_y", "spacing_x", "volume", "slice", "scanner"]
    assert list(rows) == columns
    head = ["images/p1_ct_000.png", "masks/p1_ct_000.png", "p1", "0.5", "0.25", "p1_ct", "0", "A"]
    assert rows.loc[0].tolist() == ["p1_ct_000", *head]
    assert rows["id"].tolist() == ["p1_ct_000", "p1_ct_001"]
    assert [own.pixels("images", id_) for id_ in rows["id"]] == [[[255, 51]], [[204, 0]]]
    assert [own.pixels("masks", id_) for id_ in rows["id"]] == [[[0, 1]], [[2, 0]]]
    last = own.capfd.readouterr().out.splitlines()[-1]
    use = f"Look at it: alseg data check {own.to}; use it: alseg run data=folder data.root={own.to}"
    assert last == f"{own.to}: 2 slices of 1 volume. {use}"


# what a radiologist sees of a voxel that names its place: tens from right to left, ones from anterior to posterior
SEEN = np.array([[[100 * k + 10 * i + j for i in range(4)] for j in range(3)] for k in range(2)])


@pytest.mark.parametrize("stored", ["as seen", "from left to right, superior first"])
def test_nifti_and_its_planes(own: Own, stored: str):
    if stored == "as seen":
        own.volume("scan.nii.gz", SEEN)
        own.volume("ids.nii.gz", SEEN // 10)
    else:  # the same voxels at the same places, counted from the other ends
        affine = np.array([[1.5, 0, 0, -4.5], [0, -0.5, 0, 0], [0, 0, -4, 4], [0, 0, 0, 1]])
        own.volume("scan.nii.gz", SEEN[::-1, :, ::-1], affine)
        own.volume("ids.nii.gz", SEEN // 10)
    own.table("id,image,mask,group", "v,scan.nii.gz,ids.nii.gz,")
    rows = own.convert("--window", "0", "255")
    assert rows["group"].tolist() == ["v", "v"]
    assert rows.loc[1, ["spacing_y", "spacing_x"]].tolist() == ["0.5", "1.5"]
    assert own.pixels("images", "v_001") == SEEN[1].tolist()
    assert own.pixels("masks", "v_001") == (SEEN[1] // 10).tolist()
    own.to = own.to.with_name("coronal")
    rows = own.convert("--window", "0", "255", "--plane", "coronal")
    assert rows.loc[0, ["spacing_y", "spacing_x"]].tolist() == ["4", "1.5"]
    assert own.pixels("images", "v_000") == [[102, 112, 122, 132], [2, 12, 22, 32]]  # the most posterior, head up
    own.to = own.to.with_name("sagittal")
    assert len(own.convert("--window", "0", "255", "--plane", "sagittal")) == 4
    assert own.pixels("images", "v_000") == [[130, 131, 132], [30, 31, 32]]  # the leftmost, from anterior


def test_tiff_pages_of_16_bits_share_the_range_of_their_volume(own: Own):
    """0 to 1000: the half and the 99.5th percentile are 5 and 995, so 500 becomes 495/990 of 255 = 127.5, even 128.

    With as many 250 they are the 10.005th and 1990.995th of 0 to 2001, 10.005 and 989.995: 250 becomes 239.995/979.99 of
    255 = 62.4, and would be 63 by the range of the first page.
    """
    pages = np.concatenate([np.arange(1001), np.full(1001, 250)]).reshape(2, 7, 143).astype(np.uint16)
    tifffile.imwrite(own.root / "a.tif", pages[:1], photometric="minisblack")
    tifffile.imwrite(own.root / "ab.tif", pages, photometric="minisblack")
    tifffile.imwrite(own.root / "m.tif", (pages // 250).astype(np.uint16), photometric="minisblack")
    tifffile.imwrite(own.root / "n.tif", (pages[:1] // 250).astype(np.uint8), photometric="minisblack")
    own.table("id,image,mask,group,spacing_y,spacing_x", "b,ab.tif,m.tif,,2,3", "a,a.tif,n.tif,,4,5")
    rows = own.convert()
    assert rows["id"].tolist() == ["b_000", "b_001", "a"]  # a single slice has the name of its volume
    assert rows[["spacing_y", "spacing_x"]].to_numpy().tolist() == [["2", "3"], ["2", "3"], ["4", "5"]]
    single = np.array(own.pixels("images", "a")).ravel()
    assert single[[0, 5, 500, 995, 1000]].tolist() == [0, 0, 128, 255, 255]
    assert own.pixels("images", "b_001")[0][0] == 62
    assert own.pixels("masks", "b_001")[0][:2] == [1, 1]


def test_eight_bits_stay_as_they_are_and_pictures_keep_their_file(own: Own):
    photo = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    photo.save(own.root / "p.jpg")
    frames = np.arange(2 * 2 * 2, dtype=np.uint8).reshape(2, 2, 2)
    dicom(own.root / "film.dcm", frames, bits=8)
    deep = Image.fromarray(np.array([[0, 4000], [1000, 2000]], np.uint16))
    deep.save(own.root / "deep.png")
    lines = ["p,p.jpg,yes,,train,9,x", "film,film.dcm,no,g,val,10,y", "deep,deep.png,no,g,val,0,z"]
    own.table("id,image,label,group,split,cost,remark", *lines)
    rows = own.convert("--window", "0", "4000")
    assert rows["id"].tolist() == ["p", "film_000", "film_001", "deep"]
    assert rows["label"].tolist() == ["yes", "no", "no", "no"]
    assert rows["group"].tolist() == ["p", "g", "g", "g"]
    assert rows["split"].tolist() == ["train", "val", "val", "val"]
    assert rows["cost"].tolist() == ["9", "5", "5", "0"]  # that of a volume is shared by its slices
    assert (rows["remark"].tolist(), rows["slice"].tolist()) == (["x", "y", "y", "z"], ["0", "0", "1", "0"])
    assert (own.to / "images/p.jpg").read_bytes() == (own.root / "p.jpg").read_bytes()
    assert [own.pixels("images", f"film_00{k}") for k in (0, 1)] == frames.tolist()
    assert own.pixels("images", "deep") == [[0, 255], [64, 128]]  # 63.75 and 127.5


def test_a_radiograph_and_a_mask_that_is_a_picture(own: Own):
    dicom(own.root / "x.dcm", np.array([[0, 4095]], np.uint16), ImagerPixelSpacing=[0.1, 0.2])
    palette = Image.fromarray(np.array([[1, 0]], np.uint8), "P")
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.save(own.root / "m.png")
    own.table("id,image,mask,group", "x,x.dcm,m.png,p")
    own.convert("--window", "0", "4095")
    assert (own.pixels("images", "x"), own.pixels("masks", "x")) == ([[0, 255]], [[1, 0]])


def test_only_annotated(own: Own):
    ids = np.zeros((4, 2, 2), int)
    ids[1, 0, 0], ids[3, 1, 1] = 1, 255
    own.volume("images/a.nii.gz", np.arange(16).reshape(4, 2, 2))
    own.volume("masks/a_mask.nii.gz", ids)
    own.volume("images/b.nii", np.arange(16).reshape(4, 2, 2))
    own.volume("masks/b.nii.gz", np.zeros((4, 2, 2)))
    rows = own.convert("--only-annotated")
    assert rows[["id", "volume", "slice"]].to_numpy().tolist() == [["a_001", "a", "1"], ["a_003", "a", "3"]]
    said = own.capfd.readouterr()
    assert "6 slices with nothing but background left out" in said.out
    assert "2 slices of 1 volume." in said.out
    assert (
        "each volume is a group of its own; if a patient has several volumes, write one that states the group"
        in said.err
    )


def test_a_file_of_frames_is_the_mask_of_a_series(own: Own):
    """Both state their places: frames and files are sorted by them."""
    own.series("scan", {1: [[1, 2]], 2: [[3, 4]]})
    shared = groups(
        PixelMeasuresSequence={"PixelSpacing": [0.5, 0.25]}, PlaneOrientationSequence={"ImageOrientationPatient": AXIAL}
    )
    each = [groups(PlanePositionSequence={"ImagePositionPatient": [0, 0, z]}) for z in (2, 1)]
    dicom(
        own.root / "ids.dcm",
        np.array([[[0, 1]], [[1, 0]]], np.uint8),
        bits=8,
        SharedFunctionalGroupsSequence=Sequence([shared]),
        PerFrameFunctionalGroupsSequence=Sequence(each),
    )
    own.table("id,image,mask,group", "v,scan,ids.dcm,")
    own.convert("--window", "0", "255")
    assert [own.pixels("images", f"v_00{k}") for k in (0, 1)] == [[[1, 2]], [[3, 4]]]
    assert [own.pixels("masks", f"v_00{k}") for k in (0, 1)] == [[[1, 0]], [[0, 1]]]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float64, np.uint8])
def test_memory_does_not_grow_with_the_number_of_volumes(tmp_path: Path, dtype: type[np.generic]):
    """One slice of 128 is annotated, so that many volumes have slices under way at once."""
    scan, ids = np.arange(128 * 64 * 64).reshape(64, 64, 128) % 256, np.zeros((64, 64, 128), np.uint8)
    ids[3, 3, 7] = 1
    for name, values in (("images", scan.astype(dtype)), ("masks", ids)):
        nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / f"{name}.nii.gz")
    peaks = []
    for count in (6, 24):
        root = tmp_path / f"of {count}"
        for name in ("images", "masks"):
            (root / name).mkdir(parents=True)
            for i in range(count):
                shutil.copyfile(tmp_path / f"{name}.nii.gz", root / name / f"v{i}.nii.gz")
        tracemalloc.start()
        try:
            assert convert(root, root / "set", only_annotated=True, progress=False).slices == count
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


# --- the result is a data set


@pytest.mark.slow
def test_from_a_folder_without_a_manifest_to_a_run(own: Own):
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c", "d"):
        ids = np.zeros((3, 32, 32), int)
        ids[:, 8:20, 8:20] = 1
        own.volume(f"images/{name}.nii.gz", rng.integers(0, 50, ids.shape) + 100 * ids)
        own.volume(f"masks/{name}_seg.nii.gz", ids)
    for junk in ("images/Thumbs.db", "masks/desktop.ini"):
        (own.root / junk).write_bytes(b"junk")
    own.convert()
    assert main(["data", "check", str(own.to), "--size", "32"]) == 0
    assert "32 x 32 (height x width)" in own.capfd.readouterr().out
    dataset = load_folder(own.to, 32, progress=False)
    assert dataset.groups == tuple(name for name in "abcd" for _ in range(3))
    assert dataset.metadata["volume"].tolist() == list(dataset.groups)
    assert dataset.spacing[0].tolist() == [0.5, 1.5]
    tiny = ["learner.encoder=test_efficientnet", "learner.weights=none", "data.size=32", "trainer.steps=1"]
    tiny += [
        "trainer.batch_size=2",
        "trainer.accelerator=cpu",
        "budget.initial=2",
        "budget.rounds=1",
        "strategy=random",
    ]
    try:
        code = main(["run", "data=folder", f"data.root={own.to}", "run_dir=out", "logger=csv", "map=none", *tiny])
    except SystemExit as stop:  # Hydra's way out
        code = int(stop.code or 0)
    assert code == 0
    assert "test/dice" in pd.read_csv("out/metrics.csv")


# --- what cannot be converted

Prepare = Callable[[Own], None]


def of_nifti(scan: Any, ids: Any, affine: Any = STANDARD) -> Prepare:
    def prepare(own: Own) -> None:
        own.volume("v.nii.gz", scan)
        own.volume("m.nii.gz", ids, affine)
        own.table("id,image,mask,group", "v,v.nii.gz,m.nii.gz,")

    return prepare


def with_picture(own: Own, mask: str) -> None:
    own.series("scan", {1: [[1, 2]], 2: [[3, 4]]})
    Image.new("L", (2, 1)).save(own.root / "m.png")
    own.volume("m.nii", np.zeros((2, 1, 2)))
    tifffile.imwrite(own.root / "m.tif", np.zeros((2, 1, 2), np.uint8), photometric="minisblack")
    own.table("id,image,mask,group", f"v,scan,{mask},")


def without_places(own: Own) -> None:
    own.series("scan", {1: [[1, 2]], 2: [[3, 4]]})
    (own.root / "ids").mkdir()
    for number in (1, 2):
        dicom(own.root / f"ids/{number}", np.zeros((1, 2), np.uint16), InstanceNumber=number)
    own.table("id,image,mask,group", "v,scan,ids,")


def elsewhere(*values: Any, **tags: Any) -> Prepare:
    """A series, and one with other tags as its mask."""

    def prepare(own: Own) -> None:
        own.series("scan", {float(z): pixels for z, pixels in enumerate(values)})
        own.series("ids", {float(z): np.zeros_like(pixels) for z, pixels in enumerate(values)}, **tags)
        own.table("id,image,mask,group", "v,scan,ids,")

    return prepare


def sizes_alone(own: Own) -> None:
    for name, side in (("v.dcm", 0.5), ("m.dcm", 1.0)):
        dicom(own.root / name, np.zeros((2, 2), np.uint16), PixelSpacing=[side, side])
    own.table("id,image,mask,group", "v,v.dcm,m.dcm,")


def late(own: Own) -> None:
    """The second volume is broken when the first has been written."""
    own.volume("a.nii", np.zeros((40, 8, 8)))
    (own.root / "b.nii").write_bytes((own.root / "a.nii").read_bytes()[:400])
    own.table("id,image,label,group", "a,a.nii,x,", "b,b.nii,y,")


def two_ids(own: Own) -> None:
    own.volume("a.nii", np.zeros((2, 2, 2)))
    Image.new("L", (2, 2)).save(own.root / "a.png")
    own.table("id,image,label,group,spacing_y,spacing_x", "a,a.nii,x,,1,1", "a_000,a.png,y,,1,1")


def half_a_spacing(own: Own) -> None:
    own.volume("a.nii", np.zeros((2, 2, 2)))
    Image.new("L", (2, 2)).save(own.root / "b.png")
    own.table("id,image,label,group", "a,a.nii,x,", "b,b.png,y,")


def nan(own: Own) -> None:
    tifffile.imwrite(own.root / "a.tif", np.array([[1, np.nan]], np.float32), photometric="minisblack")
    own.table("id,image,label,group", "a,a.tif,x,")


def film(own: Own) -> None:
    pages = [Image.fromarray(np.full((2, 2), value, np.uint8)) for value in (1, 200)]
    pages[0].save(own.root / "a.gif", save_all=True, append_images=pages[1:])
    own.table("id,image,label,group", "a,a.gif,x,")


def four_dimensions(own: Own) -> None:
    nifti(own.root / "a.nii", np.zeros((2, 2, 2, 3)), np.eye(4))
    own.table("id,image,label,group", "a,a.nii,x,")


def coloured_mask(own: Own) -> None:
    for name in ("a.tif", "m.tif"):
        tifffile.imwrite(own.root / name, np.arange(12, dtype=np.uint8).reshape(2, 2, 3), photometric="rgb")
    own.table("id,image,mask,group", "a,a.tif,m.tif,")


def outside(own: Own) -> None:
    own.series("scan", {1: [[1, 2]]})
    (own.root.parent / "secret").write_bytes(b"x")
    (own.root / "scan/IM9").symlink_to(own.root.parent / "secret")
    own.table("id,image,label,group", "a,scan,x,")


def reserved(own: Own) -> None:
    Image.new("L", (2, 2)).save(own.root / "a.png")
    own.table("id,image,label,group,slice", "a,a.png,x,,4")


def named(*files: str) -> Prepare:
    def prepare(own: Own) -> None:
        for file in files:
            if "." in file:
                own.volume(file, np.zeros((2, 2, 2)))
            else:
                (own.root / file).mkdir()

    return prepare


TWO = np.zeros((2, 3, 4))
SQUARE = np.zeros((2, 2))
UNKNOWN = np.diag([1.5, 0.5, 4, 1])
UNKNOWN[0, 3] = np.nan
REFUSED: dict[str, tuple[Prepare, list[str], str]] = {
    "nothing": (lambda own: None, [], "mine: it holds neither manifest.csv with the columns id,image,mask,group or"),
    "window": (of_nifti(TWO, TWO), ["--window", "5", "1"], "--window 5 1: it goes from a lower to a higher number"),
    "plane": (lambda own: with_picture(own, "m.png"), ["--plane", "coronal"], "--plane is for NIfTI volumes"),
    "shape": (of_nifti(TWO, TWO[:1]), [], "it has 1 slice of 3x4 pixels and its image v.nii.gz 2 slices of 3x4 pixels"),
    "values": (
        of_nifti(TWO, TWO - 3),
        [],
        "m.nii.gz: it holds the value -3; class ids are whole numbers from 0 to 255",
    ),
    "place": (
        of_nifti(TWO, TWO, np.diag([1.5, 0.5, 4, 1])),
        [],
        "m.nii.gz: its corners lie up to 4.5 mm from those of its image v.nii.gz",
    ),
    "voxels": (
        of_nifti(TWO, TWO, np.diag([-4.5, -1.5, 4, 1])),
        [],
        "m.nii.gz: its pixels have 1.5x4.5 mm (height x width) and those of its image v.nii.gz 0.5x1.5 mm",
    ),
    "pixels": (
        elsewhere(SQUARE, SQUARE, PixelSpacing=[1, 0.5]),
        [],
        "ids: its pixels have 1x0.5 mm (height x width) and those of its image scan 0.5x0.25 mm",
    ),
    "pixels alone": (sizes_alone, [], "m.dcm: its pixels have 1x1 mm (height x width) and those of its image v.dcm"),
    "turned": (
        elsewhere(SQUARE, SQUARE, ImageOrientationPatient=[0, 1, 0, -1, 0, 0]),
        [],
        "ids: its corners lie up to 0.5 mm from those of its image scan",
    ),
    "transposed": (
        elsewhere(np.zeros((3, 5)), ImageOrientationPatient=[0, 1, 0, 1, 0, 0]),
        [],
        "ids: its corners lie up to 1 mm from those of its image scan",
    ),
    "nowhere": (of_nifti(TWO, TWO, UNKNOWN), [], "m.nii.gz: its affine is [[1.5, 0.0, 0.0, nan]"),
    "nifti": (
        lambda own: with_picture(own, "m.nii"),
        [],
        "m.nii: its format is NIfTI and that of its image scan DICOM series",
    ),
    "tiff": (
        lambda own: with_picture(own, "m.tif"),
        [],
        "m.tif: its format is TIFF and that of its image scan DICOM series",
    ),
    "no place": (without_places, [], "ids: it does not say where its slices lie and scan does"),
    "late": (late, [], "b.nii: its header states 8 x 8 x 40 voxels, 5,120 bytes, and the file b.nii has"),
    "id twice": (two_ids, [], "the id 'a_000' comes twice"),
    "spacing": (half_a_spacing, [], "b: its file does not state the size of a pixel and that of a_000 does"),
    "nan": (nan, [], "a.tif: it holds NaN or infinite values"),
    "film": (film, [], "a.gif: it holds 2 images; save one file for each"),
    "4-D": (four_dimensions, [], "a.nii: it has 3 channels or time points; save one as a file of its own"),
    "colour": (coloured_mask, [], "m.tif: it is a colour image; a mask holds class ids in one channel"),
    "outside": (outside, [], "'IM9' in 'scan' leads out of"),
    "column": (reserved, [], "column 'slice' is one that the conversion writes; call it otherwise"),
    "labels": (nan, ["--only-annotated"], "it looks for slices whose masks hold anything"),
    "all empty": (of_nifti(TWO, TWO), ["--only-annotated"], "no mask of"),
    "no images": (named("images", "masks"), [], "images: it is empty"),
    "a mask of another name": (named("images/a.nii", "masks/b.nii"), [], "masks/b.nii: it is the mask of no file in"),
    "no masks to look for annotation in": (named("images/a.nii"), ["--only-annotated"], "--only-annotated: "),
    "two masks": (named("images/a.nii", "masks/a.nii", "masks/a_seg.nii"), [], "it has a.nii and a_seg.nii in"),
    "more masks": (
        named("images/a.nii", "masks/a.nii", "masks/b.nii"),
        [],
        "masks/b.nii: it is the mask of no file in",
    ),
    "two names": (named("images/a.nii", "images/a.nii.gz", "masks/a.nii"), [], "a.nii has the same name"),
}


def test_volumes_that_wait_for_a_mask(own: Own):
    """Of two volumes of two slices the first has a mask; nothing is there to learn from in the other."""
    own.volume("images/a.nii", [[[1, 2], [3, 4]]] * 2)
    own.volume("images/b.nii", [[[1, 2], [3, 4]]] * 2)
    own.volume("masks/a.nii", [[[0, 1], [0, 0]], [[0, 0], [0, 0]]])
    rows = own.convert()
    assert rows["mask"].tolist() == ["masks/a_000.png", "masks/a_001.png", "", ""]
    assert load_folder(own.to, [2, 2]).has_target == (True, True, False, False)


def test_volumes_without_any_mask(own: Own):
    own.volume("images/a.nii", [[[1, 2], [3, 4]]])
    rows = own.convert()
    assert rows["mask"].tolist() == [""]
    classes = ["benign", "malignant"]
    assert load_folder(own.to, [2, 2], classes=classes).task == "segmentation"
    assert load_folder(own.to, [2, 2], task="classification", classes=classes).targets.tolist() == [-1]


def test_only_annotated_slices_and_volumes_that_wait(own: Own):
    for name in ("a", "b"):
        own.volume(f"images/{name}.nii", [[[1, 2], [3, 4]]] * 2)
    own.volume("masks/a.nii", [[[0, 1], [0, 0]], [[0, 0], [0, 0]]])
    assert own.convert("--only-annotated")["id"].tolist() == ["a_000", "b_000", "b_001"]


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_converted(own: Own, case: str):
    prepare, options, message = REFUSED[case]
    prepare(own)
    assert message in own.refused(*options)


def test_an_id_that_is_no_name_for_a_file(tmp_path: Path):
    for id_ in ("a/../b", "a\0b"):
        with pytest.raises(DataError, match="is no name for a file") as caught:
            place(Item(id_, lambda: np.zeros((2, 2), np.uint8), label="x"), tmp_path, None)
        assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_and_one_that_is(own: Own):
    of_nifti(TWO, TWO)(own)
    own.to.mkdir()
    (own.to / "mine.txt").write_text("keep me")
    assert main(["data", "convert", str(own.root), "--to", str(own.to)]) == 2
    assert "it is there already" in own.capfd.readouterr().err
    assert (own.to / "mine.txt").read_text() == "keep me"
    assert main(["data", "convert", "absent", "--to", "x"]) == 2
    assert "absent: no such folder; give the folder that holds the volumes" in own.capfd.readouterr().err


@pytest.mark.parametrize("name", ["scan", "scan/IM0", "m.nii", "m.tif"])
def test_a_data_set_of_volumes_is_pointed_here(own: Own, name: str):
    with_picture(own, "m.png")
    own.table("id,image,label,group", f"a,{name},x,")
    assert main(["data", "check", str(own.root)]) == 2
    assert "alseg data convert FROM --to DIR makes " in own.capfd.readouterr().err
