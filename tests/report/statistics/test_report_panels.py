from __future__ import annotations

from dataclasses import replace

import pytest

from alseg.errors import DataError, RunFolderError
from alseg.report.pages.facts import facts
from alseg.report.sections.cost import cost_grid
from alseg.report.sections.results_table import aubc_note
from alseg.report.statistics.panels import build


def by_label(panel, metric="test/dice"):
    return {r.row.label: r for r in panel.results(metric)}


def test_runs_are_grouped_by_condition_and_averaged_over_seeds(runs_of):
    runs = [runs_of("random", s, {10: 0.5 + s / 10, 20: 0.6 + s / 10}) for s in range(3)]
    runs += [runs_of("entropy", s, {10: 0.6, 20: 0.8}) for s in range(3)]
    (panel,) = build(runs).panels
    found = by_label(panel)
    assert list(found) == ["random", "entropy"]  # the control leads
    assert found["random"].by_budget[10].mean == pytest.approx(0.6)
    assert found["random"].aubc.mean == pytest.approx(0.65)
    assert found["entropy"].aubc.half == pytest.approx(0.0, abs=1e-12)


def test_an_oracle_that_draws_by_the_seed_of_the_run_is_one_condition(runs_of):
    runs = [runs_of("random", s, oracle={"name": "noisy", "seed": s}, data={"name": "d", "seed": 0}) for s in range(3)]
    (row,) = build(runs).panels[0].rows
    assert sorted(row.runs) == [0, 1, 2]


def test_order_of_runs_and_rounds_changes_nothing(runs_of):
    levels = {0: 0.2, 1: 0.5, 2: 0.8}
    runs = [runs_of("random", s, {10: v, 20: v}) for s, v in levels.items()]
    runs += [runs_of("entropy", s, {20: v + 0.1, 10: v + 0.1}) for s, v in reversed(levels.items())]
    for order in (runs, runs[::-1], [runs[i] for i in (3, 1, 5, 0, 4, 2)]):
        (found,) = build(order).analysis.against_control("test/dice")
        gain = found.result.difference
        assert (gain.mean, gain.n) == (pytest.approx(0.1), 3)
        assert gain.half == pytest.approx(0.0, abs=1e-9)  # rows paired by position would spread widely


def test_the_control_shares_everything_but_the_query(runs_of):
    runs = []
    for learner, base in (("plain", 0.5), ("sequal", 0.7)):
        for strategy, gain in (("random", 0.0), ("entropy", 0.05)):
            curve = {10: base + gain, 20: base + gain}
            kwargs = {"learner": {"name": learner}, "reduction": {"name": f"for-{strategy}"}}
            runs.append(runs_of(strategy, 0, curve, folder=f"{learner}-{strategy}", **kwargs))
    (panel,) = build(runs).panels
    controls = {label: control.label for label, control in panel.controls.items() if control}
    assert controls == {
        f"entropy · {name} · reduction=for-entropy": f"random · {name} · reduction=for-random"
        for name in ("plain", "sequal")
    }


def test_different_budgets_share_only_what_they_have_in_common(runs_of):
    runs = [runs_of("random", 0, {10: 0.5, 20: 0.6, 30: 0.7}), runs_of("entropy", 0, {10: 0.5, 30: 0.9, 40: 0.9})]
    (panel,) = build(runs).panels
    assert (panel.budgets, panel.shared) == ((10, 20, 30, 40), (10, 30))
    assert by_label(panel)["random"].aubc.mean == pytest.approx(0.6)
    # each over its own budgets: (0.7 · 20 + 0.9 · 10) / 30
    assert by_label(panel)["entropy"].aubc.mean == pytest.approx(23 / 30)


def test_no_shared_budgets_no_aubc(runs_of):
    (panel,) = build([runs_of("random", 0, {10: 0.5}), runs_of("entropy", 0, {20: 0.5})]).panels
    assert all(r.aubc is None for r in panel.results("test/dice"))


@pytest.mark.slow
def test_data_sets_have_panels_of_their_own(runs_of):
    runs = [runs_of("random", 0, folder="a"), runs_of("random", 0, {5: 0.1}, folder="b", data={"name": "busi"})]
    panels = build(runs).panels
    assert [p.data for p in panels] == ["busi", "phantoms"]
    assert [p.budgets for p in panels] == [(5,), (10, 20, 30)]
    assert [row.label for p in panels for row in p.rows] == ["random", "random"]


def test_a_setting_that_is_null_is_as_if_it_were_not_there(runs_of):
    """So that runs are compared with older ones, made before there was such a setting."""
    data = {"name": "scans", "size": 64}
    runs = [runs_of("random", 0, data=data), runs_of("random", 1, data=data | {"unit": None, "mask": None})]
    (panel,) = build(runs).panels
    assert [sorted(row.runs) for row in panel.rows] == [[0, 1]]
    everything = runs_of("random", 2, budget={"initial": None, "query": 1, "rounds": 1}, folder="all")
    assert dict(facts(build([everything]).panels[0]))["Budget"] == "all images at once"


def test_a_learner_that_solves_for_its_weights_takes_no_steps(runs_of):
    def training(steps, folder, set_=70):
        run = runs_of(folder=folder, trainer={"steps": set_})
        return replace(run, decisions=replace(run.decisions, steps=steps))

    trained, solved, one = (
        training((70, 70, 70), "trained"),
        training((1, 1, 1), "solved"),
        training((1, 1, 1), "one", set_=1),
    )
    for run, words in (
        (trained, "70 steps per round"),
        (solved, "weights solved for at once"),
        (one, "1 step per round"),
    ):
        assert dict(facts(build([run]).panels[0]))["Training"] == words
    solved = replace(solved, config={**solved.config, "learner": {"name": "probe"}})
    (panel,) = build([trained, solved]).panels
    assert dict(facts(panel))["Training"] == "70 steps per round; weights solved for at once"


def test_volumes_and_images_are_never_counted_together(runs_of):
    data = {"name": "scans", "size": 64}
    runs = [runs_of("random", 0, folder=unit, data=data | {"unit": unit}) for unit in ("image", "volume")]
    assert {(p.data, p.units) for p in build(runs).panels} == {
        ("scans · unit=image", "images"),
        ("scans · unit=volume", "volumes"),
    }
    report = build(runs[1:])
    (panel,) = report.panels
    assert aubc_note(report, panel, "test/dice") == "AUBC over 10–30 (3 budgets) annotated volumes."
    assert cost_grid(panel).header[1] == "Annotated volumes"
    assert dict(facts(panel))["Budget"] == "10 volumes, then 10 per round, 3 rounds"


def test_failed_and_unfinished_runs_are_in_no_number(runs_of):
    runs = [runs_of("random", 0), runs_of("random", 1, {10: 0.0}, status="FAILED"), runs_of("odd", 2, status="")]
    report = build(runs)
    (row,) = report.panels[0].rows
    assert list(row.runs) == [0]
    assert [run.status for run in report.left_out] == ["failed", "unfinished"]


def test_nothing_finished_is_an_error_that_names_the_runs(runs_of):
    run = runs_of(status="FAILED")
    with pytest.raises(RunFolderError, match=rf"none of 1 runs is finished.*{run.path} \(failed\)"):
        build([run])


def test_costs_and_seconds(runs_of):
    (row,) = build([runs_of(seed=0, cost=10), runs_of(seed=1, cost=20)]).panels[0].rows
    assert row.cost == 45.0
    assert row.mean_of("seconds_scan", "seconds_select") == 0.75  # the empty last cells do not count
    assert row.images == 30


def test_metrics_lead_with_the_primary_one(runs_of):
    one = [0.1, 0.2, 0.3]
    (panel,) = build([runs_of(metric="test/iou", more={"test/hd95_mm": one, "test/dice": one})]).panels
    assert panel.metrics == ("test/dice", "test/iou", "test/hd95_mm")
    assert build([runs_of(seed=3, more={"test/hd95_mm": one})], metric="hd95").panels[0].primary == "test/hd95_mm"
    (panel,) = build([runs_of(seed=1, metric="test/auroc", more={"test/accuracy": one, "test/x": [""] * 3})]).panels
    assert panel.metrics == ("test/accuracy", "test/auroc")


def test_the_runs_name_the_primary_metric(runs_of):
    """Older runs name none, and have no voice; where the others do not agree, the default leads and a note says so."""
    more = {"test/hd95_mm": [3.0, 2.0, 1.0], "test/iou": [0.1, 0.2, 0.3]}
    old = runs_of(seed=0, more=more)
    named = {name: runs_of(seed=i, more=more, primary_metric={"segmentation": name, "classification": "accuracy"}, folder=name)
             for i, name in enumerate(("hd95", "iou", "dicee"), start=1)}  # fmt: skip
    assert build([old, named["hd95"]]).panels[0].metrics[0] == "test/hd95_mm"
    assert len(build([old, named["hd95"]]).panels[0].rows) == 1  # and it makes no condition
    report = build([old, named["hd95"], named["iou"]])
    assert (report.panels[0].primary, report.notes) == (
        "test/dice",
        ("phantoms: the runs name different primary metrics (test/hd95_mm, test/iou): test/dice leads",),
    )
    (note,) = build([old, named["dicee"]]).notes
    assert (
        note
        == "phantoms: none of the primary metrics that the runs name (accuracy, dicee) was measured: test/dice leads"
    )
    with pytest.raises(DataError, match="--metric assd: no run measured it; there is dice, hd95_mm, iou"):
        build([old], metric="assd")


def test_one_seed_without_cost_takes_nothing_from_the_others(runs_of):
    runs = [runs_of("random", s, cost=10 * (s + 1)) for s in (0, 1)]
    runs.append(runs_of("random", 2, more={"cost": ["", "", ""]}, cost=None))
    (row,) = build(runs).panels[0].rows
    assert (row.spent[30].annotation, row.spent[30].n, row.spent[30].n_annotation) == (45.0, 3, 2)  # of 30 and 60
    grid = cost_grid(build(runs).panels[0])
    assert (grid.header[2], grid.rows[0][2].text) == ("Annotation cost (s)", "45 (n=2)")
