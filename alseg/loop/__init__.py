"""The loop of active learning: the controller walks its phases."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.loop.controller import ActiveLearningController
    from alseg.loop.job import build, run_job
    from alseg.loop.training import Training
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "ActiveLearningController",
    "Training",
    "build",
    "run_job",
]
