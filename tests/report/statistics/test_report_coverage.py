from __future__ import annotations

import json
from io import BytesIO, StringIO

import numpy as np
import pandas as pd
import pytest

from alseg.report.pages.left_out import left_out
from alseg.report.read.decisions import read_decisions
from alseg.report.read.read_runs import read_run, read_runs
from alseg.report.sections.coverage import coverage_csv, coverage_grid, coverage_note
from alseg.report.statistics.coverage import Annotated, coverage
from alseg.report.statistics.panels import build


def saved(**arrays):
    with BytesIO() as file:
        np.savez(file, **arrays)
        return file.getvalue()


PICKS = [["a", "b"], ["c", "d"]]
CURVE = {2: 0.5, 4: 0.6}


def annotate(run, round_, ids, targets):
    folder = run / "rounds" / f"{round_:02d}"
    folder.mkdir(parents=True)
    np.savez_compressed(
        folder / "annotations.npz", ids=np.array(ids), targets=np.array(targets), cost=np.ones(len(ids))
    )


@pytest.fixture
def classified(make_run):
    run = make_run("random", 0, CURVE, picks=PICKS)
    annotate(run, 0, ["b", "a"], [1, 0])  # in another order than in the ledger
    annotate(run, 1, ["c", "d"], [0, 2])
    return run


def test_the_labelled_set_is_what_was_annotated_so_far(make_run):
    found = read_decisions(make_run("random", 0, CURVE, picks=PICKS) / "ledger.jsonl")
    assert found.labelled(0) == {"a", "b"}
    assert found.labelled(1) == {"a", "b", "c", "d"}
    assert (found.pool, found.data, found.cost, found.annotators[1]) == (100, "abc", 20.0, "truth")


def test_classes_of_images(classified):
    run = read_run(classified)
    one = coverage(run, 4, Annotated())
    assert (one.images, one.classes, one.foreground) == (4, {0: 0.5, 1: 0.25, 2: 0.25}, None)
    assert coverage(run, 2, Annotated()).classes == {0: 0.5, 1: 0.5}
    assert coverage(run, 3, Annotated()) is None


def test_classes_in_pictures(make_run):
    """Two images of 4 pixels: class 2 on half of the first, which has one pixel that is not annotated; none on the other."""
    run = make_run("random", 0, {2: 0.5}, picks=PICKS[:1])
    annotate(run, 0, ["a", "b"], np.array([[[2, 2], [0, 255]], [[0, 0], [0, 0]]], dtype=np.uint8))
    one = coverage(read_run(run), 2, Annotated())
    assert one.classes == {0: 1.0, 2: 0.5}
    assert one.foreground == pytest.approx((2 / 3 + 0) / 2)


def test_groups_are_known_where_the_ledger_tells(classified):
    assert coverage(read_run(classified), 4, Annotated()).groups is None
    path = classified / "ledger.jsonl"
    events = [json.loads(line) for line in path.read_text().splitlines()]
    started, *queries = (event for event in events if event["event"] in ("started", "queried"))
    started["groups"] = 3
    for query, groups in zip(queries, (["p", "p"], ["p", "q"])):
        query["groups"] = groups
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    one = coverage(read_run(classified), 4, Annotated())
    assert (one.groups, one.groups_in_pool) == (2, 3)
    assert coverage(read_run(classified), 2, Annotated()).groups == 1


def test_the_table_says_what_is_not_known(classified, tmp_path):
    report = build(read_runs([tmp_path / "runs"]))
    panel, found = report.panels[0], report.analysis.coverage(report.panels[0])
    grid = coverage_grid(panel, found)
    assert grid.header == ("Condition", "Seeds", "Are of class 0", "Are of class 1", "Are of class 2")
    assert [cell.text for cell in grid.rows[0]] == ["random", "1", "50.0%", "25.0%", "25.0%"]
    assert "is not known: no ledger says it" in coverage_note(panel, found)


def test_without_annotations_the_classes_are_not_known(make_run, tmp_path):
    make_run("random", 0, CURVE, picks=PICKS)
    report = build(read_runs([tmp_path / "runs"]))
    found = report.analysis.coverage(report.panels[0])
    assert found["random"][0].classes is None
    assert coverage_grid(report.panels[0], found) is None


def test_another_annotator_is_asked_anew(make_run):
    """Two runs with other labels for the same ids: what one was told says nothing of the other."""
    runs = []
    for seed, labels in ((0, [0, 0]), (1, [1, 1])):
        run = make_run("random", seed, {2: 0.5}, picks=PICKS[:1])
        ledger = run / "ledger.jsonl"
        ledger.write_text(ledger.read_text().replace('"truth"', '"noisy"'))
        annotate(run, 0, ["a", "b"], labels)
        runs.append(read_run(run))
    annotated = Annotated()
    assert [coverage(run, 2, annotated).classes for run in runs] == [{0: 1.0}, {1: 1.0}]


@pytest.mark.parametrize(
    "content",
    [
        b"PK",
        saved(ids=np.array(["a"]), targets=np.array([1, 0])),
        saved(ids=np.array(["a", "b"]), targets=np.array([1.5, 0])),
        saved(ids=np.array(["a", "b"]), targets=np.array([[1], [0]])),
        saved(ids=np.array(["a", "b"])),
        saved(ids=np.array(["a", "b"]), targets=np.array([1, 0]))[:-60],
    ],
    ids=["no archive", "too few ids", "halves of classes", "a line", "no targets", "cut"],
)
def test_a_broken_file_is_named_and_costs_the_classes_of_its_run(classified, make_run, tmp_path, content):
    (classified / "rounds" / "00" / "annotations.npz").write_bytes(content)
    other = make_run("random", 1, CURVE, picks=[["e", "f"], ["g", "h"]])
    annotate(other, 0, ["e", "f"], [1, 0])
    annotate(other, 1, ["g", "h"], [1, 1])
    report = build(read_runs([tmp_path / "runs"]))
    found = report.analysis.coverage(report.panels[0])["random"]
    assert found[0].classes is None
    assert found[1].classes == {0: 0.25, 1: 0.75}
    (one,) = left_out(report)
    assert one.path == classified / "rounds" / "00" / "annotations.npz"
    assert "cannot be read as annotations" in one.reason
    assert "the classes of its run are not known" in one.reason


@pytest.mark.parametrize("content", [b"", b"PK", saved(ids=np.array(["a", "b"]), targets=np.array([1, 0]))[:-1]])
def test_a_broken_file_is_named_where_another_run_tells_the_same(classified, make_run, tmp_path, content):
    other = make_run("random", 1, CURVE, picks=PICKS)
    for round_ in (0, 1):
        (other / "rounds" / f"{round_:02d}").mkdir(parents=True)
    (other / "rounds" / "00" / "annotations.npz").write_bytes(content)
    report = build(read_runs([tmp_path / "runs"]))
    found = report.analysis.coverage(report.panels[0])["random"]
    assert found[1].classes == found[0].classes == {0: 0.5, 1: 0.25, 2: 0.25}
    (one,) = left_out(report)
    assert one.path == other / "rounds" / "00" / "annotations.npz"
    assert "nothing is lost" in one.reason


def test_another_data_set_with_the_same_names_is_asked_anew(make_run, tmp_path):
    """The ledger's hash tells a data set by its ids: two phantoms of other seeds share it, and not their classes."""
    runs = []
    for seed, labels in ((0, [0, 0]), (1, [1, 1])):
        run = make_run(
            "random", 0, {2: 0.5}, picks=PICKS[:1], folder=f"phantom-{seed}", data={"name": "p", "seed": seed}
        )
        annotate(run, 0, ["a", "b"], labels)
        runs.append(read_run(run))
    annotated = Annotated()
    assert [coverage(run, 2, annotated).classes for run in runs] == [{0: 1.0}, {1: 1.0}]


def test_a_class_that_one_seed_did_not_reach_is_a_zero_in_the_file(make_run, tmp_path):
    for seed, ids, labels in ((0, ["a", "b"], [0, 0]), (1, ["a", "c"], [0, 1])):
        annotate(make_run("random", seed, {2: 0.5}, picks=[ids]), 0, ids, labels)
    report = build(read_runs([tmp_path / "runs"]))
    table = pd.read_csv(StringIO(coverage_csv(report.analysis)))
    values = table[table["what"] == "class 1"].set_index("seed")["value"]
    assert values.to_dict() == {0: 0.0, 1: 0.5}
