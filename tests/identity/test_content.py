"""What a data set holds: every part of it counts, and neither its name nor the order of its images."""

from dataclasses import replace

import numpy as np
import pytest

from alseg.data.region import Region
from alseg.identity.content import Content, changes, content_of
from tests.helpers.discs import make_dataset

DATASET = replace(
    make_dataset(n=24), cost=np.full(24, 60.0), split=("train",) * 16 + ("test",) * 8, groups=("g",) * 16 + ("h",) * 8
)


def swapped(array, *rows):
    """The values of two images exchanged, or those of one changed."""
    array = array.copy()
    array[list(rows)] = array[list(rows[::-1])] if len(rows) > 1 else array[rows[0]] + 1
    return array


PARTS = {
    "images": (replace(DATASET, images=swapped(DATASET.images, 3)), "images of 1 image, e.g. id image_003"),
    "masks": (replace(DATASET, targets=swapped(DATASET.targets, 2, 5)), "masks of 2 images, e.g. id image_002"),
    "spacing": (replace(DATASET, spacing=DATASET.spacing * 2), "spacing of 24 images, e.g. id image_000"),
    "spacing unit": (replace(DATASET, unit="px"), "spacing of 24 images, e.g. id image_000"),
    "cost": (replace(DATASET, cost=swapped(DATASET.cost, 7)), "cost of 1 image, e.g. id image_007"),
    "no cost": (replace(DATASET, cost=None), "cost"),
    "groups": (replace(DATASET, groups=("g",) * 15 + ("new",) + ("h",) * 8), "groups of 1 image, e.g. id image_015"),
    "split": (replace(DATASET, split=("val",) * 16 + ("test",) * 8), "split of 16 images, e.g. id image_000"),
    "no split": (replace(DATASET, split=None), "the split column"),
    "classes": (replace(DATASET, classes=("background", "lesion")), "the classes"),
    "volumes": (replace(DATASET, volumes=DATASET.groups), "volumes"),
    "regions": (replace(DATASET, regions=(Region(0, 0, 9, 9),) * 24), "regions"),
    "ids": (
        replace(DATASET, ids=("new", *DATASET.ids[1:])),
        "1 image is gone, e.g. id image_000; 1 image is new, e.g. id new",
    ),
}


def told(old, new, answers=None):
    one, other = content_of(old), content_of(new, answers)
    names = dict.fromkeys(["ids", *one.parts, *other.parts])
    return "; ".join(changes(one, other, list(names)))


@pytest.mark.parametrize("part", PARTS)
def test_every_part_counts_and_is_named(part):
    changed, text = PARTS[part]
    found = told(DATASET, changed)
    assert found == text or (part == "ids" and found.startswith(text))


def test_labels_of_a_classification():
    labels = replace(DATASET, task="classification", targets=np.arange(24) % 2)
    assert (
        told(labels, replace(labels, targets=swapped(labels.targets, 4, 5))) == "labels of 2 images, e.g. id image_004"
    )


def test_neither_name_nor_order_nor_a_memory_map_counts(tmp_path):
    rows = np.random.default_rng(0).permutation(24)
    mapped = np.lib.format.open_memmap(tmp_path / "images.npy", "w+", np.uint8, DATASET.images.shape)
    mapped[:] = DATASET.images[rows]
    other = replace(
        DATASET,
        name="copy",
        ids=tuple(DATASET.ids[row] for row in rows),
        groups=tuple(DATASET.groups[row] for row in rows),
        split=tuple(DATASET.split[row] for row in rows),
        images=mapped,
        targets=np.asfortranarray(DATASET.targets[rows]),
    )
    assert content_of(other).parts == content_of(DATASET).parts


def test_answers_from_elsewhere_are_a_part():
    answers = {"image_003": b"one"}
    with_them, others = (content_of(DATASET, one) for one in (answers, {"image_003": b"two"}))
    assert changes(with_them, others, ["answers"]) == ["answers of 1 image, e.g. id image_003"]
    assert told(DATASET, DATASET, answers) == "answers"


def test_without_what_names_single_images_the_part_alone_is_told():
    one, other = content_of(DATASET), content_of(PARTS["images"][0])
    assert changes(Content(one.parts), other, ["ids", "images"]) == ["images"]


def test_images_of_two_data_sets_of_the_same_bytes_in_another_shape_differ():
    flat = replace(DATASET, images=DATASET.images.reshape(24, 1, 16, 64), targets=DATASET.targets.reshape(24, 16, 64))
    assert told(DATASET, flat) == "the size of the images"
