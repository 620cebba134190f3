"""What the experiments' analyses share: runs as one table, intervals over seeds, paired tests, Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pandas as pd

from alseg.report.statistics.comparisons import compare
from alseg.report.statistics.estimates import aubc, estimate
from alseg.report.statistics.rows import of_most
from alseg.reproduction import runs
from alseg.reproduction.readme import markdown
from alseg.reproduction.runs import save

__all__ = ["areas", "comparisons", "markdown", "means_over", "nothing_measured", "per_budget", "read", "save", "shown"]

Condition = tuple[Any, ...]
BySeed = Mapping[int, float]
BySeedOfVariant = dict[str, dict[int, float]]


def read(folder: Path, describe: Callable[[Mapping[str, Any]], dict[str, Any]]) -> pd.DataFrame:
    """One row per round of each finished run below a folder, with what ``describe`` says of its config and its seed."""
    return runs.read(sorted(done.parent for done in folder.glob("**/DONE")), describe)


def shown(values: Iterable[float], digits: int = 3) -> str:
    """``0.812 [0.800, 0.824]``: mean and 95% t-interval."""
    found = estimate(values)
    if found is None:
        return "–"
    ends = "" if found.half is None else f" [{found.low:.{digits}f}, {found.high:.{digits}f}]"
    return f"{found.mean:.{digits}f}{ends}"


def per_budget(rows: pd.DataFrame, by: Sequence[str], metric: str, digits: int = 3) -> pd.DataFrame:
    """Mean and interval over seeds, a line per condition, in alphabetical order, and a column per budget."""
    cells = rows.groupby([*by, "n_labelled"], sort=False)[metric].apply(lambda values: shown(values, digits))
    means = cells.unstack("n_labelled").fillna("").sort_index(axis=1).reset_index()
    return means.sort_values(list(by), key=lambda column: column.astype(str).str.lower(), ignore_index=True)


def areas(rows: pd.DataFrame, by: Sequence[str], metric: str) -> dict[Condition, dict[int, float]]:
    """Condition to seed to AUBC over the budgets that most runs of the condition have; a run that lacks one is not there.

    As in the report, but that the shared cold start counts: the questions were written down so.
    """
    curves: dict[Condition, dict[int, dict[int, float]]] = {}
    for key, run in rows.dropna(subset=[metric]).groupby([*by, "seed"]):
        *condition, seed = cast(tuple[Any, ...], key)
        curves.setdefault(tuple(condition), {})[int(seed)] = dict(zip(run["n_labelled"], run[metric]))
    found: dict[Condition, dict[int, float]] = {}
    for condition_, by_seed in curves.items():
        grid = of_most(by_seed.values())
        each = {seed: aubc(curve, grid) for seed, curve in by_seed.items()}
        if known := {seed: area for seed, area in each.items() if area is not None}:
            found[condition_] = known
    return found


def means_over(
    rows: pd.DataFrame, by: Sequence[str], metric: str, budgets: Sequence[int]
) -> dict[Condition, dict[int, float]]:
    """Condition to seed to the mean of a metric over the budgets; a run that lacks one is not there."""
    found: dict[Condition, dict[int, float]] = {}
    for key, run in rows[rows["n_labelled"].isin(budgets)].groupby([*by, "seed"], sort=False):
        *condition, seed = cast(tuple[Any, ...], key)
        if sorted(run["n_labelled"]) == sorted(budgets):
            found.setdefault(tuple(condition), {})[int(seed)] = float(run[metric].mean())
    return found


def nothing_measured(*_: Any) -> BySeedOfVariant:
    """`ours` of an experiment that has no number beside the paper's: its data set was not at hand."""
    return {}


def comparisons(pairs: Iterable[tuple[Mapping[str, Any], BySeed, BySeed]], what: str, digits: int = 4) -> pd.DataFrame:
    """Ours minus control over their common seeds: mean difference with its own 95% interval, its size in standard deviations over
    seeds, paired t-test, and p after Holm; with fewer than three seeds the difference alone.

    Args:
        pairs: how each comparison is described, ours by seed, and the control by seed.
        what: is compared, for the head of the column.
        digits: of the differences.
    """
    given = list(pairs)
    lines = []
    for (description, _, _), found in zip(given, compare([(ours, control) for _, ours, control in given])):
        difference = found.difference
        if difference is None:
            continue
        ends = f"{difference.mean:+.{digits}f}" + (
            "" if found.refused else f" [{difference.low:+.{digits}f}, {difference.high:+.{digits}f}]"
        )
        effect = "" if found.effect is None else f"{found.effect:+.2f}"
        numbers = {f"difference in {what}": ends, "effect (SD)": effect, "p": found.p_t, "p (Holm)": found.holm_t}
        lines.append({**description, "seeds": len(found.seeds), **numbers})
    return pd.DataFrame(lines).round({"p": 4, "p (Holm)": 4})
