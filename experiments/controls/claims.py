"""What must come out, and whether it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from alseg.report.statistics.comparisons import ALPHA, Comparison, compare
from alseg.report.statistics.estimates import aubc
from experiments.controls.settings import DICE, SETTINGS

BySeed = dict[int, float]
WITHIN = 0.02
"""Differences within this either way count as none."""


@dataclass(frozen=True)
class Claim:
    """An expectation, from ``expectations.yaml``.

    Args:
        setting: the rows that it is about.
        ours, control: two strategies.
        expected: ``above``, ``below`` or ``equal``: of ours against control.
        why: the source.
        of: the column that is compared, if it is not the setting's metric; a number of labels is compared at the last budget.
    """

    setting: str
    ours: str
    control: str
    expected: str
    why: str
    of: str = ""

    @property
    def metric(self) -> str:
        """The column that is compared."""
        return self.of or (SETTINGS[self.setting].metric if self.setting in SETTINGS else DICE)


def claims() -> list[Claim]:
    """All of them, in the order of the page."""
    content = yaml.safe_load(Path(__file__).with_name("expectations.yaml").read_text(encoding="utf-8"))
    return [Claim(**one) for one in content["claims"]]


def values(rows: pd.DataFrame, claim: Claim, strategy: str) -> BySeed:
    """What is compared, by seed: the AUBC over the budgets after the shared first one, or the value at the last."""
    some = rows[(rows["setting"] == claim.setting) & (rows["strategy"] == strategy)].dropna(subset=[claim.metric])
    found: BySeed = {}
    for seed, one in some.groupby("seed"):
        curve = dict(zip(one["n_labelled"], one[claim.metric]))
        budgets = sorted(curve)
        later = budgets[1:] if len(budgets) > 2 else budgets[-1:]
        area = None if claim.of.startswith("labelled/") or len(later) < 2 else aubc(curve, later)
        found[int(str(seed))] = curve[budgets[-1]] if area is None else area
    return found


def judged(rows: pd.DataFrame, of: Sequence[Claim] | None = None) -> list[tuple[Claim, Comparison, bool]]:
    """Each claim whose rows are there, its comparison, and whether it came out.

    Differences are paired on the seed. Those that must be above or below random, or another strategy, are one family (Holm, 5%,
    two-sided, and the expected sign); those that must be equal are another: their simultaneous intervals (Bonferroni) must
    lie within `WITHIN`.
    """
    known = [claim for claim in (claims() if of is None else of) if claim.setting in set(rows["setting"])]
    found: dict[Claim, tuple[Comparison, bool]] = {}
    for equal in (False, True):
        family = [claim for claim in known if (claim.expected == "equal") == equal]
        pairs = [(values(rows, claim, claim.ours), values(rows, claim, claim.control)) for claim in family]
        found |= {claim: (one, passed(claim, one)) for claim, one in zip(family, compare(pairs))}
    return [(claim, *found[claim]) for claim in known]


def passed(claim: Claim, result: Comparison) -> bool:
    """True if a claim came out."""
    if result.difference is None or result.refused:
        return False
    if claim.expected == "equal":
        assert result.simultaneous is not None
        low, high = result.simultaneous.low, result.simultaneous.high
        return low is not None and high is not None and low > -WITHIN and high < WITHIN
    return result.holm_t < ALPHA and (result.difference.mean > 0) == (claim.expected == "above")


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """A line per claim."""
    lines: list[Mapping[str, Any]] = []
    for claim, result, came_out in judged(rows):
        difference = result.difference
        shown = "not run"
        if difference is not None:
            ends = "" if difference.low is None else f" [{difference.low:+.3f}, {difference.high:+.3f}]"
            shown = f"{difference.mean:+.3f}{ends}"
        lines.append(
            {
                "setting": claim.setting,
                "must come out": f"{claim.ours} {WORDS[claim.expected]} {claim.control}",
                "by": claim.metric.removeprefix("test/"),
                "seeds": len(result.seeds),
                "difference": shown,
                "effect (SD)": "" if result.effect is None else f"{result.effect:+.2f}",
                "p (Holm)": "" if result.refused else f"{result.holm_t:.2g}",
                "came out": "yes" if came_out else "**no**",
                "why": claim.why,
            }
        )
    return pd.DataFrame(lines)


WORDS = {"above": "above", "below": "below", "equal": f"within {WITHIN:g} of"}
