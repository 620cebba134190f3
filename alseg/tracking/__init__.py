"""Trackers: where a run is shown while it goes on. ``metrics.csv`` is written in any case."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.tracking.mlflow import MlflowTracker
    from alseg.tracking.service import ServiceTracker
    from alseg.tracking.tensorboard import TensorBoardTracker
    from alseg.tracking.tracker import Query, Tracker
    from alseg.tracking.wandb import WandbTracker
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "MlflowTracker",
    "Query",
    "ServiceTracker",
    "TensorBoardTracker",
    "Tracker",
    "WandbTracker",
]
