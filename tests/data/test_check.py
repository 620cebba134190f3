from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.console import Console, RenderableType

from alseg.cli import main
from alseg.data.check import check
from alseg.errors import DataError

if TYPE_CHECKING:
    from conftest import Folder


def shown(renderable: RenderableType) -> dict[str, str]:
    """The table as name -> value, as it appears on a wide screen."""
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    title, *lines = capture.get().splitlines()
    cells = [[cell.strip() for cell in line.split("│")] for line in lines if "│" in line]
    return {"title": title.strip()} | {cell[1]: cell[2] for cell in cells}


def test_segmentation(folder: Folder) -> None:
    masks = [[[0, 0, 0, 1]], [[0, 0, 2, 255]], 0]
    for i, mask in enumerate(masks):
        folder.save(f"{i}.png", np.zeros((4, 4)))
        folder.save(f"m{i}.png", np.broadcast_to(np.asarray(mask), (4, 4)))
    folder.table(
        "id,image,mask,group,split,spacing_y,spacing_x,cost,[site]",
        "0,0.png,m0.png,p,train,0.5,1,60,[red]",
        "1,1.png,m1.png,p,train,0.7,1,120,[blue]",
        "2,2.png,m2.png,q,test,0.9,1,180,[red]",
    )
    assert shown(check(folder.root, size=4)) == {
        "title": "set: segmentation",
        "images": "3, 4 x 4 (height x width), grey",
        "groups": "2, images in each: 1 to 2, median 1.5",
        "split train": "2 images of 1 groups",
        "split test": "1 images of 1 groups",
        "lengths in": "mm",
        "pixel height": "0.5 to 0.9 mm, median 0.7",
        "pixel width": "1 mm",
        "cost": "60 to 180 s, median 120, 0.10 h in all",
        "class 0 background": "81.82% of pixels, in 3 (100.00%) images",
        "class 1 class_1": "9.09% of pixels, in 1 (33.33%) images",
        "class 2 class_2": "9.09% of pixels, in 1 (33.33%) images",
        "only background": "1 (33.33%) images",
        "ignored": "8.33% of pixels, in 1 (33.33%) images",
        "column [site]": "2 different values, such as [red]",
    }


def test_masks_in_other_columns_and_regions(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.segmentation([0, 255])
    folder.save("colour.png", np.arange(48).reshape(4, 4, 3))
    (folder.root / "notes.txt").write_text("blurred", encoding="utf-8")
    folder.table(
        "id,image,mask,group,second,picture,notes,part",
        "a,a.png,a_mask.png,,,colour.png,notes.txt,0 0 4 2",
        "b,b.png,a_mask.png,,b_mask.png,colour.png,notes.txt,",
    )
    facts = shown(check(folder.root, size=4))
    assert facts["column second"] == "masks of 1 (50.00%) images"
    assert facts["column picture"] == "1 different values, such as colour.png"
    assert facts["column notes"] == "1 different values, such as notes.txt"
    assert "cut to" not in facts
    facts = shown(check(folder.root, size=4, mask="second", where={"second": "*"}))
    assert facts["column mask"] == "masks of 1 (100.00%) images"
    assert facts["class 1 foreground"] == "100.00% of pixels, in 1 (100.00%) images"
    facts = shown(check(folder.root, size=4, region="part"))
    assert facts["cut to"] == "height 2 to 4 px, median 3; width 4 px of the files"
    assert facts["pixel height"] == "0.5 to 1 px, median 0.75"
    assert main(["data", "check", str(folder.root), "--region", "part"]) == 0
    assert "cut to" in capsys.readouterr().out
    assert main(["data", "check", str(folder.root), "--mask", "third"]) == 2
    assert "with files there are: mask, second, picture, notes" in capsys.readouterr().err


def test_classification(folder: Folder) -> None:
    folder.save("x.png", np.zeros((512, 256, 3)))
    folder.table("id,image,label,group", "a,x.png,u,1", "b,x.png,v,2", "c,x.png,u,3", "d,x.png,u,4")
    assert shown(check(folder.root)) == {
        "title": "set: classification",
        "images": "4, 256 x 256 (height x width), colour",
        "groups": "4, images in each: 1",
        "lengths in": "px: pixels of the image files, for no physical spacing is stated",
        "pixel height": "2 px",
        "pixel width": "1 px",
        "class 0 u": "3 (75.00%) images",
        "class 1 v": "1 (25.00%) images",
    }


def test_errors_come_through(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        check(tmp_path / "nowhere")


def test_cardiac(data_root: Path) -> None:
    facts = shown(check(data_root / "cardiac", size=64))
    assert facts["groups"] == "98, images in each: 6 to 18, median 9"
    assert facts["lengths in"].startswith("px")
    assert facts["class 3 class_3"].endswith("images")
    assert facts["column scribble"] == "masks of 944 (100.00%) images"
