"""The pages of single runs: what the run folder tells is on them, whatever is missing or damaged."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from alseg.commands.report import main
from alseg.report import write_report
from alseg.report.figures.line_chart import line_chart
from alseg.report.pages.run_list import listed, runs_grid
from alseg.report.pages.run_page import run_page
from alseg.report.read.read_runs import read_run
from alseg.report.read.run_details import read_details
from alseg.report.statistics.panels import build
from tests.helpers.run_files import add_metadata, add_pictures


def rewrite(run: Path, kind: str, **fields: object) -> None:
    """Add fields to all events of a kind."""
    events = [json.loads(line) for line in (run / "ledger.jsonl").read_text().splitlines()]
    for event in events:
        if event["event"] == kind:
            event |= fields
    (run / "ledger.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))


@pytest.fixture
def run(make_run):
    labels = {"labels/annotated_dice": [0.7, 0.71, 0.72], "labels/working_dice": [0.8, 0.81, 0.82]}
    path = add_pictures(make_run("entropy", 0, more=labels, picks=[["a0"], ["a1"], ["a2"]]))
    rewrite(
        path,
        "queried",
        scores=[0.125],
        groups=["patient_7"],
        pool=90,
        notes={"picks": [{"id": "a1", "why": "lone"}]},
    )
    rewrite(path, "annotated", cost=[61.0], refused=[])
    return path


def page_of(run: Path, tmp_path: Path) -> str:
    (one,) = listed(build([read_run(run)]))
    return run_page(one, tmp_path / "out")


def text(page: str) -> str:
    """What can be read on a page."""
    shown = re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]*>", " ", page.replace("<wbr>", ""), flags=re.S)
    return " ".join(shown.split())


def test_what_each_query_chose(run, tmp_path):
    details = read_details(read_run(run))
    assert details.problems == []
    assert [query.round for query in details.queries] == [0, 1, 2]
    pick = details.queries[1].picks[0]
    assert (pick.id, pick.score, pick.group, pick.reason, pick.cost) == ("a1", 0.125, "patient_7", "lone", 61.0)
    page = page_of(run, tmp_path)
    for part in (
        "Round 1 · entropy · 1 of 90 images · 1 group → Dice 0.600",
        "1. a1 score 0.125 group patient_7 lone 61 s",
    ):
        assert part in text(page), part
    assert page.count('class="thumb') == 3 + 2
    assert page.count("data:image/jpeg") == 3 + 1  # each sheet travels once


def test_metadata_of_picks_and_of_worst_cases(run, tmp_path):
    evil = "<b>Lyon</b>" + "x" * 500
    sites = {"a0": "Utrecht", "a1": evil, "a2": "Utrecht", "a3": "", "t1": evil, "t3": "Utrecht"}
    files = {"file": {id_: f"{id_}.png" for id_ in sites}}
    add_metadata(run, {"site": sites, **files}, ("t1", "t3"))
    page = page_of(run, tmp_path)
    shown = text(page)
    assert "1. a0 score 0.125 group patient_7 61 s site Utrecht" in shown
    assert "t3 Dice 0.100 site Utrecht t1 Dice 0.250 group p1 site &lt;b&gt;Lyon&lt;/b&gt;xxx" in shown
    assert "x" * 60 not in page
    assert ".png" not in shown
    assert "Picks by site" in shown
    assert "Pool Round 0 Round 1 Round 2 All picks Utrecht 50% 100% 0% 100% 67%" in shown
    assert "not stated 25% 0% 0% 0% 0%" in shown


def test_a_damaged_file_of_metadata_costs_nothing_else(run, tmp_path):
    (run / "metadata.parquet").write_bytes(b"PAR1")
    assert "1. a0 score 0.125 group patient_7 61 s" in text(page_of(run, tmp_path))


def test_label_quality_worst_cases_and_the_map(run, tmp_path):
    repair = {"step": 30, "ids": ["a0", "a1"], "corrected": [1200, 34], "filled": [0, 5], "rejected": ["a1"]}
    with (run / "ledger.jsonl").open("a") as ledger:
        ledger.write(json.dumps({"event": "trained", "round": 2, "refined": [repair]}) + "\n")
    page = page_of(run, tmp_path)
    shown = text(page)
    assert "Round Dice, as annotated Dice, as trained with 0 0.700 0.800 1 0.710 0.810 2 0.720 0.820" in shown
    assert "2 30 2 1,234 5 1" in shown
    assert "After round 2, on 4 test images: Dice of an image: median 0.250, lowest 0.100." in shown
    assert "t3 Dice 0.100 t1 Dice 0.250 group p1" in shown  # the worst first
    (link,) = re.findall(r'href="([^"]*map\.html)"', page)
    assert (tmp_path / "out" / "runs" / link).resolve() == (run / "map.html").resolve()
    assert page.count("data:image/png") == 1


def test_the_course_of_trainings(run, tmp_path):
    header = "step,prediction_dice,working_dice,memorised,corrected"
    for round_ in (0, 2):
        lines = [header, "10,0.8125,0.75,0.25,0.75", "20,0.9,0.75,,"]
        (run / "rounds" / f"{round_:02d}" / "memorisation.csv").write_text("\n".join(lines) + "\n")
    page = page_of(run, tmp_path)
    assert "10: 0.81" in page
    assert "10: 0.25" in page
    assert "20: 0.25" not in page  # not known
    shown = text(page)
    assert "In the course of training" in shown
    assert [f"Round {n}: Dice of predictions" in shown for n in range(3)] == [True, False, True]
    (run / "rounds" / "02" / "memorisation.csv").write_text(header + "\n10,much,0.75,0.25,0.75\n")
    (problem,) = read_details(read_run(run)).problems
    assert problem.endswith("column prediction_dice should hold numbers, not 'much'")
    assert "Round 0: Dice of predictions" in text(page_of(run, tmp_path))


def test_classes_of_whole_images(run, tmp_path):
    (run / "rounds" / "02" / "cases.csv").write_text(
        "id,group,true,predicted,confidence,probability,worst\nt0,s1,fat,tumour,0.700000,0.200000,0\n"
        "t1,s1,fat,fat,0.900000,0.900000,\n"
    )
    shown = text(page_of(run, tmp_path))
    assert "t0 is fat (p 0.200) taken for tumour (p 0.700) group s1" in shown
    assert "Taken for another class: 1." in shown
    assert "truth" not in shown.split("Worst cases")[1]  # there are no outlines to explain


def test_a_run_of_long_ago_has_a_page_that_says_what_is_missing(make_run, tmp_path):
    shown = text(page_of(make_run("random", 0), tmp_path))
    for part in ("This run kept no thumbnails.", "kept no values of single test images", "are the truth"):
        assert part in shown, part
    assert "Map" not in shown.split("What each query chose")[1].split("Label quality")[0]


@pytest.mark.parametrize("file", ["query.jpg", "worst.jpg", "cases.csv"])
def test_a_damaged_file_is_named_and_the_rest_is_shown(run, tmp_path, file):
    (run / "rounds" / "02" / file).write_bytes(b"id,dice\nt0,x\n")
    page = page_of(run, tmp_path)
    assert "Could not be read" in page
    assert str(run / "rounds" / "02" / file) in page
    assert "1. a1" in text(page)


def test_a_query_of_more_images_than_thumbnails(make_run, tmp_path):
    picks = [["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"]]
    path = add_pictures(make_run("random", 0, picks=picks))
    rewrite(path, "annotated", ids=["a", "b"], refused=["c"])
    shown = text(page_of(path, tmp_path))
    assert "Thumbnails of the first 1 are kept." in shown
    assert "3. c refused" in shown
    assert "The annotator refused 1 image." in shown


@pytest.mark.slow
def test_failed_and_unfinished_runs_have_pages(make_run, tmp_path):
    make_run("random", 0)
    failed, cut = make_run("entropy", 1, status="FAILED"), make_run("entropy", 1, folder="cut", status="")
    lines = (cut / "ledger.jsonl").read_text().splitlines()
    (cut / "ledger.jsonl").write_text("\n".join([*lines[:4], '{"event": "evaluated", "rou']))  # a kill came in between
    (cut / "metrics.csv").unlink()
    report = write_report([tmp_path / "runs"], tmp_path / "out")
    pages = {one.run.path.name: one for one in listed(report)}
    assert pages["cut"].page != pages["entropy-1"].page
    grid = runs_grid(listed(report), linked=True)
    assert [row[2].text for row in grid.rows] == ["finished", "unfinished", "failed"]
    assert "the loss is NaN" in (tmp_path / "out" / "runs" / pages[failed.name].page).read_text()
    assert "No round was evaluated." in (tmp_path / "out" / "runs" / pages["cut"].page).read_text()


@pytest.mark.slow
def test_pages_can_be_left_out(run, tmp_path):
    assert main([str(run), "--out", str(tmp_path / "out"), "--no-runs"]) == 0
    assert not (tmp_path / "out" / "runs").exists()
    assert "entropy" in (tmp_path / "out" / "report.html").read_text()
    assert 'href="runs/' not in (tmp_path / "out" / "report.html").read_text()


def test_names_of_pages_are_harmless_and_differ(make_run):
    for i, name in enumerate(("../../evil", "a/b", "a:b", "A:B")):
        make_run(name, 0, folder=f"run_{i}")
    make_run("x" * 300, 0, folder="long")
    runs = [read_run(path) for path in sorted(make_run("a_b", 0, folder="last").parent.iterdir())]
    pages = [one.page for one in listed(build(runs))]
    assert len({page.lower() for page in pages}) == len(pages) == 6
    for page in pages:
        assert re.fullmatch(r"[\w=~,-][\w=~.,-]*\.html", page)
        assert len(page) < 130


def test_names_on_a_page_are_text(make_run, tmp_path):
    evil = "</style></script><script>alert(1)</script>"
    path = add_pictures(make_run(evil, 0, folder="evil", picks=[[evil]] * 3, data={"name": evil}))
    rewrite(path, "queried", groups=[evil], notes={"picks": [{"id": evil, "why": evil}]})
    (path / "rounds" / "02" / "cases.csv").write_text(f"id,group,dice,worst\n{evil},{evil}2,0.1,0\n")
    assert "<script>alert" not in page_of(path, tmp_path)


def test_a_chart_of_two_points():
    svg = line_chart("Dice", {10: 0.5, 30: 0.7}, {}, 3)
    # left 40 of 300, right 8; up from 102 to 10
    assert 'points="40.0,102.0 292.0,10.0"' in svg
    assert ">0.500<" in svg
    assert ">0.700<" in svg
    assert "beside" not in svg
    assert 'points="40.0,102.0 292.0,102.0"' in line_chart("Dice", {10: 0.5, 30: 0.5}, {10: 0.7}, 3)


def test_a_chart_of_one_point_lies_in_the_middle():
    assert 'points="166.0,56.0"' in line_chart("Dice", {10: 0.5}, {}, 3)


@pytest.mark.parametrize(
    ("annotator", "callbacks", "repairs", "says"),
    [
        ("truth", {}, False, "The annotations are the truth of the data set, and nothing was repaired."),
        ("truth", {}, True, "is not known"),  # what repair made of them was not compared
        ("second reader", {}, False, "Whether the annotations equal the truth of the data set is not known"),
        ("second reader", {"label_quality": None}, False, "is not known"),
        (
            "second reader",
            {"label_quality": {"_target_": "x"}},
            False,
            "compared with the truth of the data set, and equal",
        ),
    ],
)
def test_annotations_equal_the_truth_only_where_that_is_known(make_run, tmp_path, annotator, callbacks, repairs, says):
    path = make_run("random", 0, callbacks=callbacks)
    rewrite(path, "annotated", annotator=annotator)
    if repairs:
        rewrite(path, "trained", refined=[{"step": 3, "ids": ["a0"], "corrected": [1], "filled": [0], "rejected": []}])
    quality = text(page_of(path, tmp_path)).split("Label quality")[1].split("Worst cases")[0]
    assert says in quality


@pytest.mark.parametrize(
    "name", ["map.png", "rounds/01/query.jpg", "rounds/02/worst.jpg", "rounds/02/cases.csv", "rounds"]
)
def test_what_a_link_leads_to_is_not_embedded(run, tmp_path, name):
    """The file elsewhere is a picture that could be shown; its bytes must not get into a page that travels."""
    elsewhere = tmp_path / "elsewhere"
    (run / name).rename(elsewhere)
    (run / name).symlink_to(elsewhere)
    page = page_of(run, tmp_path)
    assert f"{run / name}: a symbolic link, which is not shown" in page
    there = {"map.png": (0, 4), "rounds": (1, 0), "rounds/02/cases.csv": (1, 3)}.get(name, (1, 3))
    assert (page.count("data:image/png"), page.count("data:image/jpeg")) == there


def test_a_map_that_is_no_picture_is_not_embedded(run, tmp_path):
    (run / "map.png").write_bytes(b"secret")
    page = page_of(run, tmp_path)
    assert "map.png: is no PNG" in page
    assert "data:image/png" not in page


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ("id,group,dice,worst\nt0,p0,0.5\n", "a line has not as many cells as the header"),
        ("id,group,dice,worst\nt0,p0,0.5,1,2\n", "a line has not as many cells as the header"),
        ("id,group,dice,worst\nt0,p0,0.5,1.5\n", "column worst should hold numbers, not '1.5'"),
        ("id,group,dice,worst\nt0,p0,high,1\n", "column dice should hold numbers, not 'high'"),
        ("", "column"),
    ],
)
def test_broken_cases_are_named(run, tmp_path, cases, says):
    (run / "rounds" / "02" / "cases.csv").write_text(cases)
    assert f"cases.csv: {says}" in text(page_of(run, tmp_path)).replace("&#x27;", "'")
