"""What the files beside the page hold."""

from __future__ import annotations

from collections.abc import Sequence

ABOUT = {
    "curves": "mean by budget with both intervals, and the figure for print",
    "table": "a line per condition, with the AUBC; the tables of the primary metric as Markdown",
    "tables": "the same tables for LaTeX",
    "comparisons": "every pair of conditions, on every data set, for every metric",
    "penalty": "the pairwise penalty matrix of every metric",
    "labels_needed": "labels needed to reach a level, per seed",
    "overlap": "Jaccard index of labelled sets, at every shared budget",
    "coverage": "classes, foreground and groups of what was annotated, per seed",
    "costs": "every metric beside seconds of annotation and of queries, and the figure",
    "ranks": "critical-difference diagram",
    "cimt": "agreement of the carotid wall thickness",
    "bland_altman": "Bland-Altman plots of the wall thickness",
}
"""By the name without its ending and number."""


def described(names: Sequence[str]) -> list[tuple[str, list[str]]]:
    """What they hold, and the files that do, in the order of `ABOUT`."""
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        found.setdefault(name.rpartition(".")[0].rstrip("_0123456789"), []).append(name)
    return [(ABOUT[stem], found[stem]) for stem in ABOUT if stem in found]
