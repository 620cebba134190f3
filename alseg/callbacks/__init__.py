"""Callbacks of the loop, one a file."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.callbacks.audit import Audit
    from alseg.callbacks.callback import Callback
    from alseg.callbacks.events import AnnotationEnd, EvaluationEnd, QueryEnd, RoundEnd, RunEnd, TrainingEnd
    from alseg.callbacks.label_quality import LabelQuality
    from alseg.callbacks.map import PoolMapPage
    from alseg.callbacks.memorisation import Memorisation
    from alseg.callbacks.query_scores import QueryScores
    from alseg.callbacks.query_table import QueryTable
    from alseg.callbacks.query_thumbnails import QueryThumbnails
    from alseg.callbacks.run import Run
    from alseg.callbacks.stopping import CostReached, GainBelow, ScoresBelow, StoppingRule, TargetReached
    from alseg.callbacks.summary import RoundSummary
    from alseg.callbacks.thickness import WallThickness
    from alseg.callbacks.tracking import Tracking
    from alseg.callbacks.worst_cases import WorstCases
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "AnnotationEnd",
    "Audit",
    "Callback",
    "CostReached",
    "EvaluationEnd",
    "GainBelow",
    "LabelQuality",
    "Memorisation",
    "PoolMapPage",
    "QueryEnd",
    "QueryScores",
    "QueryTable",
    "QueryThumbnails",
    "RoundEnd",
    "RoundSummary",
    "Run",
    "RunEnd",
    "ScoresBelow",
    "StoppingRule",
    "TargetReached",
    "Tracking",
    "TrainingEnd",
    "WallThickness",
    "WorstCases",
]
