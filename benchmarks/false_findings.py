"""False and true findings of the report in simulated sweeps: ``python -m benchmarks.false_findings``.

In an A/A sweep all conditions are random selection, so whatever is called better is called so falsely. Values are drawn, and go
through the report's own code: panels, comparisons with the control, correction, and the word “better”. docs/false_findings.md
says what is drawn and has the tables; ``--page docs/false_findings.md`` makes them anew.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from alseg.report.sections.comparisons import better
from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.comparisons import ALPHA
from alseg.report.statistics.panels import Report
from alseg.report.statistics.power import power
from alseg.reproduction.readme import markdown, refreshed
from benchmarks.dunnett import dunnett
from benchmarks.simulated_sweeps import STRATEGIES, Kind, Sweeps

SWEEPS = 400
KINDS = (Kind("dice"), Kind("accuracy", 20), Kind("accuracy", 50), Kind("accuracy", 200))
SEEDS, TESTED = (2, 3, 5, 10), (3, 5, 10)
MENUS = (1, 6, 19)
SPREADS = {
    "all alike": (1.0,) * 6,
    "one strategy 3 times as wide": (1.0, 1.0, 1.0, 1.0, 1.0, 3.0),
    "two strategies twice as wide": (1.0, 1.0, 1.0, 1.0, 2.0, 2.0),
    "the control 3 times as wide": (3.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    "the control a third as wide": (1 / 3, 1.0, 1.0, 1.0, 1.0, 1.0),
}
EFFECTS = (0.5, 1.0, 2.0)
CERTAINTY = 0.999
"""A cell fails if so many false findings, or more, are seen in fewer than 1 of 1,000 cells whose true share is 5%."""


def limit(sweeps: int) -> int:
    """The most sweeps with a false finding that a cell may have."""
    return int(stats.binom.ppf(CERTAINTY, sweeps, ALPHA))


def false_findings(kind: Kind, seeds: int, menu: int, sweeps: int) -> int:
    """A/A sweeps in which a comparison with the control names a better one, by the primary metric."""
    drawn = Sweeps(kind, seeds, menu)
    key = [1, KINDS.index(kind), seeds, menu]
    return sum(_finds(drawn.draw(np.random.default_rng([*key, i]))) for i in range(sweeps))


def by_kind(
    sweeps: int, kinds: Sequence[Kind] = KINDS, menus: Sequence[int] = MENUS, numbers: Sequence[int] = SEEDS
) -> tuple[pd.DataFrame, bool]:
    """A line per metric and menu and one for all, a column per number of seeds; whether every cell is within the limit."""
    cases = [(kind, menu) for kind in kinds for menu in menus]
    counts = np.array([[false_findings(kind, seeds, menu, sweeps) for seeds in numbers] for kind, menu in cases])
    lines = []
    for what, menu, line, drawn in (
        *((str(kind), str(menu), line, sweeps) for (kind, menu), line in zip(cases, counts)),
        ("all of these", "", counts.sum(axis=0), sweeps * len(cases)),
    ):
        cells = {f"{seeds} seeds": _percent(int(count), drawn) for seeds, count in zip(numbers, line)}
        lines.append({"primary metric": what, "metrics in the menu": menu, **cells})
    return pd.DataFrame(lines), bool(counts.max() <= limit(sweeps))


def by_spread(sweeps: int) -> tuple[pd.DataFrame, bool]:
    """A line per way in which conditions spread: the report's test and Dunnett's, in the same sweeps."""
    lines, worst = [], 0
    for number, (name, spreads) in enumerate(SPREADS.items()):
        ours, theirs = {}, {}
        for seeds in TESTED:
            drawn = Sweeps(KINDS[0], seeds)
            count, count_dunnett = 0, 0
            for i in range(sweeps):
                report = drawn.draw(np.random.default_rng([2, number, seeds, i]), spreads=spreads)
                count += _finds(report)
                count_dunnett += _named(Analysis(report.panels, dunnett), report.panels[0].primary)
            worst = max(worst, count)
            ours[f"{seeds} seeds"] = _percent(count, sweeps)
            theirs[f"Dunnett, {seeds} seeds"] = _percent(count_dunnett, sweeps)
        lines.append({"spread of the runs": name, **ours, **theirs})
    return pd.DataFrame(lines), worst <= limit(sweeps)


def by_menu(sweeps: int, seeds: int = 5) -> pd.DataFrame:
    """What a reader would find who goes through the whole menu."""
    line = {}
    for menu in MENUS:
        drawn = Sweeps(KINDS[0], seeds, menu)
        reports = (drawn.draw(np.random.default_rng([3, menu, i])) for i in range(sweeps))
        count = sum(any(_named(r.analysis, metric) for metric in r.panels[0].metrics) for r in reports)
        line[f"{menu} in the menu"] = _percent(count, sweeps)
    return pd.DataFrame([line])


def by_effect(sweeps: int, numbers: Sequence[int] = TESTED) -> pd.DataFrame:
    """How often one strategy that is better is called so, a line per effect and number of seeds."""
    lines = []
    for effect in EFFECTS:
        for seeds in numbers:
            drawn = Sweeps(KINDS[0], seeds)
            gains = [effect * drawn.sd if name == STRATEGIES[1] else 0.0 for name in STRATEGIES]
            reports = [drawn.draw(np.random.default_rng([4, seeds, i]), gains) for i in range(sweeps)]
            found = np.array([_found(report, STRATEGIES[1]) for report in reports]).sum(axis=0)
            columns = ("uncorrected", "with the control (Holm)", "all pairs (Holm)")
            cells = {name: _percent(int(count), sweeps) for name, count in zip(columns, found)}
            expected = f"{power(effect, 1.0, seeds, len(STRATEGIES) - 1):.1%}"
            lines.append({"effect (SD)": effect, "seeds": seeds, **cells, "alseg power": expected})
    return pd.DataFrame(lines)


def _finds(report: Report) -> bool:
    return _named(report.analysis, report.panels[0].primary)


def _named(analysis: Analysis, metric: str) -> bool:
    return any(better(b, metric) for b in analysis.against_control(metric))


def _found(report: Report, strategy: str) -> tuple[bool, bool, bool]:
    """Whether a strategy comes out better than random: uncorrected, corrected with the control, corrected over all pairs."""
    metric, (control,) = report.panels[0].primary, report.panels[0].rows[:1]
    family, pairs = (
        next(b for b in found if {b.ours, b.control} == {strategy, control.label})
        for found in (report.analysis.against_control(metric), report.analysis.comparisons(metric))
    )
    mean = family.result.difference.mean if family.result.difference else 0.0
    return mean > 0 and family.result.p_t < ALPHA, better(family, metric) == strategy, better(pairs, metric) == strategy


def _percent(count: int, sweeps: int) -> str:
    return f"{count / sweeps:.1%}"


def _made(sweeps: int, seconds: float) -> str:
    versions = ", ".join(f"{module.__name__} {module.__version__}" for module in (np, pd))
    command = f"python -m benchmarks.false_findings --sweeps {sweeps} --page docs/false_findings.md"
    machine = f"{platform.system()}, {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}, {versions}"
    return (
        f"Made on {date.today()} by `{command}` in {seconds / 60:.0f} minutes of one core ({machine}). {sweeps} sweeps a cell, "
        "each with a random seed of its own: the same command draws the same sweeps. Of cells whose true share is 5%, 1 in 1,000 "
        f"shows more than {limit(sweeps) / sweeps:.1%}."
    )


def main() -> int:
    """Print the tables; 1 if a cell has more false findings than chance allows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweeps", type=int, default=SWEEPS, help="of each cell; default: %(default)s")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the tables between the marks of this page too")
    options = parser.parse_args()
    start, kept = time.process_time(), {}
    met = True
    tables: dict[str, Callable[[int], tuple[pd.DataFrame, bool]]] = {
        "kinds": by_kind,
        "spreads": by_spread,
        "menus": lambda sweeps: (by_menu(sweeps), True),
        "effects": lambda sweeps: (by_effect(sweeps), True),
    }
    for name, make in tables.items():
        table, within = make(options.sweeps)
        met = met and within
        kept[name] = markdown(table)
        print(f"{name}\n{kept[name]}\n", flush=True)
    kept["made"] = _made(options.sweeps, time.process_time() - start)
    print(kept["made"])
    if options.page is not None:
        text = options.page.read_text(encoding="utf-8")
        parts = {name: lambda part=part: part for name, part in kept.items()}
        options.page.write_text(refreshed(text, parts, options.page), encoding="utf-8")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
