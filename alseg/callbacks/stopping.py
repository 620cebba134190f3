"""Stopping rules, which may end a run before its budget does. They read the ledger alone, and no test metric."""

from __future__ import annotations

import itertools
import math
from abc import abstractmethod

from alseg.callbacks.callback import Callback
from alseg.callbacks.run import Run
from alseg.errors import ConfigError
from alseg.runs.ledger import Ledger


class StoppingRule(Callback):
    """A function of the ledger that may end a run."""

    @abstractmethod
    def __call__(self, ledger: Ledger) -> str | None:
        """Return the reason to stop, or None to go on."""

    def reason_to_stop(self, run: Run) -> str | None:
        return self(run.ledger)


class MetricRule(StoppingRule):
    """A rule on a validation metric.

    Args:
        metric: its column, ``val/dice``.
    """

    def __init__(self, metric: str) -> None:
        self.metric = _validation(metric)


class CostReached(StoppingRule):
    """Stop when annotation has cost this many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = float(seconds)

    def __call__(self, ledger: Ledger) -> str | None:
        cost = ledger.cost
        return f"annotation cost {cost:g} s of {self.seconds:g} s" if cost >= self.seconds else None


class TargetReached(MetricRule):
    """Stop when a validation metric has reached a value (from below)."""

    def __init__(self, metric: str, value: float) -> None:
        super().__init__(metric)
        self.value = float(value)

    def __call__(self, ledger: Ledger) -> str | None:
        values = _values(ledger, self.metric)
        reached = bool(values) and values[-1] >= self.value
        return f"{self.metric} reached {values[-1]:.4f} (target {self.value:g})" if reached else None


class GainBelow(MetricRule):
    """Stop when a validation metric has gained less than ``gain`` in each of the last ``rounds`` rounds."""

    def __init__(self, metric: str, gain: float, rounds: int = 2) -> None:
        if rounds < 1:
            raise ValueError(f"rounds={rounds}: at least 1")
        super().__init__(metric)
        self.gain = float(gain)
        self.rounds = rounds

    def __call__(self, ledger: Ledger) -> str | None:
        values = _values(ledger, self.metric)
        gains = [after - before for before, after in itertools.pairwise(values)][-self.rounds :]  # NaN is no small gain
        flat = len(gains) == self.rounds and all(gain < self.gain for gain in gains)
        return f"{self.metric} gained less than {self.gain:g} in {self.rounds} rounds" if flat else None


class ScoresBelow(StoppingRule):
    """Stop when every score of the last query is below a level.

    Scores that are all exactly 0 are no scores: ``pld_rounds`` has nothing to compare in its first query.
    """

    def __init__(self, level: float) -> None:
        self.level = float(level)

    def __call__(self, ledger: Ledger) -> str | None:
        queries = list(ledger.of("queried"))
        scores = queries[-1]["scores"] if queries else None
        low = scores and any(scores) and max(scores) < self.level
        return f"no score of the query reaches {self.level:g}" if low else None


def _validation(metric: str) -> str:
    if not metric.startswith("val/"):
        raise ValueError(f"metric={metric}: it is not on the validation set (val/...), and no other may decide")
    return metric


def _values(ledger: Ledger, metric: str) -> list[float]:
    rows = list(ledger.of("evaluated"))
    missing = [row for row in rows if metric not in row["metrics"]]
    if missing:
        known = ", ".join(name for name in missing[0]["metrics"] if name.startswith("val/"))
        raise ConfigError(f"there is no metric {metric!r}; there is {known or 'none, for there is no validation set'}")
    return [math.nan if row["metrics"][metric] is None else row["metrics"][metric] for row in rows]
