"""What choices need, in words, from the objects that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from alseg.learners.learner import Learner
from alseg.strategy import Strategy

SPACES = {
    "learner": "features of the trained learner",
    "embedding": "features of a frozen embedding (`embedding=`)",
    "map": "places on the 2-D map of a frozen embedding (`embedding=`, `map=`)",
}
NEEDS = {
    "probabilities": "the class probabilities of whole images: classification",
    "class_scores": "a score for each class",
    "groups": "the group of each image (patient, recording, slide)",
    "truth": "**the hidden labels**: it is a ceiling, and no strategy",
}


def of_strategy(strategy: Strategy, learners: Callable[[], Mapping[str, Learner]]) -> Iterator[str]:
    """What a query by this strategy needs; learners are made where members are needed."""
    if not strategy.asks:
        yield "a data set that brings labels of its own: it picks nothing"
        return
    if not strategy.needs_model:
        yield "no trained model"
    if "features" in strategy.selector.needs:
        yield SPACES[strategy.space]
    yield from (NEEDS[need] for need in sorted(strategy.selector.needs & set(NEEDS)))
    acquisition = strategy.acquisition
    if acquisition is None:
        return
    if len(acquisition.tasks) == 1:
        yield f"{' and '.join(acquisition.tasks)}: the score is not defined for other tasks"
    if acquisition.compares_rounds:
        yield "the models of the last two rounds; both are kept"
    elif acquisition.min_members > 1:
        able = [name for name, learner in learners().items() if learner.members >= acquisition.min_members]
        yield f"a learner with {acquisition.min_members} members or more: {', '.join(f'`{name}`' for name in able)}"
    if acquisition.needs_loss:
        yield "a learner that predicts its loss: `learning_loss`"
    if acquisition.needs_plain:
        yield "members that are parts of one network, as dropout makes them"
    if acquisition.exact:
        yield "predictions in float32: the scan makes them so, whatever `trainer.precision`"


def of_learner(learner: Learner) -> Iterator[str]:
    """The task of a learner, its members, and what a batch holds."""
    yield f"{' or '.join(sorted(learner.tasks))}"
    yield f"{learner.members} member{'s' if learner.members > 1 else ''}"
    yield "labelled and unlabelled images in each batch" if learner.uses_unlabelled else "labelled images alone"
