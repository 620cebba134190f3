"""One odd run changes nothing else: sweeps with a fault each, and what comes out by hand."""

from __future__ import annotations

import json
import math

import pytest

from alseg.report.sections.comparisons import better, control_note
from alseg.report.sections.results_table import aubc_note, results_grid
from alseg.report.statistics.panels import build

BUDGETS = (20, 30, 40, 50)
DICE = "test/dice"
WOBBLE = (0.010, 0.011, 0.012, 0.013, 0.014)
"""By how much each seed gains."""


def flat(level, budgets=BUDGETS, start=0.5):
    """The same at all budgets but the first, which all share."""
    return {b: start if b == budgets[0] else level for b in budgets}


def sweep(runs_of, gains=None, seeds=5, budgets=BUDGETS, **config):
    """random at 0.6 plus a hundredth per seed, and strategies that gain so many times `WOBBLE`."""
    gains = {"random": 0, "entropy": 1, "margin": -1} if gains is None else gains
    levels = {(name, s): 0.6 + s / 100 + k * WOBBLE[s] for name, k in gains.items() for s in range(seeds)}
    tag = "".join(str(one) for one in config.values())
    return [
        runs_of(name, s, flat(level, budgets), folder=f"{name}{s}{len(tag)}{budgets[-1]}", **config)
        for (name, s), level in levels.items()
    ]


def against(report, metric=DICE):
    return {b.ours: b for b in report.analysis.against_control(metric)}


def test_one_refused_image_leaves_out_one_run_and_moves_no_other(runs_of):
    """Seed 4 of entropy was refused an image: 19, 29, 39, 49. The others gain 0.010, 0.011, 0.012, 0.013 where images differ.

    Their mean is 0.0115, their standard deviation 0.00129099, t = 0.0115 / (0.00129099 / 2) = 17.82, and for 3 degrees of freedom
    p = 1 - 2/π (atan(x) + x / (1 + x²)) with x = t / √3.
    """
    runs = [run for run in sweep(runs_of) if (run.config["strategy"]["name"], run.seed) != ("entropy", 4)]
    before = against(build(runs))["margin"]
    report = build([*runs, runs_of("entropy", 4, flat(0.66, (19, 29, 39, 49)))])
    (panel,) = report.panels
    found = against(report)["entropy"]
    assert (found.budgets, found.result.seeds) == ((30, 40, 50), (0, 1, 2, 3))
    assert found.result.difference.mean == pytest.approx(0.0115)
    x = 0.0115 / (math.sqrt(5e-6 / 3) / 2) / math.sqrt(3)
    assert found.result.p_t == pytest.approx(1 - 2 / math.pi * (math.atan(x) + x / (1 + x * x)), rel=1e-6)
    assert [(one.label, one.seed, one.reason) for one in found.left_out] == [
        ("entropy", 4, "it has no value at 30, 40, 50 labels")
    ]
    assert against(report)["margin"] == before
    assert (panel.budgets, panel.shared) == (BUDGETS, BUDGETS)
    entropy = next(r for r in panel.results(DICE) if r.row.label == "entropy")
    assert ({*entropy.by_budget}, entropy.aubc.n) == ({*BUDGETS}, 4)
    assert "Not in the AUBC" in aubc_note(report, panel, DICE)
    assert "entropy, seed 4: it has no value" in control_note(report.analysis, panel, DICE)


def test_budgets_of_their_own_are_compared_within_them(runs_of):
    """budget=low,mid,high: all share 20 labels at most, where mid and high hold their cold start."""
    grids = {"low": (5, 10, 15, 20), "mid": (10, 20, 30, 40), "high": (20, 40, 60, 80)}
    runs = []
    for name, grid in grids.items():
        budget = {"name": name, "initial": grid[0], "query": grid[0], "rounds": 4}
        runs += sweep(runs_of, {"random": 0, "entropy": 1}, budgets=grid, budget=budget)
    report = build(runs)
    (panel,) = report.panels
    found = {b.ours: b for b in report.analysis.against_control(DICE)}
    assert {label: b.budgets for label, b in found.items()} == {
        f"entropy · budget={name}": grid[1:] for name, grid in grids.items()
    }
    # three comparisons, each with gains of 0.010 to 0.014
    assert {b.result.family for b in found.values()} == {3}
    assert all(b.result.difference.mean == pytest.approx(0.012) for b in found.values())
    assert {r.row.label: r.aubc.n for r in panel.results(DICE)} == {row.label: 5 for row in panel.rows}
    assert "20–80 (4 budgets): random · budget=high, entropy · budget=high" in aubc_note(report, panel, DICE)
    assert results_grid(report, panel, DICE).header[3] == "AUBC over"
    assert {level.control for level in report.analysis.levels(panel, DICE)} == {
        f"random · budget={name}" for name in grids
    }


@pytest.mark.slow
def test_all_labels_at_once_are_a_reference_and_in_no_comparison(runs_of):
    runs = sweep(runs_of)
    before = build(runs)
    budget = {"name": "all", "initial": None, "query": 1, "rounds": 1}
    report = build(runs + [runs_of("random", s, {100: 0.9}, folder=f"all{s}", budget=budget) for s in range(5)])
    (panel,) = report.panels
    assert [row.label for row in panel.rows if row.reference] == [panel.rows[-1].label]
    assert panel.shared == BUDGETS

    def numbers(one):
        return [(b.budgets, b.result) for b in one.analysis.against_control(DICE)]

    assert numbers(report) == numbers(before)
    assert len(report.analysis.comparisons(DICE)) == len(before.analysis.comparisons(DICE))
    penalties = report.analysis.penalty(DICE).wins, before.analysis.penalty(DICE).wins
    assert penalties[0].tolist() == penalties[1].tolist()
    assert f"References, in no comparison: {panel.rows[-1].label}." in control_note(report.analysis, panel, DICE)


def test_a_run_that_a_rule_stopped_is_named_and_counts_for_labels_needed(runs_of, make_run):
    runs = [run for run in sweep(runs_of) if (run.config["strategy"]["name"], run.seed) != ("entropy", 4)]
    stopped = runs_of("entropy", 4, {20: 0.5, 30: 0.9})
    with (stopped.path / "ledger.jsonl").open("a") as ledger:
        ledger.write(json.dumps({"event": "finished", "round": 1, "reason": "val/dice reached 0.9"}) + "\n")
    report = build([*runs, type(stopped)(**vars(stopped) | {"decisions": reread(stopped)})])
    found = against(report)["entropy"]
    assert (found.budgets, found.result.seeds) == ((30, 40, 50), (0, 1, 2, 3))
    assert [one.reason for one in found.left_out] == ["it ended with 30 labels (val/dice reached 0.9)"]
    levels = report.analysis.levels(report.panels[0], DICE)
    # random has 0.62 on average from 30 labels on; 0.5 at 20 and 0.9 at 30 pass it at 20 + 10 · 0.12 / 0.4
    assert levels[0].needed["entropy"].by_seed[4] == pytest.approx(23)


def reread(run):
    from alseg.report.read.decisions import read_decisions

    return read_decisions(run.path / "ledger.jsonl")


def test_where_most_runs_were_stopped_what_all_have_is_compared(runs_of):
    """Three of five end with 30 labels: leaving them out would choose the runs by how they went."""
    runs = sweep(runs_of, {"random": 0})
    runs += [runs_of("entropy", s, dict.fromkeys(BUDGETS[: 2 if s < 3 else 4], 0.7 + s / 50)) for s in range(5)]
    found = against(build(runs))["entropy"]
    assert (found.budgets, found.result.seeds, found.left_out) == ((30,), (0, 1, 2, 3, 4), ())


def test_the_cold_start_alone_decides_nothing(runs_of):
    gains = {"random": 0, "entropy": 1}
    runs = [runs_of(name, s, {20: 0.5 + s / 50 + k * WOBBLE[s]}) for name, k in gains.items() for s in range(5)]
    report = build(runs)
    found = against(report)["entropy"]
    assert (found.budgets, found.reason, found.result.significant) == (
        (), "at every common budget both hold the same images", False,
    )  # fmt: skip
    cells = [cell.text for cell in results_grid(report, report.panels[0], DICE).rows[1]]
    assert "0.5" in cells[-1]


def test_equal_images_are_compared_where_the_learner_is_what_differs(runs_of):
    runs = []
    for learner, gain in (("plain", 0), ("sequal", 1)):
        for s in range(5):
            curve = dict.fromkeys(BUDGETS, 0.6 + s / 100 + gain * WOBBLE[s])
            runs.append(runs_of("random", s, curve, folder=f"{learner}{s}", learner={"name": learner}))
    (pair,) = build(runs).analysis.comparisons(DICE)
    assert pair.budgets == BUDGETS


def test_a_cold_start_is_compared_with_the_random_one(runs_of):
    runs = []
    for start, gain in (("random", 0), ("kmeans", 1)):
        for s in range(5):
            picks = [[f"{start}{s}"]]
            curve = {10: 0.6 + s / 100 + gain * WOBBLE[s]}
            runs.append(runs_of("entropy", s, curve, folder=f"{start}{s}", picks=picks, cold_start={"name": start}))
    (found,) = build(runs).analysis.against_control(DICE)
    assert (found.ours, found.control, found.budgets) == (
        "cold_start=kmeans",
        "cold_start=random",
        (10,),
    )
    assert better(found, DICE) == "cold_start=kmeans"


@pytest.mark.parametrize("gain", [0.05, 0.5])
def test_two_seeds_name_nobody_better(runs_of, gain):
    """Both gain exactly as much, so that t is infinite."""
    runs = [runs_of(n, s, flat(0.3 + s / 10 + (n == "entropy") * gain)) for n in ("random", "entropy") for s in (0, 1)]
    report = build(runs)
    (panel,) = report.panels
    assert better(against(report)["entropy"], DICE) == ""
    grid = results_grid(report, panel, DICE)
    assert not any(cell.best for row in grid.rows for cell in row)
    place = grid.header.index("AUBC − random")
    assert grid.rows[1][place].text == f"+{gain:.3f}"  # without an interval
    assert "no interval and no test" in aubc_note(report, panel, DICE)
    assert "Bands of two seeds in figures are the range of the two" in aubc_note(report, panel, DICE)


def test_bold_is_better_than_the_control_and_in_the_primary_metric_alone(runs_of):
    """margin loses as surely as entropy gains; middle gains as much on average, by 0.1 up and down."""
    runs = sweep(runs_of)
    more = {s: 0.6 + s / 100 + (0.5 if s % 2 else -0.3) / 4 for s in range(5)}
    runs += [runs_of("middle", s, flat(level)) for s, level in more.items()]
    report = build(runs)
    (panel,) = report.panels
    assert {row[0].text for row in results_grid(report, panel, DICE).rows if any(c.best for c in row)} == {"entropy"}
    assert not any(c.best for row in results_grid(report, panel, "test/other").rows for c in row)


def test_a_metric_that_is_unknown_at_first_has_the_budgets_where_it_is_known(runs_of):
    """AUROC needs both classes, which the first images may not hold."""
    runs = []
    for name in ("random", "entropy"):
        for s in range(3):
            auroc = ["", 0.7, 0.8 + s / 100 + (name == "entropy") * WOBBLE[s], 0.9]
            runs.append(runs_of(name, s, flat(0.6), more={"test/auroc": auroc}))
    report = build(runs)
    (panel,) = report.panels
    assert panel.rows[0].grid("test/auroc") == (30, 40, 50)
    assert against(report, "test/auroc")["entropy"].budgets == (30, 40, 50)
    assert against(report)["entropy"].budgets == (30, 40, 50)


def test_dice_has_no_interval_beyond_1(runs_of):
    """0.9 and 1 have mean 0.95 and half 12.7 · 0.05: 0.31 to 1.59."""
    (panel,) = build([runs_of("random", s, {10: v, 20: v}) for s, v in enumerate((0.9, 1.0))]).panels
    (found,) = panel.results(DICE)
    assert (found.by_budget[10].low, found.by_budget[10].high) == (pytest.approx(0.95 - 12.7062 * 0.05, abs=1e-5), 1.0)
    assert (found.aubc.cut, found.aubc.high) == (True, 1.0)
    assert results_grid(build_of(panel), panel, DICE).rows[0][2].text == "0.950 [0.315, 1.000]"


def build_of(panel):
    return build([run for row in panel.rows for run in row.runs.values()])
