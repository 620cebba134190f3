"""Data sets in which some or all images wait for a mask or a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from alseg.data.dataset import NO_CLASS, Dataset
from alseg.data.folder import load_folder
from alseg.data.manifest import read_manifest
from alseg.errors import ConfigError, DataError
from alseg.identity.content import content_of

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder


def test_some_images_have_a_mask(folder: Folder) -> None:
    folder.segmentation([255, 0, [[0, 0, 255, 255]]])
    folder.table("id,image,mask,group", "a,a.png,,", "b,b.png,b_mask.png,", "c,c.png,c_mask.png,")
    dataset = load_folder(folder.root, 4)
    assert dataset.has_target == (False, True, True)
    assert dataset.with_target == {"b", "c"}
    assert dataset.targets[:, 0].tolist() == [[255] * 4, [0] * 4, [0, 0, 1, 1]]
    assert dataset.classes == ("background", "foreground")


@pytest.mark.parametrize("memory_limit_gb", [4.0, 0.0])
def test_what_the_masks_hold_is_told_by_those_that_are_there(folder: Folder, memory_limit_gb: float) -> None:
    folder.segmentation([0, [[0, 1, 2, 255]]])
    folder.table("id,image,mask,group", "a,a.png,,", "b,b.png,b_mask.png,")
    cache = folder.root.parent / "cache"
    dataset = load_folder(folder.root, 4, memory_limit_gb=memory_limit_gb, cache_dir=cache)
    assert dataset.targets[:, 0].tolist() == [[255] * 4, [0, 1, 2, 255]]
    assert dataset.classes == ("background", "class_1", "class_2")
    folder.table("id,image,mask,group", "a,a.png,b_mask.png,", "b,b.png,,")
    dataset = load_folder(folder.root, 4, memory_limit_gb=memory_limit_gb, cache_dir=cache)
    assert dataset.targets[:, 0].tolist() == [[0, 1, 2, 255], [255] * 4]  # not the entry of the other rows


def test_an_image_that_is_padded_has_no_target_either(folder: Folder) -> None:
    folder.save("a.png", np.zeros((4, 8)))
    folder.table("id,image,group", "a,a.png,")
    dataset = load_folder(folder.root, 4, task="segmentation", classes=["background", "lesion"], fit="pad")
    assert dataset.has_target == (False,)
    assert (dataset.targets == 255).all()


def test_some_images_have_a_label(folder: Folder) -> None:
    folder.save("x.png", np.zeros((4, 4)))
    folder.table("id,image,label,group", "a,x.png,dog,", "b,x.png,,", "c,x.png,cat,")
    dataset = load_folder(folder.root, 4)
    assert dataset.classes == ("cat", "dog")
    assert dataset.targets.tolist() == [1, NO_CLASS, 0]
    assert dataset.has_target == (True, False, True)


def test_labels_of_one_class_do_not_tell_the_other(folder: Folder) -> None:
    folder.save("x.png", np.zeros((4, 4)))
    folder.table("id,image,label,group", "a,x.png,dog,", "b,x.png,,")
    with pytest.raises(DataError, match=r"'dog' in every row that has one; .* name both in data.classes"):
        load_folder(folder.root, 4)
    assert load_folder(folder.root, 4, classes=["cat", "dog"]).targets.tolist() == [1, NO_CLASS]


@pytest.mark.parametrize("header", ["id,image,group", "id,image,mask,group", "id,image,label,group"])
@pytest.mark.parametrize(("task", "none"), [("segmentation", 255), ("classification", NO_CLASS)])
def test_none_has_a_target(folder: Folder, header: str, task: str, none: int) -> None:
    folder.save("x.png", np.zeros((4, 4)))
    empty = "," * (header.count(",") - 1)
    folder.table(header, f"a,x.png{empty}", f"b,x.png{empty}")
    dataset = load_folder(folder.root, 4, task=task, classes=["one", "two"])
    assert (dataset.task, dataset.classes, dataset.has_target) == (task, ("one", "two"), (False, False))
    assert (dataset.targets == none).all()


@pytest.mark.parametrize(
    ("header", "options", "expected"),
    [
        (
            "id,image,group",
            {},
            "say what is asked: data.task=segmentation or data.task=classification, and data.classes",
        ),
        ("id,image,group", {"classes": ["a", "b"]}, "data.task=segmentation or data.task=classification"),
        ("id,image,group", {"task": "segmentation"}, "what is asked: data.classes, such as 'data.classes=[background,"),
        ("id,image,mask,group", {}, "what is asked: data.classes, such as 'data.classes=[background,"),
        ("id,image,label,group", {}, "what is asked: data.classes, such as 'data.classes=[benign,malignant]'"),
        ("id,image,group", {"task": "detection"}, "data.task=detection: it is segmentation or classification"),
    ],
)
def test_one_line_asks_what_is_asked(folder: Folder, header: str, options: dict[str, object], expected: str) -> None:
    folder.save("x.png", np.zeros((4, 4)))
    folder.table(header, "a,x.png" + "," * (header.count(",") - 1))
    with pytest.raises(ConfigError) as caught:
        load_folder(folder.root, 4, **options)  # type: ignore[arg-type]
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_task_that_is_not_that_of_the_masks(folder: Folder) -> None:
    folder.segmentation([0, 255])
    with pytest.raises(ConfigError, match=r"data.task=classification: .* has masks, so it is for segmentation"):
        load_folder(folder.root, 4, task="classification", mask_255="foreground")


def test_an_empty_column_of_the_other_kind_does_no_harm(folder: Folder) -> None:
    folder.save("x.png", np.zeros((4, 4)))
    folder.table("id,image,mask,label,group", "a,x.png,,dog,", "b,x.png,,,")
    manifest = read_manifest(folder.root)
    assert (manifest.task, manifest.masks, manifest.labels) == ("classification", None, ("dog", None))
    assert manifest.has_target == (True, False)


def made(**changes: object) -> Dataset:
    values: dict[str, object] = {
        "name": "d",
        "task": "segmentation",
        "ids": ("a", "b"),
        "groups": ("a", "b"),
        "images": np.zeros((2, 1, 2, 2), np.uint8),
        "targets": np.array([[[1, 0], [0, 0]], [[255, 255], [255, 255]]], np.uint8),
        "classes": ("background", "lesion"),
        "spacing": np.ones((2, 2)),
        "has_target": (True, False),
    }
    return Dataset(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"has_target": (False, False)}, "id 'a' has no target, and its values must all be 255"),
        (
            {"task": "classification", "targets": np.array([1, 0])},
            "id 'b' has no target, and its values must all be -1",
        ),
        ({"split": ("train", "test")}, "id 'b' is in the split 'test' and has no target"),
        ({"has_target": (True,)}, "1 has_target for 2 ids"),
    ],
)
def test_a_data_set_that_contradicts_itself(changes: dict[str, object], expected: str) -> None:
    with pytest.raises(DataError) as caught:
        made(**changes)
    assert expected in str(caught.value)


def test_no_mask_is_another_content_than_a_mask_of_ignored_pixels() -> None:
    without, ignored = content_of(made()), content_of(made(has_target=None))
    assert without.parts["masks"] != ignored.parts["masks"]
    assert {name for name, digest in without.parts.items() if ignored.parts[name] != digest} == {"masks"}
    assert content_of(made(has_target=(True, True))).parts == ignored.parts
