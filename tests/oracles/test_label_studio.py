"""Settings of the oracle, and answers as a server gives them; what needs a server is in `test_label_studio_server`."""

from __future__ import annotations

import json

import numpy as np
import pytest

from alseg.composition.instantiate import factory
from alseg.data.dataset import Dataset
from alseg.errors import AlsegError, ConfigError, DataError, RunFolderError
from alseg.oracles.consensus import Consensus
from alseg.oracles.label_studio import LabelStudio
from alseg.oracles.request import Request
from alseg.oracles.studio.labelling import Control, control_of, labelling_configuration
from alseg.oracles.studio.memory import FILE, recall
from alseg.oracles.studio.opinions import opinions_of
from alseg.oracles.studio.preannotation import preannotations
from alseg.oracles.studio.regions import chosen, class_in, mask_in, painted
from alseg.oracles.studio.server import KEY
from tests.helpers.composed import composed_group
from tests.helpers.discs import make_dataset

CLASSES = ("background", "lumen", "wall")
BRUSH, CHOICE = Control("brush", "image"), Control("class", "image")


@pytest.fixture
def labels() -> Dataset:
    n = 4
    return Dataset(
        name="labels",
        task="classification",
        ids=tuple("abcd"),
        groups=tuple("abcd"),
        images=np.zeros((n, 3, 8, 8), dtype=np.uint8),
        targets=np.zeros(n, dtype=np.int64),
        classes=("benign", "malignant"),
        spacing=np.ones((n, 2)),
    )


def polygon(points, label="lumen", size=(4, 5), **more):
    value = {"points": points, "polygonlabels": [label]}
    return {"type": "polygonlabels", "original_height": size[0], "original_width": size[1], "value": value, **more}


def annotation(number, who, result=(), seconds=10.0, skipped=False, at="2026-01-01T00:00:00Z"):
    person = {"id": who, "first_name": "", "last_name": "", "email": f"{who}@example.org"}
    return {
        "id": number,
        "completed_by": person,
        "result": list(result),
        "lead_time": seconds,
        "was_cancelled": skipped,
        "updated_at": at,
    }


def test_every_pixel_of_a_mask_comes_back():
    mask = np.random.default_rng(0).integers(0, 3, (37, 23)).astype(np.uint8)
    result = painted(mask, CLASSES, BRUSH)
    assert [part["value"]["brushlabels"] for part in result] == [["lumen"], ["wall"]]
    assert np.array_equal(mask_in(json.loads(json.dumps(result)), CLASSES, (37, 23), "x"), mask)
    assert painted(np.zeros((3, 4), dtype=np.uint8), CLASSES, BRUSH) == []
    assert not mask_in([], CLASSES, (3, 4), "x").any()


def test_polygons_are_in_percent_and_lie_on_top_of_what_came_before():
    below = polygon([[0, 0], [100, 0], [100, 100], [0, 100]])
    above = polygon([[20, 25], [60, 25], [60, 75], [20, 75]], "wall")
    mask = mask_in([below, above], CLASSES, (4, 5), "x")
    assert mask.tolist() == [[1, 1, 1, 1, 1], [1, 2, 2, 1, 1], [1, 2, 2, 1, 1], [1, 1, 1, 1, 1]]
    assert (mask_in([above, below], CLASSES, (4, 5), "x") == 1).all()


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (polygon([[0, 0], [9, 9], [0, 9]], size=(5, 4)), r"the mask has 5x4 pixels .* its image 4x5"),
        (polygon([[0, 0], [9, 9], [0, 9]], "vein"), "there is no class 'vein'; write one of background, lumen, wall"),
        (polygon([[0, 0], [9, 9]]), "three points or more"),
        (polygon([]), "three points or more"),
        (polygon([[0, 0], [9, 9], [0, 9]], image_rotation=90), "on the turned image"),
        ({"type": "rectanglelabels", "value": {}}, "a region of type rectanglelabels"),
        ({"type": "choices", "value": {"choices": ["lumen"]}}, "a region of type choices"),
        ({**polygon([[0, 0], [9, 9], [0, 9]]), "value": {"polygonlabels": []}}, "a region has 0 labels"),
        ({**painted(np.ones((4, 5), dtype=np.uint8), CLASSES, BRUSH)[0], "original_width": 6}, "has 4x6 pixels"),
        (
            {
                "type": "brushlabels",
                "original_height": 4,
                "original_width": 5,
                "value": {"rle": [1, 2], "brushlabels": ["wall"]},
            },
            "a region cannot be read: it is damaged",
        ),
    ],
)
def test_regions_that_are_no_answer(part, message):
    with pytest.raises(DataError, match=f"^task 7: .*{message}"):
        mask_in([part], CLASSES, (4, 5), "task 7")


def test_choices():
    assert class_in(chosen(2, CLASSES, CHOICE), CLASSES, "x") == 2
    with pytest.raises(DataError, match="^x: it has 0 choices"):
        class_in([], CLASSES, "x")
    with pytest.raises(DataError, match="^x: there is no class 'veim'"):
        class_in([{"type": "choices", "value": {"choices": ["veim"]}}], CLASSES, "x")


def read_text(result, source):
    if result == ["bad"]:
        raise DataError(f"{source}: bad")
    return result


def opinions(*annotations):
    return [(o.person, o.seconds, o.target, o.timed) for o in opinions_of(annotations, read_text, "task 7")]


def test_the_last_word_of_each_person_counts_and_all_the_time_that_was_spent():
    assert opinions(
        annotation(3, 2, ["late"], 5, at="2026-01-03"),
        annotation(1, 2, ["early"], 10, at="2026-01-02"),
        annotation(2, 1, ["other"], None),
    ) == [("1@example.org", 0, ["other"], False), ("2@example.org", 15, ["late"], True)]


def test_an_answer_that_was_sent_twice_counts_once():
    assert opinions(annotation(1, 1, ["same"], 10), annotation(2, 1, ["same"], 10)) == [
        ("1@example.org", 10, ["same"], True)
    ]


def test_who_skips_has_no_target_and_may_change_their_mind():
    assert opinions(annotation(1, 1, skipped=True)) == [("1@example.org", 10, None, True)]
    assert opinions(annotation(1, 1, skipped=True), annotation(2, 1, ["now"], 3))[0][2] == ["now"]


def test_a_faulty_annotation_is_one_line_and_an_earlier_good_one_stands(caplog):
    found = opinions(annotation(1, 1, ["good"]), annotation(2, 1, ["bad"]), annotation(3, 2, ["x"], -1))
    assert found == [("1@example.org", 10, ["good"], True)]
    assert [record.getMessage() for record in caplog.records] == [
        "task 7: annotation 2 of 1@example.org: bad (it is not taken)",
        "task 7: annotation 3 of 2@example.org, lead_time: seconds are '-1'; write a number of 0 or more, or nothing "
        "(it is not taken)",
    ]


def test_names():
    full = annotation(1, 1) | {"completed_by": {"id": 1, "first_name": "Anna", "last_name": "Example", "email": "a@b"}}
    assert opinions(full)[0][0] == "Anna Example"
    assert opinions(annotation(1, 1) | {"completed_by": 5})[0][0] == "user 5"
    assert opinions(annotation(1, 1) | {"completed_by": None})[0][0] == "somebody"


def test_masks_are_fused_as_a_panel_fuses_them():
    a, b, c = (np.array([row], dtype=np.uint8) for row in ([1, 1, 0, 2], [1, 0, 0, 2], [1, 2, 2, 0]))
    majority = Consensus("segmentation", "majority", 0.5, {})
    assert majority([a, b, c], ["x", "y", "z"]).tolist() == [[1, 1, 0, 2]]
    assert majority([a, b], ["x", "y"]).tolist() == [[1, 0, 0, 2]]  # an even split is background
    assert majority([c], ["z"]).tolist() == c.tolist()
    heavy = Consensus("segmentation", "majority", 0.5, {"z": 3})
    assert heavy([a, b, c], ["x", "y", "z"]).tolist() == c.tolist()


def test_classes_are_fused_by_their_weight():
    assert Consensus("classification", "majority", 0.5, {})([2, 1, 2], ["x", "y", "z"]) == 2
    assert Consensus("classification", "majority", 0.5, {})([2, 1], ["x", "y"]) == 1  # the lowest of several
    assert Consensus("classification", "majority", 0.5, {"x": 1.5})([2, 1], ["x", "y"]) == 2


def test_a_joined_project_must_have_the_classes(labels):
    discs = make_dataset()
    brush = {"type": "BrushLabels", "to_name": ["img"], "inputs": [{"value": "image"}], "labels": ["disc_1", "other"]}
    assert control_of({"polygon": {**brush, "type": "PolygonLabels"}, "b": brush}, discs, "p") == Control("b", "img")
    for parsed, message in [
        ({}, "p: it has no BrushLabels or PolygonLabels of an image"),
        ({"b": {**brush, "labels": ["other"]}}, "p: its labels lack disc_1; .* needs one with disc_1"),
        ({"b": {**brush, "inputs": [{"value": "picture"}]}}, "p: it has no BrushLabels"),
    ]:
        with pytest.raises(ConfigError, match=message):
            control_of(parsed, discs, "p")
    with pytest.raises(ConfigError, match="it has no Choices"):
        control_of({"b": brush}, labels, "p")
    assert 'value="malignant"' in labelling_configuration(labels)
    assert '<Label value="disc_1"' in labelling_configuration(discs)
    assert "background" not in labelling_configuration(discs).replace("background=", "")


def test_pre_annotations_have_the_size_of_the_file_and_the_confidence_of_the_model(labels):
    discs = make_dataset()
    maps = np.zeros((1, 2, *discs.size), dtype=np.float32)
    maps[0, 0], maps[0, 1, :8] = 0.6, 0.8
    maps[0, 0, :8] = 0.2
    request = Request(1, discs.ids[:1], predictions=lambda ids: maps)
    found = preannotations(request, discs.ids[:1], discs, BRUSH)[discs.ids[0]]
    assert found["score"] == pytest.approx((0.8 * 8 + 0.6 * 24) / 32)
    assert np.array_equal(mask_in(found["result"], discs.classes, discs.size, "x"), maps[0].argmax(axis=0))
    request = Request(1, ("b",), predictions=lambda ids: np.array([[0.3, 0.7]], dtype=np.float32))
    assert preannotations(request, ["b"], labels, CHOICE) == {
        "b": {"result": chosen(1, labels.classes, CHOICE), "score": pytest.approx(0.7)}
    }
    assert preannotations(Request(0, ("b",)), ["b"], labels, CHOICE) == {}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": "localhost:8080"}, r"^url=localhost:8080: .* such as http://localhost:8080"),
        ({"url": "ftp://host"}, "^url=ftp://host: "),
        ({"url": "http://me:secret@host"}, f"^url: it must hold no password or token; .* {KEY}"),
        ({"url": "http://host?token=secret"}, "^url: it must hold no password"),
        ({"annotators": 0}, "^annotators=0: at least 1"),
        ({"patience": -1}, "^patience=-1: "),
        ({"enough": 0}, "^enough=0: "),
        ({"fusion": "ahp"}, "^fusion=ahp: it must be majority or staple"),
        ({"weights": {"x": 0}}, r"^weights\.x=0: a weight is above 0"),
        ({"threshold": 2}, "^threshold=2: "),
        ({"images": "s3"}, "^images=s3: it is upload or local"),
        ({"images": "local", "local_root": "/nowhere"}, "^images=local: data set discs has no image files"),
    ],
)
def test_impossible_settings(settings, message):
    with pytest.raises(ValueError, match=message) as error:
        LabelStudio(make_dataset(), **settings)
    assert "secret" not in str(error.value)


def test_other_impossible_settings(labels):
    with pytest.raises(ValueError, match="^fusion=staple: .* choose fusion=majority"):
        LabelStudio(labels, fusion="staple")
    with pytest.raises(ConfigError, match=r"oracle\.local_root=null"):
        LabelStudio(labels, images="local")
    with pytest.raises(AlsegError, match="nothing can be wrapped around it"):
        LabelStudio(labels).annotate(["a"])


def test_the_config():
    dataset = make_dataset()
    node = composed_group("oracle", "oracle=label_studio", "oracle.annotators=2", "oracle.enough=0.8")
    oracle = factory(node)(dataset=dataset)
    assert isinstance(oracle, LabelStudio)
    assert (oracle.wanted, oracle.enough, oracle.where(0)) == (2, 0.8, "http://localhost:8080")


def test_without_an_access_token_one_line_says_where_to_get_one(tmp_path, monkeypatch):
    pytest.importorskip("label_studio_sdk", reason='label-studio-sdk is not here: pip install "alseg[label-studio]"')
    monkeypatch.delenv(KEY, raising=False)
    dataset = make_dataset()
    oracle = LabelStudio(dataset, url="http://127.0.0.1:9/", patience=0)
    with pytest.raises(
        ConfigError, match=f"^{KEY} is not set: .* http://127.0.0.1:9/user/account/personal-access-token"
    ):
        oracle.ask(Request(0, dataset.ids[:1], run=tmp_path))
    assert LabelStudio.arrived({}, tmp_path, 0, dataset.ids[:1]) is None


def test_a_damaged_memory_is_one_line(tmp_path):
    path = tmp_path / FILE
    path.parent.mkdir()
    for text in (
        "",
        "[]",
        '{"run": "x", "tasks": {"a": "b"}}',
        '{"run": "", "tasks": {}}',
        '{"run": "x", "tasks": {}, "y": 1}',
    ):
        path.write_text(text)
        with pytest.raises(RunFolderError, match=r"label_studio\.json: it is damaged .*; delete it"):
            recall(tmp_path)
