"""Checks, before any training, that the parts of a run fit together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alseg import distributed
from alseg.callbacks.callback import Callback
from alseg.callbacks.stopping import MetricRule
from alseg.composition.schema import Budget
from alseg.composition.schema import Training as TrainingConfig
from alseg.data.dataset import Task
from alseg.data.pool import PoolDataModule
from alseg.data.split import Split
from alseg.errors import ConfigError
from alseg.learners.learner import Learner
from alseg.loop.feature_space import FeatureSpace
from alseg.prediction import Prediction
from alseg.strategy import Strategy

WITH_MEMBERS: dict[Task, str] = {"segmentation": "segmenter_dropout", "classification": "classifier_dropout"}
"""Learner of each task with members to compare, to suggest where one alone was chosen."""


def check_budget(
    budget: Budget, first: int, pool: int, given: int = 0, what: str = "images", queries: Sequence[int] = ()
) -> None:
    """Check the budget against the number of images, or of ``what`` else is asked for, in the pool.

    Args:
        budget: the three numbers.
        first: images that the first round asks for.
        pool: images of the pool.
        given: those of them that have a label, and are not asked for.
        what: the images in words.
        queries: number of images of each query so far, for a run that goes on, maybe with another budget.

    Raises:
        ConfigError: as all functions of this module.
    """
    for key, value in (("initial", budget.first(pool)), ("query", budget.query), ("rounds", budget.rounds)):
        if value < 1:
            raise ConfigError(f"budget.{key}={value}: at least 1")
    if queries:
        to_come = max(0, budget.rounds - len(queries))
        if (asked := sum(queries) + to_come * budget.query) > pool and to_come:
            raise ConfigError(
                f"budget: {sum(queries)} {what} in {len(queries)} rounds so far + {to_come} x {budget.query} to come are {asked}, "
                f"and the pool has {pool}; lower budget.query or budget.rounds"
            )
        return
    asked = first + (budget.rounds - 1) * budget.query
    if asked > pool - given:
        there = f"the pool has {pool}" + (f", {given} of which have labels already" if given else "")
        raise ConfigError(
            f"budget: {first} initial + {budget.rounds - 1} x {budget.query} queried {what} are {asked}, and "
            f"{there}; lower budget.initial, budget.query or budget.rounds"
        )


def check_split(split: Split, config: TrainingConfig) -> None:
    """Check validation and test set against the number of devices and the settings that need them."""
    ranks = distributed.world_size()
    for name, ids in (("validation", split.val), ("test", split.test)):
        if ids and len(ids) < ranks:
            raise ConfigError(f"trainer.devices={ranks}: the {name} set has only {len(ids)} images, fewer than devices")
    if not split.val and (config.keep == "best" or config.patience is not None):
        raise ConfigError(
            "trainer.keep=best and trainer.patience need a validation set, and there is none: split.val is 0, or no images have "
            "labels for it; trainer.keep=last trainer.patience=null trains without"
        )


def check_truth(strategy: Strategy, pool: PoolDataModule) -> None:
    """Check that a ceiling which sees hidden labels finds some."""
    if strategy.needs_truth and pool.dataset.has_target is not None:
        raise ConfigError(
            f"strategy={strategy.name}: it sees the hidden labels of the pool, and data set {pool.dataset.name} does not have "
            "them all"
        )


def check_spaces(cold_start: Strategy, strategy: Strategy, space: FeatureSpace | None) -> None:
    """Check that the features that the strategies compare images by exist when they are needed."""
    if cold_start.needs_model:
        raise ConfigError(
            f"cold_start={cold_start.name}: it needs a trained model, and there is none yet; one that goes by features "
            "alone works with cold_start.space=embedding"
        )
    for one in (cold_start, strategy):
        if one.needs_embedding:
            if space is None:
                raise ConfigError(f"strategy {one.name}: it needs an embedding, and there is none")
            if space.needs_learner and one is cold_start:
                raise ConfigError(
                    f"embedding=learner: cold_start={one.name} compares images before there is a trained model; choose "
                    "embedding=packaged, or cold_start=random"
                )
            space.check(one.space)


def check_stopping(callbacks: Mapping[str, Callback], known: Sequence[str], split: Split) -> None:
    """Check stopping rules against the metrics of an evaluation, which some learners do not state."""
    for name, callback in callbacks.items():
        metric = callback.metric if isinstance(callback, MetricRule) else None
        if metric is not None and not split.val:
            raise ConfigError(
                f"stopping.{name} watches the validation set, and there is none, for split.val is 0 or no images have labels for it"
            )
        if known and metric is not None and metric not in known:
            raise ConfigError(f"stopping.{name}.metric={metric}: there is no such value; there is {', '.join(known)}")


def check_strategy(strategy: Strategy, learner: Learner, prediction: Prediction) -> None:
    """Check that the learner's predictions have what the strategy needs."""
    acquisition, name, task = strategy.acquisition, strategy.name, learner.spec.task
    if acquisition is not None and learner.members < acquisition.min_members:
        raise ConfigError(
            f"strategy={name}: {type(acquisition).__name__} compares {acquisition.min_members} or more members, and "
            f"{type(learner).__name__} predicts with {learner.members}; choose learner={WITH_MEMBERS[task]}, say"
        )
    if acquisition is not None and task not in acquisition.tasks:
        raise ConfigError(
            f"strategy={name}: {type(acquisition).__name__} is for {' and '.join(sorted(acquisition.tasks))}, and the data "
            f"set is for {task}"
        )
    if acquisition is not None and acquisition.needs_loss and prediction.loss is None:
        raise ConfigError(
            f"strategy={name}: {type(acquisition).__name__} goes by the loss that a learner predicts, and "
            f"{type(learner).__name__} predicts none; choose learner=learning_loss"
        )
    if acquisition is not None and acquisition.needs_plain and prediction.plain is None:
        raise ConfigError(
            f"strategy={name}: {type(acquisition).__name__} compares dropout members with the network that they are parts of, "
            f"and {type(learner).__name__} has none; choose learner=classifier_dropout"
        )
    if strategy.needs_truth and task != "classification":
        raise ConfigError(f"strategy={name}: it goes by the class of a whole image, and the data set is for {task}")
    if strategy.needs_probabilities and task != "classification":
        raise ConfigError(
            f"strategy={name}: its selector {type(strategy.selector).__name__} goes by the class of a whole image, and the "
            f"data set is for {task}"
        )
