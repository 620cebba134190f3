"""What 255 means, for every mixture of masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from alseg.data.dataset import Dataset
from alseg.data.folder import load_folder
from alseg.errors import ConfigError, DataError

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder

ONE_BIT = np.array([[False, True]] * 2)
ASKED = "asked"
FOREGROUND, CLASS_1 = ("background", "foreground"), ("background", "class_1")
CLASS_2 = (*CLASS_1, "class_2")


def save(folder: Folder, *masks: Any) -> None:
    """Masks of 2 x 2 pixels with the values of each pair in their two columns; bool arrays become files of 1 bit."""
    for i, mask in enumerate(masks):
        pixels = np.asarray(mask)
        wide = (
            np.broadcast_to(pixels, (2, 2)) if pixels.size != 3 else np.array([[pixels[0], pixels[1]], [pixels[2]] * 2])
        )
        folder.save(f"{i}.png", np.zeros((2, 2)))
        folder.save(f"m{i}.png", Image.fromarray(wide) if wide.dtype == bool else wide)
    folder.table("id,image,mask,group", *(f"{i},{i}.png,m{i}.png," for i in range(len(masks))))


def values(dataset: Dataset) -> list[list[int]]:
    return [np.unique(target).tolist() for target in dataset.targets]


# Masks of a data set; its classes where 255 needs no answer (else ASKED); values of the targets with no answer or
# `foreground`; values with `ignored`. None: it cannot be.
MIXTURES: list[tuple[list[Any], Any, list[list[int]] | None, list[list[int]]]] = [
    ([0], FOREGROUND, [[0]], [[0]]),
    ([(0, 1)], CLASS_1, [[0, 1]], [[0, 1]]),
    ([(0, 1, 2)], CLASS_2, [[0, 1, 2]], [[0, 1, 2]]),
    ([(0, 1), (0, 2)], CLASS_2, [[0, 1], [0, 2]], [[0, 1], [0, 2]]),
    # of 1 bit: the 1 is class 1
    ([ONE_BIT], FOREGROUND, [[0, 1]], [[0, 1]]),
    ([ONE_BIT, 0], FOREGROUND, [[0, 1], [0]], [[0, 1], [0]]),
    ([ONE_BIT, (0, 1)], CLASS_1, [[0, 1], [0, 1]], [[0, 1], [0, 1]]),
    ([ONE_BIT, (0, 1, 2)], CLASS_2, [[0, 1], [0, 1, 2]], [[0, 1], [0, 1, 2]]),
    ([ONE_BIT, (0, 255)], FOREGROUND, [[0, 1], [0, 1]], [[0, 1], [0, 255]]),
    ([ONE_BIT, (0, 255), (0, 1)], ASKED, [[0, 1], [0, 1], [0, 1]], [[0, 1], [0, 255], [0, 1]]),
    ([ONE_BIT, 255], ASKED, [[0, 1], [1]], [[0, 1], [255]]),
    ([ONE_BIT, (0, 1, 255)], CLASS_1, None, [[0, 1], [0, 1, 255]]),
    # black and white
    ([(0, 255)], FOREGROUND, [[0, 1]], [[0, 255]]),
    ([(0, 255), 0], FOREGROUND, [[0, 1], [0]], [[0, 255], [0]]),
    # 255 alone in a file
    ([255], ASKED, [[1]], [[255]]),
    ([255, 255], ASKED, [[1], [1]], [[255], [255]]),
    ([255, 0], ASKED, [[1], [0]], [[255], [0]]),
    ([255, (0, 255)], ASKED, [[1], [0, 1]], [[255], [0, 255]]),
    ([255, (0, 1)], ASKED, [[1], [0, 1]], [[255], [0, 1]]),
    # 255 beside a class id in one file: it can only be not annotated, everywhere
    ([(0, 1, 255)], CLASS_1, None, [[0, 1, 255]]),
    ([(1, 255), (0, 1)], CLASS_1, None, [[1, 255], [0, 1]]),
    ([(0, 1, 255), (0, 255), 255], CLASS_1, None, [[0, 1, 255], [0, 255], [255]]),
    ([(2, 255), (0, 1), 255], CLASS_2, None, [[2, 255], [0, 1], [255]]),
    # class ids above 1 in other files: of several classes 255 is none
    ([(0, 1, 2), 255], CLASS_2, None, [[0, 1, 2], [255]]),
    ([(0, 1, 2), (0, 255)], CLASS_2, None, [[0, 1, 2], [0, 255]]),
    # 0/1 in some files and 0/255 in others
    ([(0, 1), (0, 255)], ASKED, [[0, 1], [0, 1]], [[0, 1], [0, 255]]),
    ([(0, 1), 0, (0, 255)], ASKED, [[0, 1], [0], [0, 1]], [[0, 1], [0], [0, 255]]),
    ([1, (0, 255)], ASKED, [[1], [0, 1]], [[1], [0, 255]]),
]


@pytest.mark.parametrize(("masks", "classes", "foreground", "ignored"), MIXTURES)
def test_mixtures(
    folder: Folder,
    masks: list[Any],
    classes: Any,
    foreground: list[list[int]] | None,
    ignored: list[list[int]],
) -> None:
    save(folder, *masks)
    options: dict[str, Any] = {"memory_limit_gb": 4.0 if len(masks) == 2 else 0.0}  # in memory, or memory-mapped
    if classes is ASKED:
        with pytest.raises(
            DataError, match=r"m\d\.png: it holds .*; say data\.mask_255=foreground .*data\.mask_255=ignored"
        ):
            load_folder(folder.root, 2, **options)
    else:
        dataset = load_folder(folder.root, 2, **options)
        assert dataset.classes == classes
        assert values(dataset) == (ignored if foreground is None else foreground)
    if foreground is None:
        with pytest.raises(
            ConfigError, match=r"data\.mask_255=foreground: .*m\d\.png holds the class id \d, beside which 255"
        ):
            load_folder(folder.root, 2, mask_255="foreground", **options)
    else:
        assert values(load_folder(folder.root, 2, mask_255="foreground", **options)) == foreground
    assert values(load_folder(folder.root, 2, mask_255="ignored", **options)) == ignored


def test_the_question_names_files_and_answers(folder: Folder) -> None:
    save(folder, 0, 255, (0, 255), 255)
    with pytest.raises(DataError) as caught:
        load_folder(folder.root, 2)
    assert str(caught.value) == (
        f"{folder.root}/m1.png: it holds nothing but 255 (as does 1 more): all foreground, or not annotated yet; say "
        "data.mask_255=foreground (255 is class 1), data.mask_255=ignored_if_alone (so it is beside 0, but not where it is "
        "alone) or data.mask_255=ignored (255 is not annotated)"
    )
    save(folder, (0, 1), (0, 255), (0, 1), (0, 1))
    with pytest.raises(DataError, match=r"m1\.png: it holds 255 and m0\.png the class id 1 \(as do 2 more\): two ways"):
        load_folder(folder.root, 2)


def test_alone_is_another_answer(folder: Folder) -> None:
    save(folder, (0, 255), 255, ONE_BIT)
    assert values(load_folder(folder.root, 2, mask_255="ignored_if_alone")) == [[0, 1], [255], [0, 1]]
    with pytest.raises(ConfigError, match=r"data\.mask_255=white: it is one of foreground, ignored, ignored_if_alone"):
        load_folder(folder.root, 2, mask_255="white")


def test_three_names_leave_one_meaning(folder: Folder) -> None:
    names = ["none", "liver", "spleen"]
    save(folder, (0, 1), (0, 255), 255)
    assert values(load_folder(folder.root, 2, classes=names)) == [[0, 1], [0, 255], [255]]
    save(folder, (0, 255))
    with pytest.raises(
        DataError, match=r"data\.classes names 3; where 255 is not annotated, say data\.mask_255=ignored"
    ):
        load_folder(folder.root, 2, classes=names)
    assert values(load_folder(folder.root, 2, classes=names, mask_255="ignored")) == [[0, 255]]


def test_a_region_within_the_foreground_asks_nothing(folder: Folder) -> None:
    """What counts as alone is the file; what counts as a class is the region."""
    save(folder, (0, 255), (0, 255))
    folder.table("id,image,mask,group,part", "a,0.png,m0.png,,1 0 1 2", "b,1.png,m1.png,,")
    assert values(load_folder(folder.root, 2, region="part")) == [[1], [0, 1]]
    folder.save("m0.png", [[[200, 0, 0], [255, 255, 255]]] * 2)  # a caption in colour, cut away
    with pytest.raises(DataError, match="colour"):
        load_folder(folder.root, 2)
    assert values(load_folder(folder.root, 2, region="part")) == [[1], [0, 1]]


def test_ignored_pixels_are_said(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    save(folder, (0, 1), (0, 1))
    load_folder(folder.root, 2)
    assert not caplog.records
    save(folder, (0, 1, 2), (0, 255), (0, 0))
    load_folder(folder.root, 2, classes=["bg", "a", "b", "c", "d"])
    first, second = caplog.records
    assert (first.levelname, second.levelname) == ("INFO", "WARNING")
    share = "16.67% of all pixels of the masks are 255, not annotated, and so ignored: in 1 of 3 images"
    assert first.getMessage() == f"{folder.root}/manifest.csv: {share}"
    assert second.getMessage() == f"{folder.root}/manifest.csv: no mask has a pixel of c, d"
    caplog.clear()
    save(folder, (1, 255), (0, 255))
    load_folder(folder.root, 2, mask_255="ignored")
    assert [record.levelname for record in caplog.records] == ["INFO"]  # half of them
    caplog.clear()
    save(folder, (1, 255), 255, (0, 255))
    load_folder(folder.root, 2)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
