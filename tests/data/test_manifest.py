from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from alseg.data.manifest import inside, read_manifest
from alseg.errors import ConfigError, DataError

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder

HEADER = "id,image,mask,group"


@pytest.fixture
def files(folder: Folder) -> Folder:
    for name in ("a.png", "b.png", "m.png"):
        folder.save(name, np.zeros((2, 2)))
    return folder


def problem(folder: Folder, *lines: str) -> str:
    """The message that the table deserves; always one line that names the manifest."""
    path = folder.table(*lines)
    with pytest.raises(DataError) as caught:
        read_manifest(folder.root)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def test_every_column_arrives(files: Folder) -> None:
    files.table(
        "id,image,mask,group,split,spacing_y,spacing_x,cost,site,grade",
        "001,a.png,m.png,p1,train,0.5,0.25,12.5,NA,007",
        "1e3,b.png,m.png,,test,1,2,0,,1.0",
    )
    manifest = read_manifest(files.root)
    assert manifest.ids == ("001", "1e3")
    assert manifest.groups == ("p1", "1e3")
    assert [path.name for path in manifest.images] == ["a.png", "b.png"]
    assert manifest.masks is not None
    assert [path.name for path in manifest.masks] == ["m.png", "m.png"]
    assert manifest.labels is None
    assert manifest.split == ("train", "test")
    assert manifest.spacing is not None
    assert manifest.spacing.tolist() == [[0.5, 0.25], [1.0, 2.0]]
    assert manifest.cost is not None
    assert manifest.cost.tolist() == [12.5, 0.0]
    assert manifest.metadata.to_dict("index") == {
        "001": {"site": "NA", "grade": "007"},
        "1e3": {"site": "", "grade": "1.0"},
    }


def test_optional_columns_may_be_absent_or_empty(files: Folder) -> None:
    files.table("id,image,label,group,split,spacing_y,spacing_x,cost", "a,a.png,cat,,,,,", "b,b.png,dog,,,,,")
    manifest = read_manifest(files.root)
    assert manifest.labels == ("cat", "dog")
    assert manifest.masks is manifest.split is manifest.spacing is manifest.cost is None
    assert list(manifest.metadata.columns) == []
    assert list(manifest.metadata.index) == ["a", "b"]


def test_spreadsheet_habits_do_no_harm(files: Folder) -> None:
    text = f"\ufeff{HEADER}\r\n\r\na, a.png ,m.png,\r\n"
    (files.root / "manifest.csv").write_bytes(text.encode())
    assert read_manifest(files.root).ids == ("a",)


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: no such folder"):
        read_manifest(tmp_path / "nowhere")


def test_missing_manifest(folder: Folder) -> None:
    with pytest.raises(DataError, match=r"manifest\.csv: no such file.*id,image,mask,group"):
        read_manifest(folder.root)


def test_not_text(files: Folder) -> None:
    (files.root / "manifest.csv").write_bytes(b"\x80\xfe\x00")
    with pytest.raises(DataError, match=r"manifest\.csv: it cannot be read.*UTF-8"):
        read_manifest(files.root)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "it has no rows"),
        ([HEADER], "it has no rows"),
        (
            ["id:image:mask:group", "a:a.png:m.png:"],
            "line 1 must name the columns, as id,image,mask,group or id,image,label,group; it is 'id:image",
        ),
        (["image,mask,group", "a.png,m.png,"], "column 'id' is missing"),
        (["id,mask,group", "a,m.png,"], "column 'image' is missing"),
        (["id,image,mask", "a,a.png,m.png"], "column 'group' is missing; it has id, image, mask"),
        (["id,image,mask,label,group", "a,a.png,m.png,x,"], "both of the columns 'mask' and 'label'"),
        (
            [HEADER + ",split", "a,a.png,m.png,,test", "b,b.png,,,val"],
            "line 3 (id 'b'), column 'mask' is empty and the split is",
        ),
        (
            ["id,image,label,group,split", "a,a.png,,,test"],
            "line 2 (id 'a'), column 'label' is empty and the split is 'test'",
        ),
        (["id,image,group,split", "a,a.png,,test"], "column 'mask' is empty and the split is 'test'"),
        (["id,image,image,mask,group", "a,a.png,b.png,m.png,"], "column 'image' occurs 2 times"),
        ([HEADER, "a,a.png,m.png"], "line 2 has 3 values for 4 columns"),
        ([HEADER, "a,a.png,m.png,g,extra"], "line 2 has 5 values for 4 columns"),
        ([HEADER, "a,a.png,m.png,", "b,b.png,m.png,", "a,a.png,m.png,"], "id 'a' stands on lines 2 and 4"),
        ([HEADER, "a,a.png,m.png,", ",b.png,m.png,"], "line 3, column 'id' is empty"),
        ([HEADER, "a,,m.png,"], "line 2 (id 'a'), column 'image' is empty"),
        ([HEADER, "a,gone.png,m.png,"], "line 2 (id 'a'), column 'image': 'gone.png' does not exist"),
        ([HEADER, "a,a.png,gone.png,"], "line 2 (id 'a'), column 'mask': 'gone.png' does not exist"),
        (
            [HEADER, "a,.,m.png,"],
            "column 'image': '.' is a folder; if it holds a DICOM series, alseg data convert FROM --to DIR",
        ),
        ([HEADER, "a,../outside.png,m.png,"], "column 'image': '../outside.png' leads out of"),
        ([HEADER, "a,link.png,m.png,"], "column 'image': 'link.png' leads out of"),
        ([HEADER, f"a,{'x' * 300}.png,m.png,"], "is not a usable path"),
        (
            [HEADER + ",split", "a,a.png,m.png,,dev"],
            "line 2 (id 'a'), column 'split' is 'dev'; it must be one of",
        ),
        ([HEADER + ",split", "a,a.png,m.png,,", "b,b.png,m.png,,val"], "(id 'a'), column 'split' is ''"),
        ([HEADER + ",spacing_y,spacing_x", "a,a.png,m.png,,1,wide"], "column 'spacing_x' is 'wide'; it must be a pos"),
        ([HEADER + ",spacing_y,spacing_x", "a,a.png,m.png,,0,1"], "(id 'a'), column 'spacing_y' is '0'"),
        ([HEADER + ",spacing_y,spacing_x", "a,a.png,m.png,,-1,1"], "column 'spacing_y' is '-1'"),
        ([HEADER + ",spacing_y,spacing_x", "a,a.png,m.png,,nan,1"], "column 'spacing_y' is 'nan'"),
        ([HEADER + ",spacing_y,spacing_x", "a,a.png,m.png,,,", "b,b.png,m.png,,1,1"], "column 'spacing_y' is ''"),
        ([HEADER + ",spacing_y", "a,a.png,m.png,,1"], "only one of the columns 'spacing_y' and 'spacing_x'"),
        ([HEADER + ",cost", "a,a.png,m.png,,-3"], "(id 'a'), column 'cost' is '-3'; it must be a number of seconds"),
        ([HEADER + ",cost", "a,a.png,m.png,,inf"], "column 'cost' is 'inf'"),
    ],
)
def test_a_wrong_table_is_named(files: Folder, lines: list[str], expected: str) -> None:
    outside = files.root.parent / "outside.png"
    outside.write_bytes((files.root / "a.png").read_bytes())
    (files.root / "link.png").symlink_to(outside)
    assert expected in problem(files, *lines)


def test_absolute_paths_are_refused_even_inside(files: Folder) -> None:
    message = problem(files, HEADER, f"a,{files.root / 'a.png'},m.png,")
    assert "(id 'a')" in message
    assert "is an absolute path; write it relative" in message


def test_links_within_the_folder_are_fine(files: Folder) -> None:
    (files.root / "link.png").symlink_to(files.root / "a.png")
    assert inside(files.root, "link.png") == (files.root / "a.png").resolve()


def test_a_folder_that_is_a_link_is_fine(files: Folder, tmp_path: Path) -> None:
    files.table(HEADER, "a,a.png,m.png,")
    (tmp_path / "alias").symlink_to(files.root)
    assert read_manifest(tmp_path / "alias").images[0].is_file()


def test_where_keeps_some_rows_alone(files: Folder) -> None:
    files.table(
        "id,image,mask,group,site,grade",
        "1,a.png,m.png,p1,montgomery,2",
        "2,gone.png,m.png,p2,shenzhen,2",
        "3,b.png,m.png,p3,montgomery,10",
        "1,gone.png,m.png,p4,jena,1",
    )
    assert read_manifest(files.root, {"site": "montgomery"}).ids == ("1", "3")
    assert read_manifest(files.root, {"site": "montgomery", "grade": 10}).ids == ("3",)
    assert read_manifest(files.root, {"grade": [10, 2], "group": ["p1", "p3"]}).groups == ("p1", "p3")
    with pytest.raises(DataError, match="line 3.*gone.png"):
        read_manifest(files.root, {"grade": 2})


def test_where_that_cannot_be(files: Folder) -> None:
    files.table("id,image,mask,group,site", "1,a.png,m.png,p1,montgomery", "2,b.png,m.png,p2,jena")
    with pytest.raises(ConfigError, match=r"data\.where\.place: .*id, image, mask, group, site"):
        read_manifest(files.root, {"place": "jena"})
    with pytest.raises(
        ConfigError, match=r"data\.where\.site: no row .* has 'Jena'; the column holds 'montgomery', 'jena'"
    ):
        read_manifest(files.root, {"site": "Jena"})


@pytest.mark.parametrize("where", ["montgomery", ["montgomery"]])
def test_where_needs_columns(files: Folder, where: object) -> None:
    files.table("id,image,mask,group,site", "1,a.png,m.png,p1,montgomery")
    with pytest.raises(ConfigError, match=r"data\.where=.*montgomery.*: columns with the values to keep"):
        read_manifest(files.root, where)  # type: ignore[arg-type]


SECOND = "id,image,mask,group,site,second"


def test_masks_of_another_column(files: Folder) -> None:
    files.table(SECOND, "1,a.png,m.png,p1,jena,b.png", "2,b.png,,p2,jena,m.png")
    manifest = read_manifest(files.root, mask="second")
    assert manifest.masks is not None
    assert [path.name for path in manifest.masks] == ["b.png", "m.png"]
    assert manifest.texts("mask") == ["m.png", ""]
    assert list(manifest.metadata.columns) == ["mask", "site"]
    assert list(read_manifest(files.root, {"id": 1}).metadata.columns) == ["site", "second"]


def test_a_folder_may_have_no_column_named_mask(files: Folder) -> None:
    files.table("id,image,group,reader 1", "1,a.png,p1,m.png")
    assert read_manifest(files.root, mask="reader 1").masks == ((files.root / "m.png").resolve(),)


def test_rows_that_the_other_reader_did_not_draw(files: Folder) -> None:
    files.table(SECOND, "1,a.png,m.png,p1,jena,m.png", "2,b.png,m.png,p2,jena,", "3,b.png,m.png,p3,ulm,m.png")
    mask = (files.root / "m.png").resolve()
    assert read_manifest(files.root, mask="second").masks == (mask, None, mask)
    assert read_manifest(files.root, {"second": "*"}, "second").ids == ("1", "3")
    assert read_manifest(files.root, {"second": "*", "site": "ulm"}, "second").ids == ("3",)


@pytest.mark.parametrize("mask", ["third", "image", "group"])
def test_no_column_of_masks(files: Folder, mask: str) -> None:
    files.table(SECOND, "1,a.png,m.png,p1,jena,", "2,b.png,m.png,p2,jena,b.png")
    with pytest.raises(ConfigError, match=rf"data\.mask={mask}: .*manifest\.csv; with files there are: mask, second$"):
        read_manifest(files.root, mask=mask)


def test_paths_of_other_masks_stay_inside(files: Folder) -> None:
    files.table(SECOND, "1,a.png,m.png,p1,jena,../outside.png")
    with pytest.raises(DataError, match=r"line 2 \(id '1'\), column 'second': '\.\./outside\.png' leads out of"):
        read_manifest(files.root, mask="second")


def test_labels_have_no_other_masks(files: Folder) -> None:
    files.table("id,image,label,group,outline", "1,a.png,x,p1,m.png")
    with pytest.raises(ConfigError, match=r"data\.mask=outline: .*manifest\.csv has labels .*; drop data\.mask"):
        read_manifest(files.root, mask="outline")
