"""Facts of a comparison, in a few words per data set."""

from __future__ import annotations

from alseg.report.grid import ranges
from alseg.report.read.conditions import Condition, natural
from alseg.report.read.units import in_plural
from alseg.report.statistics.panels import Panel

GROUPS = {
    "learner": "Learner",
    "strategy": "Query strategies",
    "cold_start": "Cold start",
    "oracle": "Oracle",
}


def facts(panel: Panel) -> list[tuple[str, str]]:
    """Heading and text: data, learner, strategies, cold start, oracle, budget, training steps, seeds."""
    conditions = [row.condition for row in panel.rows]
    sizes = {c.values.get("data.size", "") for c in conditions} - {""}
    found = [("Data", panel.data + (f", size {', '.join(sorted(sizes))}" if sizes else ""))]
    for group, heading in GROUPS.items():
        names = {c.name(group) for c in conditions} - {""}
        if names:
            found.append((heading, ", ".join(sorted(names, key=natural))))
    budgets = {budget_of(c) for c in conditions}
    if budgets - {""}:
        found.append(("Budget", "; ".join(sorted(budgets - {""}, key=natural))))
    if training := training_of(panel):
        found.append(("Training", training))
    found.append(("Seeds", ranges(sorted({seed for row in panel.rows for seed in row.runs}))))
    return found


def training_of(panel: Panel) -> str:
    """``trainer.steps`` in words; a learner that solves for its weights takes one step, whatever is set."""
    steps, solved = set[str](), False
    for row in panel.rows:
        set_ = row.condition.values.get("trainer.steps", "")
        if set_ != "1" and {n for run in row.runs.values() for n in run.decisions.steps} == {1}:
            solved = True
        else:
            steps.add(set_)
    numbers = ", ".join(sorted(steps - {""}, key=natural))
    found = [f"{numbers} step{'' if numbers == '1' else 's'} per round"] if numbers else []
    return "; ".join([*found, "weights solved for at once"] if solved else found)


def budget_of(condition: Condition) -> str:
    """Initial images, images of a query and rounds, in words; empty where it is not known."""
    initial, query, rounds = (condition.values.get(f"budget.{key}") for key in ("initial", "query", "rounds"))
    asked = in_plural(condition.values.get("data.unit"))
    if not (query and rounds):
        return ""
    return f"{initial} {asked}, then {query} per round, {rounds} rounds" if initial else f"all {asked} at once"
