"""Event objects that the hooks of callbacks receive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alseg.learners.learner import Learner
from alseg.oracles.oracle import Annotations
from alseg.runs.run_folder import State
from alseg.selection.candidates import Candidates


@dataclass(frozen=True)
class QueryEnd:
    """A query was made: a strategy has picked images, and the oracle has not been asked for them yet.

    Args:
        round: the round that the images were picked for.
        strategy: name of the strategy or cold start that picked.
        ids: n ids in the order of the picks.
        scores: ``(n,)`` their scores, or those of their volumes; None where the strategy has none.
        groups: ``(n,)`` their patients, recordings or slides.
        candidates: what the strategy chose from.
        reasons: ``(n,)`` why each was picked, in words.
    """

    round: int
    strategy: str
    ids: Sequence[str]
    scores: Sequence[float] | None
    groups: Sequence[str]
    candidates: Candidates
    reasons: Sequence[str] = ()


@dataclass(frozen=True)
class AnnotationEnd:
    """The oracle has answered the query of a round, or enough of it; late answers to earlier queries are among these."""

    round: int
    annotations: Annotations


@dataclass(frozen=True)
class TrainingEnd:
    """The model of a round is trained.

    Args:
        round: of the model.
        learner: as trained, with the weights that are kept.
        report: ``steps``, ``loss``, and what the learner has to report.
    """

    round: int
    learner: Learner
    report: Mapping[str, Any]


@dataclass(frozen=True)
class EvaluationEnd:
    """The model of a round was evaluated.

    Args:
        round: of the model.
        learner: the model.
        metrics: ``val/*`` and ``test/*`` as the learner logs them; what callbacks contribute comes on top.
    """

    round: int
    learner: Learner
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class RoundEnd:
    """A round is over and recorded.

    Args:
        round: its number.
        row: its row of ``metrics.csv``.
    """

    round: int
    row: Mapping[str, Any]


@dataclass(frozen=True)
class RunEnd:
    """The run stops, for good or for now.

    Args:
        state: phase ``done``, or ``annotate`` where annotations are awaited; None where an error ended it.
        error: what ended it.
    """

    state: State | None
    error: BaseException | None = None

    @property
    def done(self) -> bool:
        """True if the run is complete, and not waiting or failed."""
        return self.state is not None and self.state.phase == "done"
