"""Picks and the test metric by columns of the manifest, against values counted by hand."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pandas as pd
import pytest
import torch

from alseg.cli import main
from alseg.errors import ConfigError, DataError
from alseg.identity.metadata import FILE
from alseg.metrics.segmentation import SegmentationMetrics
from alseg.report.pages.markdown import markdown
from alseg.report.pages.page import html
from alseg.report.read.read_runs import read_runs
from alseg.report.sections.coverage import coverage_csv
from alseg.report.sections.picked import rounds_grid, shares_grid, shares_note
from alseg.report.sections.stratified import last_grid, strata_csv, strata_grid
from alseg.report.statistics.panels import build
from alseg.report.statistics.picked import checked_columns, picked_by, unasked
from alseg.report.statistics.stratified import means_of, read_values, stratified
from alseg.report.write_report import write_report
from tests.helpers.run_files import add_metadata

CURVE = {2: 0.5, 4: 0.6}
STAIN = {"a": "fluo", "b": "stain", "c": "fluo", "d": "stain", "e": "fluo", "f": "fluo", "g": "fluo", "h": ""}
TEST = {"t0": "fluo", "t1": "stain", "t2": "stain"}
PICKS = {"random": [["a", "b"], ["c", "e"]], "k_center": [["b", "d"], ["a", "h"]]}
CASES = {
    2: "id,group,dice,dice_x,dice_y,worst\nt0,p,0.5,0.5,,\nt1,p,0.2,0.1,0.3,0\nt2,p,0.9,0.9,,\n",
    4: "id,group,dice,dice_x,dice_y,worst\nt0,p,,,,\nt1,p,0.4,0.4,0.4,0\nt2,p,0.8,0.6,1.0,\n",
}


@pytest.fixture
def runs(make_run, tmp_path):
    """Two strategies, two seeds; the second seed picks alike."""
    for strategy, picks in PICKS.items():
        for seed in (0, 1):
            run = make_run(strategy, seed, CURVE, picks=picks)
            add_metadata(
                run, {"stain": STAIN | TEST, "file": {id_: f"{id_}.png" for id_ in (STAIN | TEST)}}, tuple(TEST)
            )
            for i, cases in enumerate(CASES.values()):
                (run / "rounds" / f"{i:02d}").mkdir(parents=True)
                (run / "rounds" / f"{i:02d}" / "cases.csv").write_text(cases)
    return tmp_path / "runs"


def texts(grid):
    return [[cell.text for cell in row] for row in grid.rows]


def test_the_share_of_each_value_beside_that_of_the_pool(runs):
    panel = build(read_runs([runs])).panels[0]
    found = picked_by(panel, "stain")
    assert found.strata.names == ("fluo", "stain", "not stated")
    assert found.in_pool.tolist() == [5 / 8, 2 / 8, 1 / 8]
    grid = shares_grid(panel, found)
    assert grid.header == ("Condition", "Seeds", "Annotated", "fluo", "stain", "not stated")
    assert texts(grid) == [
        ["the pool", "–", "–", "62.5%", "25.0%", "12.5%"],
        ["random", "2", "4", "75.0%", "25.0%", "0.0%"],
        ["k_center", "2", "4", "25.0%", "50.0%", "25.0%"],
    ]
    assert texts(rounds_grid(panel, found))[4] == ["k_center", "stain", "25.0%", "100.0%", "50.0%"]


def test_the_file_has_every_round(runs):
    table = pd.read_csv(StringIO(coverage_csv(build(read_runs([runs])).analysis)))
    here = table[(table["column"] == "stain") & (table["stratum"] == "stain") & (table["condition"] == "k_center")]
    here = here[here["seed"] == 1].set_index("n_labelled")
    assert here["value"].to_dict() == {2: 1.0, 4: 0.5}
    assert here["picked"].to_dict() == {2: 1.0, 4: 0.0}
    assert set(here["in_pool"]) == {0.25}
    sums = table[table["what"] == "metadata"].groupby(["condition", "seed", "n_labelled", "column"])["value"].sum()
    assert sums.to_numpy() == pytest.approx(1.0)


def test_unasked_are_columns_that_tell(runs):
    """``stain`` has three values; of the eleven file names each is another."""
    assert unasked(build(read_runs([runs])).panels[0]) == ["stain"]


def test_the_metric_on_each_part_of_the_test_set(runs):
    """Round 1: stain is t1 and t2: class x (0.4 + 0.6) / 2, class y (0.4 + 1.0) / 2, their mean 0.6."""
    panel = build(read_runs([runs])).panels[0]
    found = stratified(panel, "stain")
    assert found.metric == "test/dice"
    assert found.curves["stain"]["random"] == {
        s: {2: pytest.approx((0.5 + 0.3) / 2), 4: pytest.approx(0.6)} for s in (0, 1)
    }
    assert found.curves["fluo"]["random"][0] == {2: 0.5}  # t0 shows nothing in round 1
    assert found.curves["not stated"] == {}
    assert texts(strata_grid(panel, found))[:2] == [
        ["random", "fluo", "1", "0.500 ± 0.000", "–"],
        ["random", "stain", "2", "0.400 ± 0.000", "0.600 ± 0.000"],
    ]
    assert last_grid(panel, found).header == ("Condition", "Annotated", "fluo", "stain")
    table = pd.read_csv(StringIO(strata_csv([(panel, found)])))
    line = table[(table["condition"] == "k_center") & (table["value"] == "stain") & (table["n_labelled"] == 4)].iloc[0]
    assert (line["mean"], line["images"], line["metric"], line["column"]) == (
        pytest.approx(0.6),
        2,
        "test/dice",
        "stain",
    )


def test_all_images_in_one_stratum_have_the_metric_of_the_round():
    """The same mean over images, then over classes, as `SegmentationMetrics`, for random masks some of which lack classes."""
    rng = np.random.default_rng(0)
    predicted, truth = (torch.from_numpy(rng.integers(0, 4, (12, 4, 4)) * rng.integers(0, 2, (12, 1, 1))) for _ in "12")
    metrics = SegmentationMetrics(("0", "1", "2", "3"), "px", distances=False)
    metrics.update(predicted, truth, torch.ones(12, 2))
    values = torch.cat(metrics.dice).double().numpy()
    assert np.isnan(values).any()
    assert means_of(values, np.zeros(12, dtype=np.intp), 1) == [pytest.approx(metrics.compute()["dice"])]


def test_accuracy_of_a_classification(tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text("id,group,true,predicted,confidence,probability,worst\n007,p,NA,NA,0.9,0.9,\nb,p,NA,x,0.5,0.1,0\n")
    ids, metric, values = read_values(path)
    assert (ids, metric, values.tolist()) == (["007", "b"], "test/accuracy", [[1.0], [0.0]])


@pytest.mark.parametrize("content", ["", "id\n", "id,dice\na,high\n", "x,y\n1,2\n"])
def test_broken_values_of_images_are_named(tmp_path, content):
    path = tmp_path / "cases.csv"
    path.write_text(content)
    with pytest.raises(DataError, match=r"cases\.csv: cannot be read as values of test images"):
        read_values(path)


def test_an_unknown_column_names_those_that_there_are(runs, tmp_path):
    panels = build(read_runs([runs])).panels
    assert checked_columns(panels, ["stain", "group", "stain"]) == ("stain", "group")
    with pytest.raises(ConfigError, match="--by site: no run recorded this column; there are stain, file, group"):
        write_report([runs], tmp_path / "out", by=["stain", "site"])
    assert not (tmp_path / "out").exists()


def test_on_the_command_line_that_is_exit_code_2(runs, tmp_path, capsys):
    assert main(["report", str(runs), "--out", str(tmp_path / "out"), "--by", "site"]) == 2
    error = capsys.readouterr().err.strip()
    assert error == "alseg report: --by site: no run recorded this column; there are stain, file, group"


@pytest.mark.slow
def test_runs_of_earlier_versions_are_not_counted_and_said(runs, make_run, tmp_path):
    (runs / "random-1" / FILE).unlink()
    (runs / "k_center-1" / FILE).write_bytes(b"damaged")
    panel = build(read_runs([runs])).panels[0]
    found = picked_by(panel, "stain")
    assert texts(shares_grid(panel, found))[1][:2] == ["random", "1"]
    note = shares_note(panel, found)
    assert "2 of 4 runs recorded no such column" in note
    assert "metadata.parquet: cannot be read as metadata" in note
    assert {run.path.name for run in stratified(panel, "stain").without} == {"random-1", "k_center-1"}
    for run in runs.iterdir():
        (run / FILE).unlink(missing_ok=True)
    with pytest.raises(ConfigError, match=r"--by stain: none of these runs left metadata\.parquet"):
        write_report([runs], tmp_path / "out", by=["stain"])
    assert "Picks by" not in html(build(read_runs([runs])))


@pytest.mark.slow
def test_without_values_of_single_images_the_picks_are_still_told(runs, tmp_path):
    for path in runs.rglob("cases.csv"):
        path.unlink()
    report = write_report([runs], tmp_path / "out", runs=False, by=["stain"])
    text = (tmp_path / "out" / "report.html").read_text()
    assert "Picks by stain" in text
    assert "No run kept values of single test images" in text
    assert "strata.csv" not in [path.name for path in report.files]


@pytest.mark.slow
def test_every_format_has_both(runs, tmp_path):
    report = write_report([runs], tmp_path / "out", runs=False, by=["stain"])
    names = {path.name for path in report.files}
    assert {"strata.csv", "strata.png", "strata.svg", "coverage.csv"} <= names
    page, text = (tmp_path / "out" / "report.html").read_text(), (tmp_path / "out" / "table.md").read_text()
    for said in ("Picks by stain", "Dice by stain", "Picks by stain, round by round"):
        assert said in page
        assert said in text


@pytest.mark.slow
def test_hostile_metadata_are_text_and_short_everywhere(make_run, tmp_path):
    evil = "=HYPERLINK(1)</script><script>alert(1)</script>" + "x" * 5000
    name = "@<img src=x>|`[a]" + "n" * 200
    run = make_run("random", 0, CURVE, picks=PICKS["random"])
    add_metadata(run, {name: {id_: evil if id_ in "ab" else "-x\ny" for id_ in (STAIN | TEST)}}, tuple(TEST))
    for i, cases in enumerate(CASES.values()):
        (run / "rounds" / f"{i:02d}").mkdir(parents=True)
        (run / "rounds" / f"{i:02d}" / "cases.csv").write_text(cases)
    report = write_report([tmp_path / "runs"], tmp_path / "out", by=[name])
    page, text = (tmp_path / "out" / "report.html").read_text(), markdown(report)
    for each in (page, *(path.read_text() for path in (tmp_path / "out" / "runs").iterdir())):
        assert "<script>alert" not in each
        assert "<img src=x" not in each
        assert "x" * 100 not in each
    assert "<img" not in text
    table = pd.read_csv(tmp_path / "out" / "coverage.csv")
    here = table[table["what"] == "metadata"]
    assert here["column"].str.startswith("'@").all()
    assert set(here["stratum"].str[:2]) == {"'=", "'-"}
    assert here["stratum"].str.len().max() <= 41
    assert pd.read_csv(tmp_path / "out" / "strata.csv")["value"].tolist() == ["'-x y"] * 2
