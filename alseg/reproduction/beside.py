"""The paper's numbers, ours, and the difference."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from alseg.report.statistics.estimates import Estimate, estimate, paired_difference
from alseg.reproduction.experiment import BySeed

OURS = Callable[[pd.DataFrame, Mapping[str, Any], str], Mapping[str, BySeed]]
PAIR = ("baseline", "proposed")
RESERVED = {*PAIR, "value", "sd", "source", "ours", "methods", "digits", "comparable", "remark"}
"""Keys of an entry with a meaning of their own; all others say what the number is, and are columns."""


def beside_the_paper(paper: Mapping[str, Any], rows: pd.DataFrame, ours: OURS) -> pd.DataFrame:
    """A line per number of the paper and variant of ours.

    Where the paper has a baseline and a proposal, their gain is compared too, ours paired on the seed. Ours is a mean
    with its 95% t-interval over seeds, and so is the difference ours minus the paper's, which counts the paper's number
    as exact: how it varies is not known. What is not known, not measured or not comparable is left empty.

    Args:
        paper: the content of paper.yaml.
        rows: one per training.
        ours: our values by variant and seed.
    """
    lines = [line for entry in paper["results"] for line in _lines(entry, rows, ours)]
    table = pd.DataFrame(lines).fillna("")
    return table.drop(columns=[name for name in ("number", "source", "remark") if (table[name] == "").all()])


def differences(paper: Mapping[str, Any]) -> str:
    """Differences between the paper's runs and ours, as a Markdown list."""
    return "\n".join(f"- **{what}**: {text}" for what, text in (paper.get("differs") or {}).items())


def _lines(entry: Mapping[str, Any], rows: pd.DataFrame, ours: OURS) -> Iterator[dict[str, str]]:
    what = {str(key): str(value) for key, value in entry.items() if key not in RESERVED}
    last = {"source": str(entry.get("source") or ""), "remark": str(entry.get("remark") or "")}
    digits, comparable = _digits(entry), bool(entry.get("comparable", True))
    which = [key for key in ("value", *PAIR) if key in entry]
    measured = {key: ours(rows, entry, key) for key in which} if entry.get("ours") is not None else {}
    variants = list(dict.fromkeys(variant for found in measured.values() for variant in found))
    pair = set(PAIR) <= set(which)
    if not variants:
        number = " → ".join(which) if pair else ""
        known = [entry[key] for key in which]
        paper = "" if all(value is None for value in known) else " → ".join(_text(value, digits) for value in known)
        spread = f" ± {entry['sd']}" if entry.get("sd") is not None else ""
        yield {**what, "number": number, "paper": paper + spread, "ours": "", "ours - paper": "", **last}
    for variant in variants:
        by_seed = {key: measured[key].get(variant, {}) for key in which}
        numbers = [(key, entry[key], estimate(by_seed[key].values())) for key in which]
        if pair:
            known_gain = None if None in (entry["baseline"], entry["proposed"]) else _gain(entry, digits)
            numbers.append(("gain", known_gain, paired_difference(by_seed["proposed"], by_seed["baseline"])))
        for number, value, found in numbers:
            sign = "+" if number == "gain" else ""
            apart = comparable and isinstance(value, (int, float)) and found is not None
            yield {
                **what,
                "number": ", ".join(word for word in (number, variant) if word not in ("", "value")),
                "paper": "" if value is None else _text(value, digits, sign),
                "ours": _shown(found, digits, 0.0, sign),
                "ours - paper": _shown(found, digits, float(value), "+") if apart else "",
                **last,
            }


def _gain(entry: Mapping[str, Any], digits: int) -> float:
    return round(float(entry["proposed"]) - float(entry["baseline"]), digits)


def _digits(entry: Mapping[str, Any]) -> int:
    """Decimals that the paper gives; one where it gives whole numbers."""
    if "digits" in entry:
        return int(entry["digits"])
    known = [entry[key] for key in ("value", *PAIR) if isinstance(entry.get(key), float)]
    return max((len(repr(value).partition(".")[2]) for value in known), default=1)


def _text(value: Any, digits: int, sign: str = "") -> str:
    if value is None:
        return "not known"
    return f"{value:{sign}.{digits}f}" if isinstance(value, float) else str(value)


def _shown(found: Estimate | None, digits: int, minus: float, sign: str) -> str:
    if found is None or not math.isfinite(found.mean):
        return ""
    mean = f"{found.mean - minus:{sign}.{digits}f}"
    if found.low is None or found.high is None:
        return mean
    return f"{mean} [{found.low - minus:{sign}.{digits}f}, {found.high - minus:{sign}.{digits}f}]"
