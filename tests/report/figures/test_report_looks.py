"""Colours, dashes and markers of conditions."""

from __future__ import annotations

from itertools import product

from alseg.report.figures.learning_curves import learning_curves
from alseg.report.figures.style import COLOURS, DASHES, MARKERS, Look, looks
from alseg.report.statistics.panels import build


def found(runs_of, strategies, learners=("plain",), queries=(10,)):
    """The looks of all combinations, by strategy, learner and images per query."""
    runs = [
        runs_of(s, 0, folder=f"{s}-{n}-{q}", learner={"name": n}, budget={"initial": 10, "query": q, "rounds": 3})
        for s, n, q in product(strategies, learners, queries)
    ]
    rows = build(runs).panels[0].rows
    by_label = looks([*rows, *rows])
    assert len({(look.colour, look.dash[1], look.marker) for look in by_label.values()}) == len(runs)
    return {
        (c.name("strategy"), c.name("learner"), int(c.values["budget.query"])): by_label[row.label]
        for row in rows
        for c in [row.condition]
    }


def test_colour_follows_strategy_and_line_style_learner(runs_of):
    look = found(runs_of, ("random", "bald", "entropy", "k_center"), ("plain", "sequal", "unisal"))
    for strategy in ("random", "bald", "entropy", "k_center"):
        assert len({look[strategy, learner, 10].colour for learner in ("plain", "sequal", "unisal")}) == 1
    for learner in ("plain", "sequal", "unisal"):
        assert len({look[strategy, learner, 10].dash for strategy in ("random", "bald", "entropy", "k_center")}) == 1
        assert len({look[strategy, learner, 10].marker for strategy in ("random", "bald", "entropy", "k_center")}) == 1
    assert len({one.colour for one in look.values()}) == 4
    assert len({(one.dash[1], one.marker) for one in look.values()}) == 3


def test_the_marker_follows_what_else_differs(runs_of):
    look = found(runs_of, ("random", "bald"), ("plain", "sequal"), (5, 10))
    assert {look[s, n, 5].marker for s, n in product(("random", "bald"), ("plain", "sequal"))} == {MARKERS[0]}
    assert {look[s, n, 10].marker for s, n in product(("random", "bald"), ("plain", "sequal"))} == {MARKERS[1]}
    assert {look[s, "plain", q].dash for s, q in product(("random", "bald"), (5, 10))} == {DASHES[0]}


def test_learners_under_one_strategy_differ_in_colour_too(runs_of):
    look = found(runs_of, ("random",), ("plain", "sequal", "unisal"))
    assert len({one.colour for one in look.values()}) == len({one.dash[1] for one in look.values()}) == 3


def test_more_strategies_than_colours_are_told_apart(runs_of):
    look = found(runs_of, [f"strategy_{i:02d}" for i in range(15)])
    assert [one.colour for one in look.values()] == [COLOURS[i % len(COLOURS)] for i in range(15)]
    assert Look(COLOURS[0], MARKERS[0], DASHES[0]).fill(0.5) == "rgba(0,114,178,0.5)"


def test_the_printed_figure_has_a_chart_for_each_learner_of_many_conditions(runs_of):
    def charts(strategies, learners):
        runs = [
            runs_of(s, 0, folder=f"{len(strategies)}{s}{n}", learner={"name": n}) for s in strategies for n in learners
        ]
        axes = learning_curves(build(runs)).axes
        return {
            ax.get_title(loc="left"): sum(len(line.get_xdata()) > 0 for line in ax.lines)
            for ax in axes
            if ax.get_visible()
        }

    four = ("random", "bald", "entropy", "k_center")
    assert charts(four, ("plain", "unisal")) == {"phantoms, plain": 4, "phantoms, unisal": 4}
    assert charts(("random", "bald"), ("plain", "unisal")) == {"phantoms": 4}
