"""Tables as people and their programs save them: the same data set comes out, or one line says what to do."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from alseg.data.manifest import Manifest, read_manifest
from alseg.errors import DataError

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder

PLAIN = "id,image,label,group,spacing_y,spacing_x\n1,a.png,cat,p1,0.5,0.25\n2,b.png,dog,p2,0.5,0.25\n"
EUROPEAN = PLAIN.replace(",", ";").replace(".5", ",5").replace("0.", "0,")
SAVED: dict[str, bytes] = {
    "plain": PLAIN.encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "Windows' line ends": PLAIN.replace("\n", "\r\n").encode(),
    "old Macs' line ends": PLAIN.replace("\n", "\r").encode(),
    "without a last line end": PLAIN.rstrip().encode(),
    "semicolons and decimal commas": EUROPEAN.encode(),
    "semicolons and decimal points": PLAIN.replace(",", ";").encode(),
    "tabs": PLAIN.replace(",", "\t").encode(),
    "tabs and decimal commas": EUROPEAN.replace(";", "\t").encode(),
    "bars": PLAIN.replace(",", "|").encode(),
    "Excel's sep": b"sep=;\r\n" + EUROPEAN.encode(),
    "Excel's sep of a comma": b"\xef\xbb\xbfsep=,\n" + PLAIN.encode(),
    "Excel's Unicode text": PLAIN.replace(",", "\t").encode("utf-16"),
    "UTF-16, the other end first": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "empty rows": (PLAIN.replace("\n", "\n,,,,,\n") + "\n   \n, ,,,,\n").encode(),
    "empty rows first": (",,,,,\n\n" + PLAIN).encode(),
    "empty columns": PLAIN.replace("\n", ",,\n").encode(),
    "empty columns that have no header": PLAIN.replace("\n", ",,\n").replace(",,\n", "\n", 1).encode(),
    "blanks": PLAIN.replace(",", " , ").encode(),
    "quotes": PLAIN.replace("a.png", '"a.png"').replace("cat", '"cat"').encode(),
    "blanks before and after quotes": PLAIN.replace("a.png", '  "a.png" ').replace("\n1", '\n "1"').encode(),
    "a line break in a cell": PLAIN.replace("a.png", '"a.png\n"').encode(),
    "signs without width": PLAIN.replace("a.png", "\u200ba.png\ufeff").replace("id,", "\u200eid,").encode(),
    "blanks that do not break": PLAIN.replace("cat", "\u00a0cat\u00a0").encode(),
}


def read(folder: Folder, content: bytes) -> Manifest:
    for name in ("a.png", "b.png"):
        folder.save(name, np.zeros((2, 2)))
    (folder.root / "manifest.csv").write_bytes(content)
    return read_manifest(folder.root)


def refused(folder: Folder, content: bytes | str) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, content if isinstance(content, bytes) else content.encode())
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(folder.root))
    return message.removeprefix(f"{folder.root}/manifest.csv: ")


@pytest.mark.parametrize("saved", SAVED)
def test_the_same_table(folder: Folder, saved: str) -> None:
    manifest = read(folder, SAVED[saved])
    assert manifest.ids == ("1", "2")
    assert [path.name for path in manifest.images] == ["a.png", "b.png"]
    assert manifest.labels == ("cat", "dog")
    assert manifest.groups == ("p1", "p2")
    assert manifest.spacing is not None
    assert manifest.spacing.tolist() == [[0.5, 0.25]] * 2
    assert list(manifest.metadata.columns) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it has no rows"),
        (b"\n\n,,,\n", "it has no rows"),
        (b"id,image,label,group\n,,,\n", "it has no rows"),
        (PLAIN.replace("cat", "L\xe4sion").encode("latin-1"), "it cannot be read: line 2 is not UTF-8; save it as CSV in UTF-8 ("),
        (b"\xff\xfei", "it cannot be read: line 1 is not UTF-16"),
        (PLAIN.encode("utf-16-le"), "it cannot be read: it holds null bytes; save it as CSV in UTF-8 (in Excel: Save As, CSV"),
        (b"PK\x03\x04\x14\x00", "it is a workbook and no text; save it as CSV ("),
        (PLAIN.replace("cat", '"cat'), "line 2 opens a quote that is never closed; close it, or write it twice"),
        (PLAIN.replace("p2", '"p2'), "line 3 opens a quote that is never closed"),
        (PLAIN.replace("p1", '"p1'), "line 2 opens a quote that is never closed"),
        (PLAIN.replace("0.5", "0,5"), "line 2 has 7 values for 6 columns; quote values with commas"),
        (PLAIN.replace("0.5", '"0,5"'), "line 2 (id '1'), column 'spacing_y' is '0,5'; it must be a positive number"),
        (PLAIN.replace(",p1", ""), "line 2 has 5 values for 6 columns; quote values with commas, close every quote, and ke"),
        (PLAIN.replace("group", ""), "column 4 has no name and line 2 has a value there; name it in the header"),
        (PLAIN.replace("image", "Image"), "column 'Image' must be written 'image'; it has id, Image, label, group"),
        (PLAIN.replace("spacing_y", "Spacing Y"), "column 'Spacing Y' must be written 'spacing_y'"),
        (PLAIN.replace("spacing_y,spacing_x", "Split,Site"), "column 'Split' must be written 'split'"),
        (PLAIN.replace("label", "Label"), "column 'Label' must be written 'label'"),
        (PLAIN.replace("\n1,", "\n1.23457E+12,"), "line 2 (id '1.23457E+12'), column 'id' is '1.23457E+12': Excel short"),
        (EUROPEAN.replace("p2", "1,2E+11"), "line 3 (id '2'), column 'group' is '1,2E+11': Excel shortened a long number"),
        (PLAIN.replace("dog", "Cat"), "line 3 (id '2'), column 'label' is 'Cat' and above 'cat'; write one class in one way"),
        ("# mine\n" + PLAIN, "line 1 must name the columns, as id,image,mask,group or id,image,label,group; it is '# mine'"),
        ("Mine;;\n" + EUROPEAN, "line 1 must name the columns, as id,image,mask,group or id,image,label,group; it is 'Mine;;'"),
        (EUROPEAN.replace("1;a.png;", "1,a.png,"), "line 2 has 4 values for 6 columns (parted by ';'); quote"),
        (PLAIN.replace("a.png", "a.png;b.png"), "line 2 (id '1'), column 'image': 'a.png;b.png' does not exist in "),
        (PLAIN.replace("cat", "#N/A"), "line 2 (id '1'), column 'label' is '#N/A', a formula that failed; write"),
        (PLAIN.replace("p2", "#BEZUG!"), "line 3 (id '2'), column 'group' is '#BEZUG!', a formula that failed"),
    ],
)  # fmt: skip
def test_what_the_line_says(folder: Folder, content: bytes | str, message: str) -> None:
    assert refused(folder, content).startswith(message)


def test_what_is_no_oddity(folder: Folder) -> None:
    """A quote within text, a number that was never long, and a column that only resembles one of the data set's."""
    manifest = read(
        folder, b'id,image,label,group,Mask,probe\n1e5,a.png,#1,1.5E+1,x,5" linear\n2E+10,b.png,c,,,"a, b"\n'
    )
    assert manifest.ids == ("1e5", "2E+10")
    assert manifest.texts("Mask") == ["x", ""]
    assert manifest.texts("probe") == ['5" linear', "a, b"]


def test_another_table_than_manifest_csv(folder: Folder) -> None:
    path = folder.root / "manifest.csv"
    (folder.root / "labels.csv").write_bytes(b"")
    with pytest.raises(
        DataError, match=r"no such file, but there is labels\.csv; save it as manifest\.csv with the columns id,"
    ):
        read_manifest(folder.root)
    (folder.root / "Manifest.xlsx").write_bytes(b"PK")
    with pytest.raises(
        DataError, match=r"manifest\.csv: no such file, but there is Manifest\.xlsx; save it as manifest\.csv"
    ):
        read_manifest(folder.root)
    path.mkdir()
    with pytest.raises(DataError, match=r"manifest\.csv: it is a folder; it must be a table"):
        read_manifest(folder.root)
    path.rmdir()
    read(folder, PLAIN.encode())
    with pytest.raises(
        DataError, match=r"manifest\.csv: it is a file; give the folder that holds manifest\.csv, .*set$"
    ):
        read_manifest(path)


@pytest.mark.parametrize("disk", ["NFC", "NFD"])
@pytest.mark.parametrize("table", ["NFC", "NFD"])
def test_names_that_look_the_same_are_the_same(folder: Folder, table: str, disk: str) -> None:
    """macOS writes an ä as two signs into the names of files, and no program shows it."""
    for name in ("Brüste/häufig.png", "Brüste/b.png"):
        folder.save(unicodedata.normalize(disk, name), np.zeros((2, 2)))
    lines = ["id,image,label,Größe,group", "ä,Brüste/häufig.png,Läsion,groß,Müller", "b,Brüste/b.png,x,klein,p"]
    folder.table(*(unicodedata.normalize(table, line) for line in lines))
    manifest = read_manifest(folder.root, {unicodedata.normalize(disk, "Größe"): unicodedata.normalize(disk, "groß")})
    assert [path.exists() for path in manifest.images] == [True]
    assert (manifest.ids, manifest.labels, manifest.groups) == (("ä",), ("Läsion",), ("Müller",))


def test_two_files_whose_names_look_the_same(folder: Folder) -> None:
    for form in ("NFC", "NFD"):
        folder.save(unicodedata.normalize(form, "ä.png"), np.zeros((2, 2)))
    folder.table("id,image,label,group", "1,ä.png,x,")
    with pytest.raises(DataError, match="'ä.png' is in .* twice, with names that look the same"):
        read_manifest(folder.root)


def test_the_same_image_twice_is_one_group(folder: Folder) -> None:
    """Two readers' masks of one image, in two rows: it would else be trained and tested on."""
    for name in ("a.png", "b.png", "m.png"):
        folder.save(name, np.zeros((2, 2)))
    folder.table("id,image,mask,group", "1,a.png,m.png,", "2,b.png,m.png,", "3,./a.png,m.png,", "4,a.png,m.png,own")
    assert read_manifest(folder.root).groups == ("1", "2", "1", "own")


def test_a_long_table_is_read_in_proportion(tmp_path: Path) -> None:
    """Forty times the rows in about forty times the time: names with an umlaut too, for which folders are listed."""
    (tmp_path / "ä.png").write_bytes(b"")
    seconds = []
    for n in (100, 4_000):
        (tmp_path / "manifest.csv").write_text("id,image,label,group\n" + "".join(f"{i},ä.png,x,\n" for i in range(n)))
        start = time.process_time()
        assert len(read_manifest(tmp_path).ids) == n
        seconds.append(time.process_time() - start)
    assert seconds[1] < 200 * seconds[0] + 1
