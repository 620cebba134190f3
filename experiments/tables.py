"""What the experiments' analyses share: runs as one table, intervals over seeds, paired tests, Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pandas as pd
import yaml

from alseg.report.comparisons import compare
from alseg.report.statistics import aubc, estimate

Condition = tuple[Any, ...]
BySeed = Mapping[int, float]


def read(folder: Path, describe: Callable[[Mapping[str, Any]], dict[str, Any]]) -> pd.DataFrame:
    """One row per round of each finished run below a folder, with what ``describe`` says of its config and its seed."""
    tables = []
    for done in sorted(folder.glob("**/DONE")):
        config = yaml.safe_load((done.parent / "config.yaml").read_text(encoding="utf-8"))
        tables.append(pd.read_csv(done.parent / "metrics.csv").assign(**describe(config), seed=config["seed"]))
    return pd.concat(tables, ignore_index=True)


def save(rows: pd.DataFrame, file: Path, first: Sequence[str]) -> None:
    """Write the rows, ``first`` in front, without times and without the metrics of single classes."""
    kept = [
        name
        for name in map(str, rows)
        if not name.startswith(("seconds_", "val/dice_", "test/dice_")) and name not in first
    ]
    rows[[*first, *kept]].round(5).to_csv(file, index=False)


def shown(values: Iterable[float], digits: int = 3) -> str:
    """``0.812 [0.800, 0.824]``: mean and 95% t-interval."""
    found = estimate(values)
    if found is None:
        return "–"
    ends = "" if found.half is None else f" [{found.low:.{digits}f}, {found.high:.{digits}f}]"
    return f"{found.mean:.{digits}f}{ends}"


def per_budget(rows: pd.DataFrame, by: Sequence[str], metric: str, digits: int = 3) -> pd.DataFrame:
    """Mean and interval over seeds, a line per condition and a column per budget."""
    cells = rows.groupby([*by, "n_labelled"], sort=False)[metric].apply(lambda values: shown(values, digits))
    return cells.unstack("n_labelled").fillna("").sort_index(axis=1).reset_index()


def areas(rows: pd.DataFrame, by: Sequence[str], metric: str) -> dict[Condition, dict[int, float]]:
    """Condition to seed to AUBC."""
    found: dict[Condition, dict[int, float]] = {}
    for key, run in rows.groupby([*by, "seed"]):
        *condition, seed = cast(tuple[Any, ...], key)
        curve = dict(zip(run["n_labelled"], run[metric]))
        area = aubc(curve, sorted(curve))
        if area is not None:
            found.setdefault(tuple(condition), {})[int(seed)] = area
    return found


def comparisons(pairs: Iterable[tuple[Mapping[str, Any], BySeed, BySeed]], what: str, digits: int = 4) -> pd.DataFrame:
    """Ours minus control over their common seeds: mean difference with interval, paired t-test, and p after Holm.

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
        ends = f"{difference.mean:+.{digits}f} [{difference.low:+.{digits}f}, {difference.high:+.{digits}f}]"
        numbers = {f"difference in {what}": ends, "p": found.p_t, "p (Holm)": found.holm_t}
        lines.append({**description, "seeds": len(found.seeds), **numbers})
    return pd.DataFrame(lines).round({"p": 4, "p (Holm)": 4})


def markdown(table: pd.DataFrame) -> str:
    """The table as Markdown."""
    lines = [list(map(str, table.columns)), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
