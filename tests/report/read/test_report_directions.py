"""Which way a metric is better is said by somebody, or asked for; it is never guessed."""

from __future__ import annotations

import json

import pytest

from alseg.commands.report import main
from alseg.errors import ConfigError
from alseg.metrics.metric import Metric
from alseg.report.columns import Column, direction, is_ranked, lower_is_better, name_of
from alseg.report.pages.latex import latex
from alseg.report.pages.markdown import markdown
from alseg.report.read.directions import direction_notes, with_told
from alseg.report.read.read_runs import read_runs
from alseg.report.sections.comparisons import better
from alseg.report.statistics.panels import build


def describe(run, **fields):
    """Have the last evaluation describe a metric."""
    lines = (run / "ledger.jsonl").read_text().splitlines()
    place = max(i for i, line in enumerate(lines) if '"evaluated"' in line)
    lines[place] = json.dumps(json.loads(lines[place]) | {"described": [Metric(**fields).recorded()]})
    (run / "ledger.jsonl").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    "name", ["assd_mm", "mse", "rmse", "dice_loss", "fpr", "kappa", "boundary_error", "dice_std", "nll"]
)
def test_no_word_of_a_name_tells_a_direction(name):
    assert direction(f"test/{name}") == "unknown"
    assert not is_ranked(f"test/{name}")
    assert not lower_is_better(f"test/{name}")


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("dice", "higher"),
        ("dice_lumen_intima", "higher"),
        ("recall_adipose", "higher"),
        ("hd95_mm", "lower"),
        ("asd_px", "lower"),
        ("empty", "lower"),
        ("ece", "lower"),
        ("loss", "lower"),
        ("cimt_bias_um", "neither"),
        ("cimt_abs_bias_um", "lower"),
    ],
)
def test_metrics_of_alseg_keep_theirs(name, way):
    assert direction(f"test/{name}") == way


def test_a_name_goes_without_class_and_unit():
    described = {"gap": Metric("gap", "Gap", False)}
    assert name_of(Column("test/gap_tumour_mm", described)) == "gap"
    assert name_of("test/assd_mm") == name_of("assd_mm") == name_of("assd") == "assd"


@pytest.fixture
def sweep(make_run, tmp_path):
    """Of entropy the values are lower by 4 at every seed, beyond all doubt."""
    for seed in range(6):
        for strategy, value in (("random", 9 + seed / 10), ("entropy", 5 + seed / 9)):
            make_run(strategy, seed, {10: value, 20: value}, metric="test/assd_mm")
    return tmp_path / "runs"


def winner(report):
    (pair,) = report.analysis.comparisons(report.panels[0].metrics[0])
    return better(pair, report.panels[0].metrics[0])


def test_nothing_is_ranked_by_an_unknown_metric(sweep):
    report = build(read_runs([sweep]))
    (metric,) = report.panels[0].metrics
    assert direction(metric) == "unknown"
    assert winner(report) == ""
    assert report.analysis.ranks(metric) is None
    assert "**" not in markdown(report)
    assert "is better is not known" in markdown(report)
    assert "is better is not known" in latex(report)
    (note,) = direction_notes(report.panels[0].metrics, {})
    assert "alseg report --lower-is-better assd_mm (or --higher-is-better assd_mm)" in note
    assert "Metric(...)" in note


@pytest.mark.parametrize(("higher", "best"), [(False, "entropy"), (True, "random")])
@pytest.mark.parametrize("name", ["assd", "assd_mm", "test/assd_mm"])
def test_the_user_says_it(sweep, higher, best, name):
    report = build(with_told(read_runs([sweep]), {name: higher}))
    assert winner(report) == best
    said = "higher is better" if higher else "lower is better"
    assert f"assd (mm): {said}." in markdown(report)
    assert f"\\caption{{assd (mm) ({said}) on phantoms, " in latex(report)
    assert direction_notes(report.panels[0].metrics, {name: higher}) == (f"{name}: {said}, as the command says",)


def test_a_metric_that_one_run_describes_is_known_in_all(sweep):
    describe(sweep / "random-3", name="assd", title="ASSD", higher_is_better=False)
    report = build(read_runs([sweep]))
    assert winner(report) == "entropy"
    assert "ASSD (mm): lower is better." in markdown(report)


def test_where_runs_disagree_the_user_is_asked(sweep):
    for strategy, higher in (("random", False), ("entropy", True)):
        describe(sweep / f"{strategy}-3", name="assd", title="ASSD", higher_is_better=higher)
    report = build(read_runs([sweep]))
    assert (winner(report), direction(report.panels[0].metrics[0])) == ("", "unknown")
    assert winner(build(with_told(read_runs([sweep]), {"assd": False}))) == "entropy"


def test_what_does_not_fit_is_an_error(sweep, make_run):
    make_run("random", 0, folder="other", data={"name": "other"})
    runs = read_runs([sweep])
    with pytest.raises(ConfigError, match="asd_mm: no run has such a metric; there are assd_mm, dice"):
        with_told(runs, {"asd_mm": False})
    with pytest.raises(ConfigError, match="dice: of this metric higher is better, and alseg itself measures it"):
        with_told(runs, {"dice": False})
    with pytest.raises(ConfigError, match="assd: higher and lower cannot both be better"):
        main([str(sweep), "--out", "out", "--lower-is-better", "assd", "--higher-is-better", "assd"])
