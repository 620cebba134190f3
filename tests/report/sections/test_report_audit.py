"""Sections of the report about the audit and the forecast."""

import json
from io import StringIO

import pandas as pd
import pytest
import yaml

from alseg.report.read.read_runs import read_run
from alseg.report.run_notes import run_notes
from alseg.report.sections.audit import SECTION, audit_grid, audits
from alseg.report.sections.forecast import SECTION as FORECAST
from alseg.report.sections.forecast import forecast_grid, outlooks
from alseg.report.statistics.panels import build

HEAD = "id,unit,group,asked,drawn,rest,new_group,dice_wall\n"
ANSWERS = {
    1: "p1,p1,a,1,0,40,0,0.2\np2,p2,a,1,0,40,0,0.4\nd1,d1,b,1,1,40,1,0.8\nd2,d2,c,1,1,40,1,0.9\n",
    2: "p3,p3,a,2,0,36,0,0.5\np4,p4,b,2,0,36,0,0.3\nd3,d3,b,2,1,36,0,0.7\nd4,d4,d,2,1,36,1,0.6\n",
}


@pytest.fixture
def audited(make_run):
    def make(strategy="entropy", **more):
        run = make_run(strategy, **more)
        for round_, lines in ANSWERS.items():
            folder = run / "rounds" / f"{round_:02d}"
            folder.mkdir(parents=True)
            (folder / "audit.csv").write_text(HEAD + lines)
        return run

    return make


def test_the_last_model_and_all_picks(audited, make_run):
    report = build([read_run(audited()), read_run(make_run("random"))])
    found = audits(report.panels[0])
    assert [*found] == [("entropy", 0)]
    one = found["entropy", 0]
    assert [point.model for point in one.points] == [0, 1]
    assert [point.labels for point in one.points] == [10, 20]
    values = {
        kind: point.estimates["dice", kind].value
        for point in one.points[1:]
        for kind in ("now", "running", "as_it_was")
    }
    first, second = (0.2 + 0.4 + 40 * 0.85) / 42, (0.5 + 0.3 + 36 * 0.65) / 38
    assert values["now"] == pytest.approx(second)
    assert values["running"] == pytest.approx((first + second) / 2)
    assert values["as_it_was"] == pytest.approx((0.2 + 0.4 + 0.8 + 0.9 + 0.5 + 0.3 + 36 * 0.65) / 42)
    assert one.difference.value == pytest.approx(0.35 - 0.75)
    assert one.new_groups == (0.0, 0.75)
    row = [cell.text for cell in audit_grid(found).rows[0]]
    assert row[:4] == ["entropy", "0", "20", "4"]
    assert row[4].startswith(f"{(first + second) / 2:.3f} [")
    assert row[-1] == "0% / 75%"
    assert [block.title for block in SECTION.of_data_set(report, report.panels[0])] == ["Audit on the pool"]
    lines = pd.read_csv(StringIO(SECTION.files(report)["audit.csv"].decode()))
    assert len(lines) == 2 * 4
    without = build([read_run(make_run("random", seed=1))])
    assert (SECTION.of_data_set(without, without.panels[0]), SECTION.files(without)) == ([], {})


def test_a_table_that_is_damaged_costs_the_audit_of_its_run(audited):
    broken = audited("margin")
    (broken / "rounds" / "02" / "audit.csv").write_text("id,unit\n1,2\n")
    report = build([read_run(audited()), read_run(broken)])
    assert [*audits(report.panels[0])] == [("entropy", 0)]
    assert [one.path.name for one in SECTION.unread(report)] == ["audit.csv"]


def test_classes_of_picks_and_of_what_was_drawn(make_run):
    run = make_run("margin", metric="test/accuracy")
    (run / "rounds" / "01").mkdir(parents=True)
    lines = ["NA,NA", "NA,b", "b,b", "b,b"]
    answers = "".join(f"i{i},i{i},g,1,{int(i > 1)},30,0,{line}\n" for i, line in enumerate(lines))
    (run / "rounds" / "01" / "audit.csv").write_text(
        "id,unit,group,asked,drawn,rest,new_group,true,predicted\n" + answers
    )
    one = audits(build([read_run(run)]).panels[0])["margin", 0]
    assert one.primary == "accuracy"
    assert one.classes == {"NA": (1.0, 0.0), "b": (0.0, 1.0)}
    assert one.difference.value == pytest.approx(0.5 - 1.0)


def test_sentences_about_a_run(audited, make_run):
    run = audited()
    notes = run_notes(run)
    assert len(notes) == 1
    assert "on what was left of the pool (4 drawn); the last model asked was that of round 1, 20 labels." in notes[0]
    assert "The picks are" not in notes[0]  # four of either are too few to tell
    more = [
        f"{kind}{i},{kind}{i},a,1,{drawn},40,0,{0.1 + 0.7 * drawn}\n"
        for drawn, kind in enumerate("pd")
        for i in range(9)
    ]
    (run / "rounds" / "01" / "audit.csv").write_text(HEAD + "".join(more))
    assert "The picks are harder than the rest (-0." in run_notes(run)[0]
    assert run_notes(make_run("random")) == []


def with_target(run, target):
    config = yaml.safe_load((run / "config.yaml").read_text())
    (run / "config.yaml").write_text(yaml.safe_dump({**config, "forecast": {"target": target}}))
    return run


def test_the_forecast_of_each_condition(make_run):
    curve = {10 * i: 0.9 - 2 * (10 * i) ** -0.7 for i in range(1, 7)}
    runs = [
        read_run(with_target(make_run(strategy, curve=curve, cost=600.0), 0.85)) for strategy in ("random", "entropy")
    ]
    report = build(runs)
    found = outlooks(report.panels[0])
    grid = forecast_grid(found)
    assert grid.header == ("Condition", "Dice, in the end", "Labels for 0.85", "Hours more for 0.85")
    assert float(grid.rows[0][1].text.split(" ")[0]) == pytest.approx(0.9, abs=0.003)
    needed = (2 / 0.05) ** (1 / 0.7)
    assert float(grid.rows[0][2].text.split(" ")[0].replace(",", "")) == pytest.approx(needed, rel=0.1)
    assert "0.85 takes" in run_notes(runs[0].path)[0]
    csv = pd.read_csv(StringIO(FORECAST.files(report)["forecast.csv"].decode()))
    assert csv["labels"][0] == pytest.approx(needed, rel=0.1)
    few = build([read_run(with_target(make_run("margin"), 0.85))])
    assert [block.title for block in FORECAST.of_data_set(few, few.panels[0])] == ["Forecast"]
    assert json.dumps([c.text for c in forecast_grid(outlooks(few.panels[0])).rows[0]][1]) == '"3 points; it takes 4"'
