"""From run folders to comparisons, levels, overlap and cost curves, and into the files."""

from __future__ import annotations

import csv
import math
from io import StringIO

import pytest

from alseg.errors import DataError
from alseg.report.pages.latex import latex
from alseg.report.pages.markdown import markdown
from alseg.report.sections.comparisons import (
    MOST,
    better,
    comparison_grid,
    comparisons_csv,
    pairs_note,
)
from alseg.report.sections.cost import costs_csv
from alseg.report.sections.levels import levels_csv
from alseg.report.sections.overlap import overlap_csv, overlap_grid, overlap_note
from alseg.report.sections.results_table import intervals_grid
from alseg.report.statistics.panels import build
from alseg.report.statistics.rows import measure
from alseg.report.statistics.spending import spent


def rows(text):
    return list(csv.DictReader(StringIO(text)))


def curves(base, seeds, step=0.1):
    return {s: {10: 0.4, 20: base + s / 100, 30: base + s / 100 + step} for s in seeds}


@pytest.fixture
def runs(runs_of):
    """entropy is 0.1 better than random at all seeds but has other ones; lone shares one seed with either."""
    wobble = {0: 0.0, 1: 0.004, 2: -0.004, 3: 0.002, 4: -0.002, 5: 0.3}
    found = [runs_of("random", s, c) for s, c in curves(0.5, range(5)).items()]
    found += [
        runs_of("entropy", s, {b: v + wobble[s] for b, v in c.items()}) for s, c in curves(0.6, (5, 2, 1, 3, 0)).items()
    ]
    return found + [runs_of("lone", s, c) for s, c in curves(0.7, (0, 9)).items()]


def test_every_pair_once_over_common_seeds_and_what_is_refused(runs):
    report = build(runs)
    found = {(b.ours, b.control): b for b in report.analysis.comparisons("test/dice")}
    assert list(found) == [("entropy", "random"), ("lone", "random"), ("lone", "entropy")]
    pair = found["entropy", "random"]
    assert (pair.budgets, pair.result.seeds, pair.result.n_ours, pair.result.n_control) == (
        (20, 30),  # at 10 both hold the same images
        (0, 1, 2, 3),
        5,
        5,
    )
    assert pair.result.difference.mean == pytest.approx(0.1005)  # seed 5, far off, has no partner
    assert better(pair, "test/dice") == "entropy"
    assert better(pair, "test/hd95_mm") == "random"
    assert better(pair, "test/cimt_bias_um") == ""
    assert found["lone", "random"].result.difference is None
    grid = comparison_grid(list(found.values()), "test/dice")
    assert [cell.text for cell in grid.rows[0]][:3] == ["entropy − random", "4 common of 5 and 5", "+0.1005 ± 0.0054"]
    assert [grid.rows[1][i].text for i in (1, 2, 8)] == [
        "1 common of 2 and 5", "–", "no test: 1 common seed, fewer than 3",
    ]  # fmt: skip
    note = pairs_note(report.analysis, list(found.values()), "test/dice")
    for part in ("all 1 such comparison of", "the common ones are compared", "below 0.12", "fewer than 5 seeds"):
        assert part in note, part
    table = [row for row in rows(comparisons_csv(report.analysis)) if row["family"] == "all pairs"]
    few = "1 common seed, fewer than 3"
    assert [row["note"] for row in table] == ["restricted to common seeds", few, few]
    assert (table[0]["seeds"], table[1]["difference"]) == ("0 1 2 3", "")


def test_the_open_family_is_against_the_control(runs):
    """Two conditions, so two comparisons, of which one has the seeds to be tested: nothing is corrected for the three pairs."""
    report = build(runs)
    found = report.analysis.against_control("test/dice")
    assert [(b.ours, b.control) for b in found] == [("entropy", "random"), ("lone", "random")]
    assert (found[0].result.family, found[0].result.holm_t) == (1, found[0].result.p_t)
    other = build(runs, control="entropy")
    assert [(b.ours, b.control) for b in other.analysis.against_control("test/dice")] == [
        ("lone", "entropy"), ("random", "entropy"),
    ]  # fmt: skip
    with pytest.raises(DataError, match="--control margin: no run has this strategy; there is entropy, lone, random"):
        build(runs, control="margin")


def test_holm_is_over_all_data_sets(runs_of):
    kept = []
    for data in "ab":
        for strategy, base in (("random", 0.5), ("entropy", 0.6)):
            for s in range(3):
                curve = {10: 0.4, 20: base + (s * s + len(kept) % 2) / 100}
                kept.append(runs_of(strategy, s, curve, folder=f"{data}{strategy}{s}", data={"name": data}))
    found = [b.result for b in build(kept).analysis.comparisons("test/dice")]
    assert len(found) == 2
    assert max(c.holm_t for c in found) == pytest.approx(max(2 * min(c.p_t for c in found), max(c.p_t for c in found)))
    assert min(c.holm_t for c in found) == pytest.approx(2 * min(c.p_t for c in found))


def test_one_shared_budget_compares_the_value_and_none_compares_pairs_that_share_some(runs_of):
    levels = (("random", 0.5), ("entropy", 0.7))
    one = [runs_of(s, seed, {5: 0.4, 10: v + seed / 100}) for s, v in levels for seed in (0, 1)]
    (pair,) = build(one).analysis.comparisons("test/dice")
    assert (pair.budgets, pair.result.difference.mean) == ((10,), pytest.approx(0.2))
    more = [runs_of("late", seed, {5: 0.4, 20: 0.9}, folder=f"late{seed}") for seed in (0, 1)]
    found = build(one + more).analysis.comparisons("test/dice")
    same = "at every common budget both hold the same images"
    assert [(b.ours, b.budgets, b.reason) for b in found] == [
        ("entropy", (10,), ""), ("late", (), same), ("late", (), same),
    ]  # fmt: skip
    assert measure({10: 0.5, 20: 0.7}, (10, 20)) == pytest.approx(0.6)
    assert measure({10: 0.5}, (10, 20)) is None
    assert measure({10: 0.5}, ()) is None


def test_levels_are_what_random_selection_reaches(runs_of):
    found = [runs_of("random", s, {10: 0.5, 20: 0.6 + s / 10, 30: 0.8}, cost=60) for s in (0, 1)]
    found += [runs_of("entropy", s, {10: 0.5, 20: 0.7 if s else 0.9, 30: 0.75 if s else 0.9}) for s in (0, 1)]
    report = build(found)
    first, last = report.analysis.levels(report.panels[0], "test/dice")
    assert (first.budget, first.value, last.budget, last.value) == (20, pytest.approx(0.65), 30, pytest.approx(0.8))
    assert dict(last.needed["entropy"].by_seed) == {0: pytest.approx(17.5), 1: math.inf}
    assert last.seconds["random"].by_seed == {0: 180.0, 1: 180.0}  # three rounds of 60 s
    table = [r for r in rows(levels_csv(report.analysis)) if (r["condition"], r["level_at"]) == ("entropy", "30")]
    assert [(r["seed"], r["reached"]) for r in table] == [("0", "True"), ("1", "False")]
    assert table[1]["labels"] == ""  # never a number for what was not reached
    assert (
        build([r for r in found if r.config["strategy"]["name"] == "entropy"]).analysis.levels(report.panels[0], "x")
        == []
    )


def test_overlap_is_taken_at_equal_budgets_and_seeds(runs_of):
    start = ["a", "b"]
    found = [runs_of("random", s, {2: 0.5, 4: 0.6}, picks=[start, ["c", "d"]]) for s in (0, 1)]
    found += [runs_of("entropy", s, {2: 0.5, 4: 0.6}, picks=[start, ["c", "e"] if s else ["e", "f"]]) for s in (0, 1)]
    report = build(found)
    at_2, at_4 = report.analysis.overlaps(report.panels[0])
    assert (at_2.budget, at_2.matrix[0, 1], at_2.chance) == (2, 1.0, 1.0)
    assert at_4.matrix[0, 1] == pytest.approx((2 / 6 + 3 / 5) / 2)
    assert at_4.chance == pytest.approx((2 + 4 / 98) / (8 - 2 - 4 / 98))  # pool of 100, 2 shared, 2 drawn by each
    assert [cell.text for cell in overlap_grid(report.panels[0], at_4).rows[1]] == ["2. entropy", "0.47", "–"]
    assert "would have about 0.34" in overlap_note(at_4)
    assert [float(r["jaccard"]) for r in rows(overlap_csv(report.analysis))] == [1.0, pytest.approx(0.4667, abs=1e-4)]


def test_cost_curves_add_up(runs_of):
    more = {"seconds_scan": [0, 2, 3], "seconds_select": [1, 1, 0.5]}
    (row,) = build([runs_of("random", 0, more=more, cost=60), runs_of("random", 1, more=more, cost=80)]).panels[0].rows
    found = spent(row.runs)
    assert [(b, s.annotation, s.query, s.n) for b, s in found.items()] == [
        (10, 70, 1, 2),
        (20, 140, 4, 2),
        (30, 210, 7.5, 2),
    ]
    table = rows(costs_csv(build(list(row.runs.values()))))
    assert (table[1]["annotation_seconds"], table[1]["query_seconds"], table[1]["test/dice"]) == ("140.0", "4.0", "0.6")


def test_many_comparisons_are_cut_where_people_read_and_whole_in_the_file(runs_of):
    names = [f"s{i:02d}" for i in range(12)]
    report = build(
        [
            runs_of(n, s, {5: 0.1, 10: i / 20 + s * i / 100 + s * s * (i % 5) / 100})
            for i, n in enumerate(names)
            for s in (0, 1, 2)
        ]
    )
    found = report.analysis.comparisons("test/dice")
    assert len(found) == 66 == len(rows(comparisons_csv(report.analysis)))  # without random, no control
    assert len(comparison_grid(found, "test/dice").rows) == MOST
    assert f"The {MOST} with the smallest p of 66" in pairs_note(report.analysis, found, "test/dice")


def test_both_intervals_stand_side_by_side(runs):
    grid = intervals_grid(build(runs).panels[0], "test/dice")
    assert [cell.text for cell in grid.rows[0]] == ["random", "5", "0.515", "[0.500, 0.530]", "[0.506, 0.524]"]


def test_everything_is_in_the_markdown_and_the_tex(runs):
    report = build(runs)
    text = markdown(report)
    for part in (
        "### Against random",
        "### Labels needed",
        "### Overlap",
        "## Pairwise penalty matrix",
        "Row beats column",
    ):
        assert part in text, part
    tex = latex(report)
    assert r"& 4 common of 5 and 5 & +0.1005 $\pm$ 0.0054" in tex
