from __future__ import annotations

import inspect
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from omegaconf import OmegaConf

from alseg.cli import main
from alseg.data.folder import load_folder
from alseg.errors import ConfigError, DataError
from alseg.oracles.column import Column

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder


def problem(folder: Folder, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        load_folder(folder.root, 4, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def labels(folder: Folder, *names: str) -> None:
    folder.save("x.png", np.zeros((4, 4)))
    folder.table("id,image,label,group", *(f"{i},x.png,{name}," for i, name in enumerate(names)))


def test_black_and_white_masks_have_a_foreground(folder: Folder) -> None:
    folder.segmentation([0, [[0, 0, 255, 255]], 255])
    dataset = load_folder(folder.root, 4, mask_255="foreground")
    assert dataset.name == "set"
    assert dataset.task == "segmentation"
    assert dataset.classes == ("background", "foreground")
    assert dataset.images.shape == (3, 1, 4, 4)
    assert dataset.images[2].tolist() == [[[20] * 4] * 4]
    assert dataset.targets.dtype == np.uint8
    assert dataset.targets[:, 0].tolist() == [[0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]]
    assert dataset.groups == dataset.ids == ("a", "b", "c")


def test_empty_masks_alone_are_background(folder: Folder) -> None:
    folder.segmentation([0, 0])
    assert load_folder(folder.root, 4).classes == ("background", "foreground")
    assert load_folder(folder.root, 4, classes=["none", "liver", "spleen"]).classes == ("none", "liver", "spleen")


def test_class_ids_and_ignored_pixels(folder: Folder) -> None:
    folder.segmentation([0, [[0, 1, 2, 255]]])
    dataset = load_folder(folder.root, 4)
    assert dataset.classes == ("background", "class_1", "class_2")
    assert dataset.targets[1, 0].tolist() == [0, 1, 2, 255]


def test_classes_do_not_depend_on_the_size(folder: Folder) -> None:
    folder.segmentation([[[2, 0, 1, 0]]])
    dataset = load_folder(folder.root, 2)
    assert not (dataset.targets == 2).any()
    assert dataset.classes == ("background", "class_1", "class_2")


def test_named_classes_may_be_absent_but_not_exceeded(folder: Folder) -> None:
    folder.segmentation([0, [[0, 1, 3, 255]]])
    names = OmegaConf.create(["bg", "a", "b", "c"])
    assert load_folder(folder.root, 4, classes=names).classes == ("bg", "a", "b", "c")
    message = problem(folder, classes=["bg", "a", "b"])
    assert "b_mask.png: it holds the value 3" in message
    assert "3 classes, ids 0 to 2" in message


def test_gap_in_the_ids(folder: Folder) -> None:
    folder.segmentation([0, 1, [[0, 1, 3, 255]]])
    assert "c_mask.png: it holds the value 3; class ids must be 0, 1, 2, ... without a gap" in problem(folder)


def test_ids_that_do_not_start_at_zero(folder: Folder) -> None:
    folder.segmentation([1, 2])
    assert "a_mask.png: it holds the value 1; class ids must be 0" in problem(folder)


def test_foreground_needs_two_names(folder: Folder) -> None:
    folder.segmentation([0, [[0, 0, 255, 255]]])
    assert load_folder(folder.root, 4, classes=["no", "yes"]).classes == ("no", "yes")
    message = problem(folder, classes=["a", "b", "c"])
    assert "b_mask.png: it holds the value 255" in message
    assert "data.classes names 3" in message


def test_lossy_masks(folder: Folder) -> None:
    rng = np.random.default_rng(0)
    mask = np.where(rng.random((64, 64)) < 0.5, 0, 255)
    folder.save("a.png", mask)
    folder.save("a_mask.jpg", mask, quality=60)
    folder.table("id,image,mask,group", "a,a.png,a_mask.jpg,")
    message = problem(folder)
    assert "a_mask.jpg: it holds the value" in message
    assert "save masks as PNG, not JPEG" in message


def test_all_greys_do_not_pass_for_classes(folder: Folder) -> None:
    folder.segmentation([np.arange(256).reshape(16, 16)], shape=(16, 16))
    assert "a_mask.png: it holds the value 254" in problem(folder)
    assert "255 distinct values look like lossy compression" in problem(folder)


def test_mask_of_another_size(folder: Folder) -> None:
    folder.save("a.png", np.zeros((4, 6)))
    folder.save("m.png", np.zeros((4, 5)))
    folder.table("id,image,mask,group", "a,a.png,m.png,")
    message = problem(folder)
    assert "m.png: the mask has 4x5 pixels" in message
    assert "a.png 4x6" in message


@pytest.mark.parametrize("which", ["b.png", "b_mask.png"])
def test_truncated_files_are_named(folder: Folder, which: str) -> None:
    folder.segmentation([0, 255, 0], shape=(64, 64))
    path = folder.save(which, np.random.default_rng(0).integers(0, 256, (64, 64)))
    path.write_bytes(path.read_bytes()[:2000])
    assert f"{path}: it cannot be decoded" in problem(folder)


def test_a_wall_to_be_measured_needs_a_class_and_millimetres(folder: Folder) -> None:
    folder.segmentation([0, [[0, 0, 255, 255]]])
    assert "data.cimt=wall is none of its foreground classes: foreground" in problem(folder, cimt="wall", spacing=0.1)
    assert "state data.spacing" in problem(folder, cimt="foreground")
    assert load_folder(folder.root, 4, cimt="foreground", spacing=0.1).cimt == "foreground"
    labels(folder, "dog", "cat")
    assert "data.cimt=dog is none of its foreground classes: none, it has no masks" in problem(folder, cimt="dog")


def test_labels(folder: Folder) -> None:
    labels(folder, "dog", "cat", "dog")
    dataset = load_folder(folder.root, 4)
    assert dataset.task == "classification"
    assert dataset.classes == ("cat", "dog")
    assert dataset.targets.dtype == np.int64
    assert dataset.targets.tolist() == [1, 0, 1]
    assert load_folder(folder.root, 4, classes=["dog", "eel", "cat"]).targets.tolist() == [0, 2, 0]


def test_unknown_label(folder: Folder) -> None:
    labels(folder, "dog", "cat")
    message = problem(folder, classes=["dog", "eel"])
    assert "id '1' has the label 'cat'" in message
    assert "data.classes names dog, eel" in message


def test_one_label_is_no_question(folder: Folder) -> None:
    labels(folder, "dog", "dog")
    assert "column 'label' is 'dog' in every row" in problem(folder)


def test_mixed_grey_and_colour(folder: Folder) -> None:
    folder.save("grey.png", np.full((2, 2), 7))
    folder.save("colour.png", np.full((2, 2, 3), (1, 2, 3)))
    folder.table("id,image,label,group", "a,grey.png,x,", "b,colour.png,y,")
    dataset = load_folder(folder.root, 2)
    assert dataset.images[:, :, 0, 0].tolist() == [[7, 7, 7], [1, 2, 3]]


def test_another_reader_is_another_target(folder: Folder) -> None:
    folder.segmentation([[[0, 0, 255, 255]], 0])
    folder.table("id,image,mask,group,second", "a,a.png,a_mask.png,,b_mask.png", "b,b.png,b_mask.png,,a_mask.png")
    first, second = load_folder(folder.root, 4), load_folder(folder.root, 4, mask="second")
    assert first.targets[:, 0].tolist() == [[0, 0, 1, 1], [0, 0, 0, 0]]
    assert second.targets[:, 0].tolist() == [[0, 0, 0, 0], [0, 0, 1, 1]]
    assert second.metadata["mask"].tolist() == ["a_mask.png", "b_mask.png"]


def regions(folder: Folder, *cells: str, columns: str = "") -> None:
    """Images of 4 x 6 pixels whose value is 10 * row + column; the mask is 255 on columns 2 and 3."""
    folder.save("x.png", 10 * np.arange(4)[:, None] + np.arange(6))
    folder.save("m.png", np.broadcast_to([0, 0, 255, 255, 0, 0], (4, 6)))
    rows = (f"{chr(97 + i)},x.png,m.png,,{cell}" for i, cell in enumerate(cells))
    folder.table(f"id,image,mask,group,part{columns}", *rows)


def test_a_region_is_cut_from_image_and_mask(folder: Folder) -> None:
    regions(folder, "1 2 4 2", "", "0.6 0.4 3.8 2.2")
    dataset = load_folder(folder.root, [2, 4], region="part")
    assert dataset.images[0, 0].tolist() == [[21, 22, 23, 24], [31, 32, 33, 34]]
    assert dataset.targets[0].tolist() == [[0, 1, 1, 0]] * 2
    # The second is the whole file: every second row, and six columns on four.
    assert dataset.spacing.tolist() == [[1, 1], [2, 1.5], [1.5, 0.75]]
    assert dataset.regions == ((1, 2, 4, 2), (0, 0, 6, 4), (1, 0, 3, 3))  # 0.6..4.4 is 1..4, 0.4..2.6 is 0..3
    whole = load_folder(folder.root, [2, 4])
    assert whole.regions is None
    assert np.array_equal(dataset.images[1], whole.images[1])


def test_the_spacing_of_a_region_in_mm(folder: Folder) -> None:
    regions(folder, "1 2 4 2,0.5,0.1", ",0.5,0.1", columns=",spacing_y,spacing_x")
    dataset = load_folder(folder.root, 2, region="part")
    np.testing.assert_allclose(dataset.spacing, [[0.5, 0.2], [1.0, 0.3]])
    regions(folder, "1 2 4 2")
    np.testing.assert_allclose(load_folder(folder.root, 2, region="part", spacing=[0.5, 0.1]).spacing, [[0.5, 0.2]])


def test_what_a_mask_holds_outside_of_its_region_is_no_class(folder: Folder) -> None:
    folder.segmentation([[[0, 1, 2, 9]]])
    folder.table("id,image,mask,group,part", "a,a.png,a_mask.png,,0 0 3 4")
    assert load_folder(folder.root, 4, region="part").classes == ("background", "class_1", "class_2")


def test_regions_of_labelled_images(folder: Folder) -> None:
    folder.save("x.png", [[1, 2], [3, 4]])
    folder.table("id,image,label,group,part", "a,x.png,u,,1 1 1 1", "b,x.png,v,,0 0 1 1")
    assert load_folder(folder.root, 1, region="part").images.ravel().tolist() == [4, 1]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("3 0 4 4", "it must lie within the 4x6 pixels (height x width) of x.png"),
        ("0 3 4 2", "it must lie within the 4x6 pixels (height x width) of x.png"),
        ("-1 0 4 4", "it must lie within the 4x6 pixels (height x width) of x.png"),
        ("9 9 1 1", "it must lie within the 4x6 pixels (height x width) of x.png"),
        ("1 2 4", "it must be the four numbers x y width height, in pixels of x.png"),
        ("1 2 4 2 1", "it must be the four numbers x y width height, in pixels of x.png"),
        ("left 2 4 2", "it must be the four numbers x y width height, in pixels of x.png"),
        ("nan 2 4 2", "it must be the four numbers x y width height, in pixels of x.png"),
        ("0 0 inf 2", "it must be the four numbers x y width height, in pixels of x.png"),
        ("1 2 0 2", "it has no area; it must be x y width height, in pixels of x.png"),
        ("1 2 0.4 2", "it has no area; it must be x y width height, in pixels of x.png"),
        ("4 2 -2 2", "it has no area; it must be x y width height, in pixels of x.png"),
    ],
)
def test_regions_that_cannot_be(folder: Folder, cell: str, expected: str) -> None:
    regions(folder, "0 0 6 4", cell)
    message = problem(folder, region="part")
    assert message == f"{folder.root / 'manifest.csv'}: id 'b', column 'part' is {cell!r}: {expected}"


def test_a_region_of_no_column(folder: Folder) -> None:
    regions(folder, "0 0 6 4")
    assert "column 'roi' is missing; beside the data set's own there are: part" in problem(folder, region="roi")


def test_spacing_in_pixels_of_the_files(folder: Folder) -> None:
    folder.segmentation([0], shape=(8, 4))
    dataset = load_folder(folder.root, [4, 16])
    assert dataset.size == (4, 16)
    assert dataset.unit == "px"
    assert dataset.spacing.tolist() == [[2.0, 0.25]]


def test_spacing_of_the_manifest(folder: Folder) -> None:
    folder.save("a.png", np.zeros((8, 4)))
    folder.save("b.png", np.zeros((4, 8)))
    folder.table("id,image,label,group,spacing_y,spacing_x", "a,a.png,x,,0.5,1", "b,b.png,y,,0.5,2")
    dataset = load_folder(folder.root, 4)
    assert dataset.unit == "mm"
    assert dataset.spacing.tolist() == [[1.0, 1.0], [0.5, 4.0]]
    with pytest.raises(ConfigError, match=r"data\.spacing is 0\.1, but .*manifest\.csv states its own"):
        load_folder(folder.root, 4, spacing=0.1)


@pytest.mark.parametrize(("spacing", "expected"), [(0.1, [0.2, 0.1]), ([0.1, 0.3], [0.2, 0.3])])
def test_spacing_of_the_config(folder: Folder, spacing: Any, expected: list[float]) -> None:
    folder.segmentation([0, 0], shape=(8, 4))
    dataset = load_folder(folder.root, 4, spacing=spacing)
    assert dataset.unit == "mm"
    np.testing.assert_allclose(dataset.spacing, [expected] * 2)


@pytest.mark.parametrize("spacing", [0, -1.0, float("nan"), [1.0], [1.0, 0.0], "0.1 mm"])
def test_impossible_spacing(folder: Folder, spacing: Any) -> None:
    folder.segmentation([0])
    with pytest.raises(ConfigError, match=r"data\.spacing is"):
        load_folder(folder.root, 4, spacing=spacing)


@pytest.mark.parametrize("size", [0, -4, 1.5, [4], [4, 4, 4], [4, 0], "4"])
def test_impossible_size(folder: Folder, size: Any) -> None:
    folder.segmentation([0])
    with pytest.raises(ConfigError, match=r"data\.size is"):
        load_folder(folder.root, size)


@pytest.mark.parametrize("classes", [["one"], ["a", "a"]])
def test_impossible_classes(folder: Folder, classes: list[str]) -> None:
    folder.segmentation([0, 1])
    with pytest.raises(ConfigError, match=r"data\.classes is"):
        load_folder(folder.root, 4, classes=classes)


def test_split_cost_and_metadata_go_along(folder: Folder) -> None:
    folder.save("x.png", np.zeros((4, 4)))
    folder.table("id,image,label,group,split,cost,site", "a,x.png,u,g,train,3,north", "b,x.png,v,h,test,4.5,south")
    dataset = load_folder(folder.root, 4, name="own")
    assert dataset.name == "own"
    assert dataset.split == ("train", "test")
    assert dataset.cost is not None
    assert dataset.cost.tolist() == [3.0, 4.5]
    assert dataset.metadata.loc["b", "site"] == "south"


def test_group_in_two_splits(folder: Folder) -> None:
    folder.save("x.png", np.zeros((4, 4)))
    folder.table("id,image,label,group,split", "a,x.png,u,g,train", "b,x.png,v,g,test")
    assert "group 'g' lies in the splits 'train' and 'test'" in problem(folder)


def test_nothing_is_printed_where_nobody_looks(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.segmentation([0, [[0, 0, 255, 255]]])
    load_folder(folder.root, 4, progress=True)
    assert capsys.readouterr() == ("", "")


def test_the_config_offers_every_option() -> None:
    config = OmegaConf.load(Path(__file__).parents[2] / "conf" / "data" / "folder.yaml")
    options = inspect.signature(load_folder).parameters
    assert {str(key) for key in config} - {"_target_"} == set(options) - {"progress"}
    for key in ("classes", "spacing", "mask", "region", "fit", "mask_255", "memory_limit_gb", "cache_dir"):
        assert config[key] == options[key].default


@pytest.mark.slow
def test_carotid_lumen(data_root: Path) -> None:
    dataset = load_folder(data_root / "carotid_lumen", 128)
    assert dataset.images.shape == (543, 1, 128, 128)
    assert dataset.classes == ("background", "foreground")
    assert len(set(dataset.groups)) == 15
    assert np.unique(dataset.targets).tolist() == [0, 1]
    share = dataset.targets.mean(axis=(1, 2))
    assert 0.012 < share.min() < share.max() < 0.056
    assert dataset.spacing.tolist() == [[2.0, 2.0]] * 543


@pytest.mark.slow
def test_hippocampus(data_root: Path) -> None:
    dataset = load_folder(data_root / "hippocampus", 64, spacing=1.0)
    assert dataset.images.shape == (2080, 1, 64, 64)
    assert dataset.classes == ("background", "class_1", "class_2")
    assert len(set(dataset.groups)) == 260
    assert (dataset.unit, dataset.spacing.min(), dataset.spacing.max()) == ("mm", 1.0, 1.0)
    # At the size of the files nothing is resampled: "slices with at least 20 labelled voxels".
    assert (dataset.targets > 0).sum(axis=(1, 2)).min() >= 20


@pytest.mark.slow
def test_cardiac(data_root: Path) -> None:
    dataset = load_folder(data_root / "cardiac", 64)
    assert len(dataset) == 944
    assert np.unique(dataset.targets).tolist() == [0, 1, 2, 3]
    assert len(set(dataset.groups)) == 98
    assert list(dataset.metadata.columns) == ["scribble", "volume"]
    assert dataset.ids[0] in str(dataset.metadata.loc[dataset.ids[0], "scribble"])


@pytest.mark.slow
def test_histology(data_root: Path) -> None:
    dataset = load_folder(data_root / "histology", 64)
    assert dataset.images.shape == (2500, 3, 64, 64)
    assert dataset.classes == ("colon_aca", "colon_n", "lung_aca", "lung_n", "lung_scc")
    assert np.bincount(dataset.targets).tolist() == [500] * 5
    assert len(set(dataset.groups)) == 1216


@pytest.mark.slow
def test_breast_ultrasound(data_root: Path) -> None:
    dataset = load_folder(data_root / "breast_ultrasound", 64)
    assert dataset.classes == ("benign", "malignant", "normal")
    assert np.bincount(dataset.targets).tolist() == [437, 210, 133]
    assert dataset.groups == dataset.ids


def test_damage_to_real_data_is_named(data_root: Path, tmp_path: Path) -> None:
    """A copy of real rows, one image cut in half as by a broken download."""
    source, root = data_root / "carotid_lumen", tmp_path / "copy"
    lines = (source / "manifest.csv").read_text().splitlines()[:6]
    for line in lines[1:]:
        for name in line.split(",")[1:3]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, root / name)
    (root / "manifest.csv").write_text("\n".join(lines))
    assert len(load_folder(root, 64)) == 5
    broken = root / lines[3].split(",")[1]
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2])
    with pytest.raises(DataError, match=f"{broken.name}: it cannot be decoded"):
        load_folder(root, 64)


def test_volumes_are_a_column_or_else_the_groups(folder: Folder) -> None:
    folder.segmentation([0, 1, 1])
    folder.table("id,image,mask,group", *(f"{i},{i}.png,{i}_mask.png,{g}" for i, g in zip("abc", "ppq")))
    assert load_folder(folder.root, 4).volumes is None
    assert load_folder(folder.root, 4, unit="volume").volumes == ("p", "p", "q")
    rows = [f"{i},{i}.png,{i}_mask.png,{g},{v}" for i, g, v in zip("abc", "ppp", ["1", "", "2"])]
    folder.table("id,image,mask,group,volume", *rows)
    assert load_folder(folder.root, 4, unit="volume").volumes == ("1", "b", "2")
    with pytest.raises(ConfigError, match=r"^data\.unit is slice; a query asks for image or volume$"):
        load_folder(folder.root, 4, unit="slice")


def test_links_out_of_the_folder_where_they_are_trusted(folder: Folder, tmp_path: Path) -> None:
    """Images and masks of a store, by links; every door that reads a manifest takes the setting."""
    folder.segmentation([0, [[0, 0, 255, 255]]])
    (tmp_path / "store").mkdir()
    for name in ("b.png", "b_mask.png"):
        (folder.root / name).rename(tmp_path / "store" / name)
        (folder.root / name).symlink_to(tmp_path / "store" / name)
    lines = [f"{name},{name}.png,{name}_mask.png,,{name}_mask.png,0 0 4 2" for name in "ab"]
    folder.table("id,image,mask,group,second,part", *lines)
    assert "column 'image': 'b.png' leads out of" in problem(folder)
    assert "data.follow_links=true" in problem(folder)
    dataset = load_folder(folder.root, 4, region="part", follow_links=True)
    assert dataset.targets[1, 0].tolist() == [0, 0, 1, 1]
    with pytest.raises(DataError, match="leads out of"):
        Column(dataset, "second", folder.root)
    answer = Column(dataset, "second", folder.root, follow_links=True).annotate(["b"])
    assert answer.targets[0, 0].tolist() == [0, 0, 1, 1]
    assert main(["data", "check", str(folder.root), "--size", "4"]) == 2
    assert main(["data", "check", str(folder.root), "--size", "4", "--follow-links", "--duplicates"]) == 0
