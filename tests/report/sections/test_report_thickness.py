"""The agreement of the wall thickness in a report, from run folders with numbers written by hand."""

from __future__ import annotations

import csv
import math

import pytest

from alseg.report import write_report
from alseg.report.columns import decimals, is_ranked, lower_is_better, title
from alseg.report.pages.left_out import left_out
from alseg.report.pages.markdown import markdown
from alseg.report.read.read_runs import read_runs
from alseg.report.sections.results_table import results_grid
from alseg.report.sections.thickness.bland_altman import MOST, bland_altman
from alseg.report.sections.thickness.pairs import measurements
from alseg.report.sections.thickness.table import cimt_grid
from alseg.report.statistics.panels import build

HEADER = "id,group,reference_mm,predicted_mm,reference_max_mm,predicted_max_mm,li_mm,ma_mm,columns"
REFERENCE = (0.6, 0.8, 0.7, 0.9)
GROUPS = ("1", "1", "2", "2")


def add(run, round_, predicted, reference=REFERENCE, groups=GROUPS):
    """Write the thickness in mm of a round; None is a failure."""
    folder = run / "rounds" / f"{round_:02d}"
    folder.mkdir(parents=True)
    lines = [
        f"image_{i},{g},{'' if r is None else r},{'' if p is None else p},,,,,30"
        for i, (g, r, p) in enumerate(zip(groups, reference, predicted))
    ]
    (folder / "cimt.csv").write_text("\n".join([HEADER, *lines]) + "\n")


@pytest.fixture
def sweep(make_run, tmp_path):
    """Two conditions of two seeds, measured in rounds 1 and 2; the last round is off by known amounts."""
    for seed in (0, 1):
        for strategy in ("random", "entropy"):
            run = make_run(strategy, seed, more={"test/cimt_bias_um": [90, 80, 50], "test/cimt_abs_bias_um": [9, 8, 5]})
            add(run, 1, (2.0, 2.0, 2.0, 2.0))
            if strategy == "random":
                add(run, 2, (0.7, 0.9, 0.8, 1.0) if seed == 0 else (0.6, 0.8, 0.7, None))
            else:
                add(run, 2, (0.6, 0.8, 0.7, 0.9) if seed == 0 else (0.58, 0.82, 0.68, 0.92))
    return tmp_path / "runs"


def found(*paths):
    return measurements(build(read_runs(paths)).panels[0])


def test_the_last_budget_of_all_seeds_together(sweep):
    random, entropy = found(sweep)
    assert (random.label, random.budget, entropy.label, entropy.budget) == ("random", 30, "entropy", 30)
    # random: four times +100 µm, three times 0, and one failure
    a = random.agreement
    assert (a.cases, a.measured, a.failure_rate) == (8, 7, pytest.approx(1 / 8))
    assert a.bias == pytest.approx(400 / 7)
    assert a.sd == pytest.approx(math.sqrt((4 * (300 / 7) ** 2 + 3 * (400 / 7) ** 2) / 6))
    assert a.mean_absolute == pytest.approx(400 / 7)
    # entropy: -20, +20, -20, +20 and four times 0
    assert entropy.agreement.bias == pytest.approx(0, abs=1e-9)
    assert entropy.agreement.sd == pytest.approx(math.sqrt(4 * 400 / 7))
    assert entropy.agreement.upper == pytest.approx(1.96 * math.sqrt(4 * 400 / 7))
    assert entropy.agreement.mean_absolute == pytest.approx(10)


def test_the_bootstrap_draws_a_patient_with_the_images_of_all_seeds(sweep):
    """Patient 1 has biases of 100, 100, 0 and 0, patient 2 of 100, 100, 0 and a failure: 2 patients, not 8 cases."""
    low, high = found(sweep)[0].agreement.intervals["bias"]
    assert (low, high) == (pytest.approx(50), pytest.approx(200 / 3))


def test_the_same_intervals_every_time(sweep):
    assert found(sweep)[0].agreement == found(sweep)[0].agreement


def test_the_table_stands_beside_the_published_references(sweep):
    grid = cimt_grid(found(sweep))
    rows = {row[0].text: dict(zip(grid.header, row)) for row in grid.rows}
    assert [rows["random"][h].text for h in ("Annotated images", "Cases", "Patients")] == ["30", "8", "2"]
    assert rows["random"]["Bias (µm)"].text == "+57 [+50, +67]"
    assert rows["random"]["Failures"].text == "12.5% [0.0%, 25.0%]"
    assert rows["entropy"]["Mean absolute bias ± SD (µm)"].text.startswith("10 ± 11 [10, 10]")
    assert rows["entropy"]["Mean absolute bias ± SD (µm)"].best
    assert not rows["random"]["Mean absolute bias ± SD (µm)"].best
    assert not any(row["Bias (µm)"].best for row in rows.values())  # a bias is good near 0, not low
    published = {name: row["Mean absolute bias ± SD (µm)"].text for name, row in rows.items() if "published" in name}
    assert list(published.values()) == ["160 ± 140", "194 ± 177", "106 ± 89"]


def test_the_picture_shows_every_pair_and_the_lines(sweep):
    figure = bland_altman(found(sweep))
    random, entropy = (ax for ax in figure.axes if ax.get_visible())
    points = random.collections[-1].get_offsets()
    assert len(points) == 7  # a failure is no point
    assert sorted(points[:, 1].tolist()) == pytest.approx([0, 0, 0, 100, 100, 100, 100])
    assert sorted(points[:, 0].tolist()) == pytest.approx([0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.95])
    heights = sorted(float(line.get_ydata()[0]) for line in entropy.lines)
    limit = 1.96 * math.sqrt(4 * 400 / 7)
    assert heights == pytest.approx([-limit, 0, 0, limit])  # limits, bias, and the line of no difference
    assert {"+57", "30 annotated · 1 of 8 failed"} <= {text.get_text() for text in random.texts}
    assert random.get_ylim() == entropy.get_ylim()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["seed 0", "seed 1"]


@pytest.mark.slow
def test_no_more_conditions_than_can_be_looked_at(make_run, tmp_path):
    for i in range(MOST + 1):
        add(make_run(f"strategy_{i}", 0), 2, REFERENCE)
    all_of_them = found(tmp_path / "runs")
    assert len(all_of_them) == MOST + 1
    assert len(bland_altman(all_of_them).axes) == MOST
    write_report([tmp_path / "runs"], tmp_path / "out")
    assert f"the first {MOST} of {MOST + 1} conditions" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.slow
def test_everything_is_written(sweep, tmp_path):
    out = tmp_path / "out"
    report = write_report([sweep], out)
    assert {"bland_altman.png", "bland_altman.svg", "cimt.csv"} <= {path.name for path in report.files}
    rows = list(csv.DictReader((out / "cimt.csv").open()))
    assert [row["condition"] for row in rows] == ["random", "entropy"]
    assert (rows[0]["n_labelled"], rows[0]["n_seeds"], rows[0]["cases"], rows[0]["measured"]) == ("30", "2", "8", "7")
    assert float(rows[0]["bias"]) == pytest.approx(400 / 7)
    assert float(rows[0]["bias_low"]) == pytest.approx(50)
    page = (out / "report.html").read_text()
    assert page.count('src="data:image/svg+xml;base64,') == 2  # and the cost curves
    assert "published: two readers" in page
    assert "published: two readers" in (out / "table.md").read_text()


@pytest.mark.slow
def test_a_picture_per_data_set(make_run, tmp_path):
    for data in ("a", "b"):
        add(make_run("random", 0, folder=data, data={"name": data}), 2, REFERENCE)
    make_run("random", 0, folder="c", data={"name": "c"})
    names = {path.name for path in write_report([tmp_path / "runs"], tmp_path / "out").files}
    assert {"bland_altman_1.svg", "bland_altman_2.svg"} <= names
    assert "bland_altman.svg" not in names


@pytest.mark.slow
def test_runs_without_a_thickness_have_no_picture(make_run, tmp_path):
    make_run("random", 0)
    report = write_report([tmp_path / "runs"], tmp_path / "out")
    assert measurements(report.panels[0]) == ()
    assert "intima" not in markdown(report)
    assert "intima" not in (tmp_path / "out" / "report.html").read_text()
    assert not [path for path in report.files if "cimt" in path.name or "bland" in path.name]


def test_conditions_that_share_no_budget_are_taken_at_their_own_last(make_run, tmp_path):
    add(make_run("random", 0, {10: 0.5, 20: 0.6}), 1, REFERENCE)
    add(make_run("entropy", 0, {5: 0.5, 15: 0.6}), 1, REFERENCE)
    assert [one.budget for one in found(tmp_path / "runs")] == [20, 15]


@pytest.mark.slow
def test_nothing_measured_at_all(make_run, tmp_path):
    add(make_run("random", 0), 2, (None,) * 4)
    (one,) = found(tmp_path / "runs")
    assert one.agreement.failure_rate == 1
    row = cimt_grid([one]).rows[0]
    assert [cell.text for cell in row[4:-1]] == ["–"] * 8
    write_report([tmp_path / "runs"], tmp_path / "out")


def test_a_single_patient_has_no_interval(make_run, tmp_path):
    add(make_run("random", 0), 2, (0.7, 0.8, 0.7, 0.9), groups=("1",) * 4)
    assert cimt_grid(found(tmp_path / "runs")).rows[0][4].text == "+25"


def test_an_image_without_a_reference_counts_in_nothing(make_run, tmp_path):
    add(make_run("random", 0), 2, (0.7, 0.8, 0.7, None), reference=(0.6, 0.8, 0.7, None))
    (one,) = found(tmp_path / "runs")
    assert (one.agreement.cases, one.agreement.measured, one.agreement.failure_rate) == (3, 3, 0)
    assert one.agreement.bias == pytest.approx(100 / 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,group,reference_mm\na,1,0.5\n", "column predicted_mm is missing"),
        ("id,group,reference_mm,predicted_mm\na,1,0.5,thick\n", "cannot be read as CSV"),
        ("id,group,reference_mm,predicted_mm\na,1,0.5,inf\n", "a thickness is infinite"),
    ],
)
def test_a_broken_file_is_named_and_its_run_missing_there_alone(make_run, tmp_path, text, message):
    """Of two seeds the other one is off by 0.1 mm = 100 µm in all images."""
    for seed in (0, 1):
        add(make_run("random", seed), 2, [value + 0.1 for value in REFERENCE])
    path = tmp_path / "runs" / "random-0" / "rounds" / "02" / "cimt.csv"
    path.write_text(text)
    report = build(read_runs([tmp_path / "runs"]))
    (one,) = measurements(report.panels[0])
    assert (one.agreement.cases, one.agreement.bias) == (4, pytest.approx(100))
    assert sorted(report.panels[0].rows[0].runs) == [0, 1]
    (unread,) = left_out(report)
    assert unread.path == path
    assert message in unread.reason
    assert unread.reason.endswith("the agreement of the wall thickness is without this run")


def test_a_signed_bias_ranks_nobody(sweep):
    report = build(read_runs([sweep]))
    assert not any(
        cell.best for row in results_grid(report, report.panels[0], "test/cimt_bias_um").rows for cell in row
    )
    assert report.analysis.penalty("test/cimt_bias_um") is None
    assert report.analysis.penalty("test/cimt_abs_bias_um") is not None


@pytest.mark.parametrize(
    ("column", "text", "ranked", "lower", "digits"),
    [
        ("test/cimt_um", "CIMT (µm)", False, False, 0),
        ("test/cimt_bias_um", "CIMT bias (µm)", False, False, 0),
        ("test/cimt_abs_bias_um", "CIMT, mean absolute bias (µm)", True, True, 0),
        ("test/cimt_sd_um", "CIMT, SD of the differences (µm)", True, True, 0),
        ("test/cimt_icc", "CIMT, ICC(2,1)", True, False, 3),
        ("test/cimt_failures", "CIMT, share of failures", True, True, 3),
        ("test/dice", "Dice", True, False, 3),
    ],
)
def test_what_the_columns_are_called_and_which_way_is_better(column, text, ranked, lower, digits):
    assert title(column) == text
    assert (is_ranked(column), lower_is_better(column), decimals(column)) == (ranked, lower, digits)
