"""The tables of README.md: python experiments/sequal/analyse.py RUNS, or results.csv for the runs that README.md tells of.

Everything is paired on the seed. The comparisons: repair against none with every strategy, and every strategy against
random with and without repair, under each oracle; one number per run, the area under the curve of a metric over the
budgets (AUBC). All p-values of a metric are corrected together (Holm).
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

import pandas as pd
import yaml
from scipy import stats
from statsmodels.stats.multitest import multipletests

from alseg.report.statistics import aubc, estimate, paired_difference

RUN = ["oracle", "strategy", "learner", "seed"]


def read(folder: Path) -> pd.DataFrame:
    """One row per round of each finished run in a folder of runs, or as `results.csv` holds them."""
    if folder.suffix == ".csv":
        return pd.read_csv(folder)
    tables = []
    for done in sorted(folder.glob("*/seed=*/DONE")):
        config = yaml.safe_load((done.parent / "config.yaml").read_text(encoding="utf-8"))
        names = {group: config[group]["name"] for group in RUN[:-1]} | {"seed": config["seed"]}
        tables.append(pd.read_csv(done.parent / "metrics.csv").assign(**names))
    return pd.concat(tables, ignore_index=True)


def shown(values: pd.Series, digits: int = 3) -> str:
    """``0.812 [0.800, 0.824]``."""
    found = estimate(values)
    if found is None:
        return "–"
    ends = "" if found.half is None else f" [{found.low:.{digits}f}, {found.high:.{digits}f}]"
    return f"{found.mean:.{digits}f}{ends}"


def per_budget(rows: pd.DataFrame, metric: str, digits: int = 3) -> pd.DataFrame:
    """Mean and 95% t-interval over seeds, a line per condition and a column per budget."""
    cells = rows.groupby([*RUN[:-1], "n_labelled"])[metric].apply(lambda values: shown(values, digits))
    return cells.unstack("n_labelled").reset_index()


def areas(rows: pd.DataFrame, metric: str) -> dict[tuple[str, str, str], dict[int, float]]:
    """Condition to seed to AUBC."""
    found: dict[tuple[str, str, str], dict[int, float]] = {}
    for (oracle, strategy, learner, seed), run in rows.groupby(RUN):
        curve = dict(zip(run["n_labelled"], run[metric]))
        area = aubc(curve, sorted(curve))
        if area is not None:
            found.setdefault((oracle, strategy, learner), {})[int(seed)] = area
    return found


def comparisons(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Ours minus control: mean difference with its interval, paired t-test, and the p-value after Holm."""
    of = areas(rows, metric)
    oracles, strategies, learners = ([*dict.fromkeys(key[i] for key in of)] for i in range(3))
    pairs = [((o, s, "sequal"), (o, s, "sequal_unrefined")) for o, s in product(oracles, strategies)]
    pairs += [((o, s, r), (o, "random", r)) for o, r, s in product(oracles, learners, strategies) if s != "random"]
    lines = []
    for ours, control in pairs:
        if ours not in of or control not in of:
            continue
        seeds = sorted(of[ours].keys() & of[control].keys())
        difference = paired_difference(of[ours], of[control])
        if difference is None or difference.half is None:
            continue
        test = stats.ttest_rel([of[ours][s] for s in seeds], [of[control][s] for s in seeds])
        what = "repair" if ours[2] != control[2] else "query"
        ends = f"{difference.mean:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]"
        lines.append([what, *ours, f"{control[1]}, {control[2]}", len(seeds), ends, test.pvalue])
    names = ["question", *RUN[:-1], "against", "seeds", f"difference in AUBC of {metric}", "p"]
    table = pd.DataFrame(lines, columns=names)
    table["p (Holm)"] = multipletests(table["p"], method="holm")[1]
    return table.round({"p": 4, "p (Holm)": 4})


def markdown(table: pd.DataFrame) -> str:
    """The table as Markdown."""
    lines = [list(map(str, table.columns)), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(folder: Path) -> None:
    """Print all tables as Markdown; a second argument names a file for all rows."""
    rows = read(folder)
    if len(sys.argv) > 2:
        kept = [name for name in rows if not name.startswith(("seconds_", "val/dice_", "test/dice_"))]
        rows[[*RUN, *(name for name in kept if name not in RUN)]].round(5).to_csv(sys.argv[2], index=False)
    print(f"{rows.groupby(RUN).ngroups} finished runs")
    digits = {"test/hd95_px": 1}
    for metric in ("test/dice", "test/hd95_px", "labels/annotated_dice", "labels/working_dice"):
        print(f"\n### {metric}\n\n{markdown(per_budget(rows, metric, digits.get(metric, 3)))}")
    for metric in ("test/dice", "test/hd95_px"):
        print(f"\n### paired differences, {metric}\n\n{markdown(comparisons(rows, metric))}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
