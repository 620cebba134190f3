"""What the tables say: comparisons, labels needed, spread, and power from a pilot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from alseg.report.statistics.comparisons import compare, holm
from alseg.report.statistics.estimates import aubc
from alseg.report.statistics.levels import needed
from alseg.report.statistics.power import Spread, detectable
from experiments import tables
from experiments.lane import cold_starts, queries
from experiments.lane.run import ALL

BySeed = dict[int, float]
Cell = tuple[str, ...]
WHOLE = (("two co-trained", "dus_cs"), ("one head", "margin"))
"""UniSAL's learner and query against the plain ones that the literature recommends."""
PARTS = (
    (("two co-trained", "dus_cs"), ("two co-trained", "dus")),
    (("two co-trained", "dus_cs"), ("two co-trained", "kmeans")),
    (("two co-trained", "dus_cs"), ("two heads", "dus_cs")),
)
"""UniSAL's query without its clusters, without the disagreement, and its heads without the teaching."""
REGISTERED = (("cluster_fps", "random"), ("cluster_fps_per_group", "stratified_random"))
"""The paper's cold start against random, and told of groups against random by groups."""
EXPLORED = tuple((start, "random") for start in ("kmeans", "typiclust", "probcover", "fps"))
"""The other cold starts against random."""
WORST = 0.1
"""Share of the seeds whose mean is the worst decile."""


def areas(rows: pd.DataFrame) -> dict[Cell, BySeed]:
    """Data set, learner and query to seed to AUBC over the budgets after the first, which all queries share."""
    found: dict[Cell, BySeed] = {}
    curves = rows[rows["strategy"] != ALL]
    for key, one in curves.groupby(["data", "learner", "strategy", "seed"]):
        *cell, seed = key
        curve = dict(zip(one["n_labelled"], one[queries.METRIC]))
        area = aubc(curve, sorted(curve)[1:])
        assert area is not None
        found.setdefault(tuple(map(str, cell)), {})[int(str(seed))] = area
    return found


def query_family(rows: pd.DataFrame) -> list[tuple[dict[str, str], BySeed, BySeed]]:
    """The registered comparisons: query with random, learner with one head, UniSAL whole and in parts."""
    found = areas(rows)

    family = []
    for data in rows["data"].unique():
        cells = [key[1:] for key in found if key[0] == data]
        pairs = [("query", one, (one[0], "random")) for one in sorted(cells) if one[1] != "random"]
        learners = sorted({one[0] for one in cells} - {"one head"})
        pairs += [("learner", (one, "random"), ("one head", "random")) for one in learners]
        pairs += [("whole", *WHOLE), *(("part", *part) for part in PARTS)]
        for question, ours, control in pairs:
            if (data, *ours) in found and (data, *control) in found:
                about = {"question": question, "data": data, "ours": " / ".join(ours), "control": " / ".join(control)}
                family.append((about, found[(data, *ours)], found[(data, *control)]))
    return family


def resampled(asked: pd.DataFrame, rows: pd.DataFrame) -> list[tuple[dict[str, str], BySeed, BySeed]]:
    """Two heads, by bootstrap as among the queries ``asked`` and without losing an image, with one; all with random images."""
    both = pd.concat([asked, rows])
    learners = both["learner"].isin(["one head", "two heads", queries.RESAMPLED])
    return query_family(both[learners & (both["strategy"] == "random")])


def levels(rows: pd.DataFrame) -> pd.DataFrame:
    """Median labels with which each learner and query is at 95% and 99% of what one head has with all labels."""
    lines = []
    for data, some in rows.groupby("data", sort=False):
        whole = some[some["strategy"] == ALL][queries.METRIC].mean()
        if np.isnan(whole):
            continue
        for (learner, query), one in some[some["strategy"] != ALL].groupby(["learner", "strategy"], sort=False):
            curves = {int(str(s)): dict(zip(run["n_labelled"], run[queries.METRIC])) for s, run in one.groupby("seed")}
            line: dict[str, Any] = {"data": data, "learner": learner, "query": query, "all labels": f"{whole:.3f}"}
            for share in (0.95, 0.99):
                need = needed(curves, share * whole)
                shown = f"{need.median:.0f}" if np.isfinite(need.median) else f"more than {one['n_labelled'].max()}"
                line[f"labels for {share:.0%}"] = f"{shown} ({need.reached} of {len(curves)})"
            lines.append(line)
    return pd.DataFrame(lines)


def dice(rows: pd.DataFrame, metric: str = cold_starts.METRIC) -> dict[Cell, BySeed]:
    """Data set, number of labels and cold start to seed to the metric."""
    found: dict[Cell, BySeed] = {}
    for (data, start, budget), one in rows.dropna(subset=[metric]).groupby(["data", "strategy", "n_labelled"]):
        found[str(data), str(budget), str(start)] = {int(s): float(v) for s, v in zip(one["seed"], one[metric])}
    return found


def start_family(
    rows: pd.DataFrame, pairs: Sequence[tuple[str, str]] = REGISTERED
) -> Iterator[tuple[dict[str, str], BySeed, BySeed]]:
    """Pairs of cold starts on each data set with each number of labels; by default those that were registered."""
    found = dice(rows)
    for data in rows["data"].unique():
        for budget in map(str, sorted(rows["n_labelled"].unique())):
            for ours, control in pairs:
                if (data, budget, ours) in found and (data, budget, control) in found:
                    about = {"data": data, "labels": budget, "ours": ours, "control": control}
                    yield about, found[data, budget, ours], found[data, budget, control]


def spreads(rows: pd.DataFrame, registered: int) -> pd.DataFrame:
    """SD over seeds of both, and the Brown-Forsythe test, Holm over all that were registered; and the worst decile.

    The interval of the difference in the worst decile is by 2,000 bootstrap samples of the seeds, both sides together.

    Source: Brown and Forsythe, J. American Statistical Association 1974.
    """
    lines, p = [], []
    for about, ours, control in start_family(rows):
        a, b = (np.array([one[seed] for seed in sorted(ours)]) for one in (ours, control))
        p.append(float(stats.levene(a, b, center="median").pvalue))
        rng = np.random.default_rng(0)
        drawn = rng.integers(0, len(a), (2000, len(a)))
        low, high = np.quantile(worst(a[drawn]) - worst(b[drawn]), [0.025, 0.975])
        lines.append(
            {
                **about,
                "SD": f"{a.std(ddof=1):.3f}",
                "SD of control": f"{b.std(ddof=1):.3f}",
                "p": round(p[-1], 4),
                "p (Holm)": 1.0,
                "worst decile": f"{worst(a):.3f}",
                "of control": f"{worst(b):.3f}",
                "difference in it": f"{worst(a) - worst(b):+.3f} [{low:+.3f}, {high:+.3f}]",
            }
        )
    return pd.DataFrame(lines).assign(**{"p (Holm)": np.round(_holm(p, registered), 4)})


def worst(values: np.ndarray[Any, Any]) -> Any:
    """Mean of the lowest tenth of ``(..., seeds)`` values, of one at least."""
    n = max(1, round(WORST * values.shape[-1]))
    return np.sort(values, axis=-1)[..., :n].mean(axis=-1)


def every_start(rows: pd.DataFrame, metric: str = cold_starts.METRIC, digits: int = 3) -> pd.DataFrame:
    """Mean with interval, SD over seeds and the mean of the lowest tenth, for each cold start and number of labels."""
    lines = []
    for (data, budget, start), by_seed in dice(rows, metric).items():
        values = np.array([*by_seed.values()])
        bad = worst(values) if metric == cold_starts.METRIC else -worst(-values)
        lines.append(
            {
                "data": data,
                "cold start": start,
                "labels": int(budget),
                metric.removeprefix("test/"): tables.shown(values, digits),
                "SD": f"{values.std(ddof=1):.{digits}f}",
                "worst decile": f"{bad:.{digits}f}",
            }
        )
    return pd.DataFrame(lines).sort_values(["data", "labels", "cold start"], ignore_index=True)


def power(family: list[tuple[dict[str, str], BySeed, BySeed]], seeds: int, of: int) -> tuple[float, float]:
    """Pooled SD of a pilot's paired differences, and what so many seeds find in 4 of 5 trials, as one of ``of`` comparisons."""
    differences = np.array([[ours[s] - control[s] for s in sorted(ours)] for _, ours, control in family]).T
    spread = Spread.of(differences)
    return spread.sd, detectable(spread.sd, seeds, of)


def compared(family: Sequence[tuple[dict[str, str], BySeed, BySeed]], what: str, registered: int) -> pd.DataFrame:
    """A line per comparison; Holm over all that were registered."""
    lines = tables.comparisons(family, what)
    p = [one.p_t for one in compare([(ours, control) for _, ours, control in family])]
    corrected = _holm(p, registered)
    return lines.assign(**{"p": [f"{one:.2g}" for one in p], "p (Holm)": [f"{one:.2g}" for one in corrected]})


def _holm(p: Sequence[float], registered: int) -> list[float]:
    """Corrected p-values; those of comparisons that were registered and not run count as 1."""
    return list(holm([*np.nan_to_num(p, nan=1.0), *[1.0] * (registered - len(p))]))[: len(p)]
