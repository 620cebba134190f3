"""What was trained once, on everything, beside curves over budgets."""

from __future__ import annotations

from alseg.report.figures.drawing import axis_budgets, is_reference
from alseg.report.figures.interactive import curves
from alseg.report.figures.learning_curves import learning_curves
from alseg.report.figures.style import looks
from alseg.report.statistics.panels import build


def test_a_condition_trained_on_everything_is_a_line_across(runs_of):
    """It lies at 400 images, and the axis still ends at 30; one that was evaluated at 10 alone is a point."""
    whole = {"initial": None, "query": None, "rounds": 1}
    runs = [
        runs_of("random", 0, {10: 0.5, 20: 0.6, 30: 0.7}),
        runs_of("all", 0, {400: 0.9}, budget=whole),
        runs_of("first", 0, {10: 0.4}),
    ]
    report = build(runs)
    panel = report.panels[0]
    results = panel.results("test/dice")
    budgets = axis_budgets(results)
    assert budgets == [10, 20, 30]
    assert [r.row.label.split(" ")[0] for r in results if is_reference(r, budgets)] == ["all"]
    [ax] = learning_curves(report).axes
    assert ax.get_xlim()[1] < 40
    across = [line for line in ax.lines if list(line.get_ydata()) == [0.9, 0.9]]
    assert len(across) == 1
    groups = {row.label: {} for row in panel.rows}
    data = curves(panel, looks(panel.rows), groups)
    by_label = {
        about["label"].split(" ")[0]: one for about, one in zip(data["curves"], data["metrics"]["test/dice"]["curves"])
    }
    assert by_label["all"]["across"] == [10, 30]
    assert "across" not in by_label["first"]
    assert data["ticks"] == [10, 20, 30]


def test_points_alone_have_an_axis(runs_of):
    results = build([runs_of("random", 0, {10: 0.5}), runs_of("bald", 0, {20: 0.6})]).panels[0].results("test/dice")
    assert axis_budgets(results) == [10, 20]
    assert not any(is_reference(result, [10, 20]) for result in results)
