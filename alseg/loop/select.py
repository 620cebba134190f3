"""Picks by any PyTorch model, outside of a run: no config, no Trainer, no data set on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from alseg.acquisition.entropy import Entropy
from alseg.errors import QueryError
from alseg.networks.evaluation_mode import evaluating
from alseg.prediction import Prediction
from alseg.selection.candidates import Candidates
from alseg.selection.top import Top
from alseg.strategy import Strategy

Predict = Callable[[Tensor], "Tensor | tuple[Tensor, Tensor] | Prediction"]
"""Images ``(B, ...)`` to logits ``(B, C, *spatial)``, or to logits and features ``(B, D)``, or to a `Prediction` with members."""


def select(
    model: Predict,
    pool: Iterable[Any],
    n: int,
    *,
    strategy: Strategy | None = None,
    labelled: Iterable[Any] = (),
    groups: Sequence[str] | None = None,
    seed: int = 0,
) -> list[int]:
    """Score unlabelled images with a model and pick n of them.

    Args:
        model: a module, which is used in evaluation mode, without gradients and where its weights lie; or any function.
        pool: batches of unlabelled images, as a DataLoader gives them: tensors, or tuples that begin with one, or
            dictionaries with an ``image``. A tensor alone is one batch.
        n: number of picks.
        strategy: acquisition × selector; by default the largest entropy.
        labelled: batches of labelled images, for strategies that compare features.
        groups: patient, recording or slide of each image of the pool, for selectors that ask for it.
        seed: of what is drawn at random.

    Returns:
        Rows of the pool, in the order of the picks; all of them if there are no more than n.

    Raises:
        QueryError: if the strategy needs what the model does not give, or a score is not finite.
    """
    chosen = Strategy("entropy", Top(), Entropy()) if strategy is None else strategy
    if chosen.needs_truth or chosen.needs_embedding or chosen.compares_rounds:
        raise QueryError(f"strategy {chosen.name}: it asks for more than one model's predictions; `alseg run` has it")
    found = _look(model, pool, chosen)
    known = _look(model, labelled, chosen) if chosen.needs_learner_features else {}
    candidates = Candidates(
        # Names that sort as the rows do: selectors look at the candidates in the order of their names.
        tuple(f"{row:012d}" for row in range(len(found["rows"]))),
        scores=found.get("scores"),
        features=found.get("features"),
        probabilities=found.get("probabilities"),
        class_scores=found.get("class_scores"),
        groups=None if groups is None else tuple(groups),
        labelled_ids=tuple(f"labelled {row}" for row in range(len(known.get("rows", ())))),
        labelled_features=known.get("features", np.empty((0, 0), dtype=np.float32)),
    )
    if groups is not None and len(groups) != len(candidates):
        raise QueryError(f"groups: {len(groups)} of them for {len(candidates)} images")
    if not len(candidates):
        return []
    return [int(id_) for id_ in chosen.selector.select(candidates, n, np.random.default_rng(seed))]


def _look(model: Predict, batches: Iterable[Any], strategy: Strategy) -> dict[str, NDArray[Any]]:
    """Arrays of what the strategy needs, a row per image, and their ``rows``."""
    kept: dict[str, list[NDArray[Any]]] = {"rows": [np.empty(0)]}
    for batch in [batches] if isinstance(batches, Tensor) else batches:
        prediction = _predict(model, _images(batch))
        kept["rows"].append(np.zeros(prediction.logits.shape[1]))
        for name, values in _needed(strategy, prediction):
            kept.setdefault(name, []).append(values.float().cpu().numpy())
    return {name: np.concatenate(parts) for name, parts in kept.items()}


def _needed(strategy: Strategy, prediction: Prediction) -> Iterator[tuple[str, Tensor]]:
    if (acquisition := strategy.acquisition) is not None:
        if len(prediction.logits) < acquisition.min_members:
            raise QueryError(
                f"strategy {strategy.name}: it compares members; let the model return a Prediction with logits "
                f"(M, B, C, ...), M at least {acquisition.min_members}"
            )
        yield "scores", acquisition(prediction)
        if strategy.needs_class_scores:
            yield "class_scores", acquisition.by_class(prediction)
    if strategy.needs_learner_features:
        if not prediction.features.shape[1]:
            raise QueryError(f"strategy {strategy.name}: it compares features; let the model return (logits, features)")
        yield "features", prediction.features
    if strategy.needs_probabilities:
        yield "probabilities", prediction.mean


def _predict(model: Predict, images: Tensor) -> Prediction:
    if isinstance(model, nn.Module):
        weight = next(model.parameters(), None)
        with evaluating(model):
            found = model(images if weight is None else images.to(weight.device))
    else:
        with torch.no_grad():
            found = model(images)
    if isinstance(found, Prediction):
        return found
    logits, features = found if isinstance(found, tuple) else (found, found.new_empty(len(found), 0))
    return Prediction(logits.unsqueeze(0), features)


def _images(batch: Any) -> Tensor:
    images = batch["image"] if isinstance(batch, Mapping) else batch[0] if isinstance(batch, Sequence) else batch
    if not isinstance(images, Tensor):
        raise QueryError(
            f"a batch is a tensor, begins with one, or has one as 'image'; this is {type(images).__name__}"
        )
    return images
