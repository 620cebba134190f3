"""The forecast on curves whose second half is known: its error beside that of the last value, and how often its interval holds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alseg.report.statistics.forecast import LEAST, Forecast, forecast
from alseg.simulation.rounds import simulate
from alseg.simulation.setting import Setting
from experiments.controls.settings import histology, strategy
from experiments.tables import markdown

ROOT = Path(__file__).parents[1]
METRICS = {"nuclei": "test/dice", "imbalanced": "test/balanced_accuracy"}
"""Of settings whose metric is not accuracy."""
LONG = Path(__file__).parent / "long.csv"


def long_curves(data: Path, seeds: int = 15, rounds: int = 16) -> pd.DataFrame:
    """Rows of histology with 25 to 400 labels."""
    setting = Setting("histology_long", histology(data), initial=25, query=25, rounds=rounds)
    lines = []
    for name in ("random", "margin"):
        for one in simulate(setting, strategy(name, setting), range(2000, 2000 + seeds)):
            line = {"setting": setting.name, "strategy": name, "seed": one.seed, "n_labelled": len(one.labelled)}
            lines.append(line | {"test/accuracy": one.metrics["test/accuracy"]})
    return pd.DataFrame(lines)


def curves() -> Iterator[tuple[str, str, pd.Series]]:
    """Setting, whose (a seed, or the mean over seeds), and value by labels."""
    tables = [pd.read_csv(ROOT / "controls" / "results.csv")]
    tables += [pd.read_csv(LONG)] if LONG.exists() else []
    for table in tables:
        table = table[table["setting"] != "repair"]
        for setting, rows in table.groupby("setting"):
            metric = METRICS.get(str(setting), "test/accuracy")
            for _, some in rows.groupby("strategy"):
                by_seed = some.pivot_table(index="n_labelled", columns="seed", values=metric)
                for seed in by_seed:
                    yield str(setting), "seed", by_seed[seed].dropna()
                yield str(setting), "mean", by_seed.mean(axis=1)


def judged(curve: pd.Series) -> dict[str, Any]:
    """Fit to the first half of a curve, at least four points, and look at the rest."""
    n, y = np.asarray(curve.index, np.float64), np.asarray(curve, np.float64)
    half = max(LEAST, math.ceil(len(n) / 2))
    found = forecast(n[:half], y[:half])
    if not isinstance(found, Forecast):
        return {"refused": found.split(":")[0], "last": np.mean(np.abs(y[half:] - y[half - 1]))}
    ahead = [found.at(one, measured=True) for one in n[half:]]
    final = found.at(n[-1], measured=True)
    gain = y[half:].max() - y[half - 1]
    level = y[half - 1] + 0.5 * gain  # half of what is still to come
    reached = n[half:][y[half:] >= level].min(initial=math.inf)
    labels = found.needed(level)
    met = labels.low <= reached and labels.high >= n[half:][n[half:] < reached].max(initial=n[half - 1])
    return {
        "error": np.mean([abs(one.median - v) for one, v in zip(ahead, y[half:])]),
        "last": np.mean(np.abs(y[half:] - y[half - 1])),
        "bias": np.mean([one.median - v for one, v in zip(ahead, y[half:])]),
        "held": np.mean([one.low <= v <= one.high for one, v in zip(ahead, y[half:])]),
        "width": final.high - final.low,
        "labels_held": float(met) if gain > 0 else math.nan,
    }


def table() -> pd.DataFrame:
    """A row per setting, and seeds or their mean."""
    lines = [{"setting": setting, "of": of, **judged(curve)} for setting, of, curve in curves() if len(curve) > LEAST]
    rows = pd.DataFrame(lines)
    told = rows["refused"].isna() if "refused" in rows else np.ones(len(rows), dtype=bool)
    found = []
    for (setting, of), some in rows.groupby(["setting", "of"]):
        kept = some[told[some.index]]
        found.append(
            {
                "setting": setting,
                "curves": f"{len(some)} {'seeds' if of == 'seed' else 'means over seeds'}",
                "told": len(kept),
                "error": kept["error"].mean(),
                "error of the last value": kept["last"].mean(),
                "bias": kept["bias"].mean(),
                "held": kept["held"].mean(),
                "width at the end": kept["width"].median(),
                "labels held": kept["labels_held"].mean(),
                "last value, where refused": some[~told[some.index]]["last"].mean(),
            }
        )
    return pd.DataFrame(found)


def main() -> None:
    """Write the table, and print it."""
    found = table().round(3)
    found.to_csv(Path(__file__).parent / "forecast.csv", index=False)
    print(markdown(found.map(lambda cell: "–" if cell != cell else str(cell))))


if __name__ == "__main__":
    main()
