"""Pre-annotations: what the model of the round before would answer, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alseg.data.dataset import Dataset
from alseg.data.file_size import mask_of_probabilities, size_of_file
from alseg.data.fit import part_of, places_of
from alseg.oracles.request import Request
from alseg.oracles.studio.labelling import Control
from alseg.oracles.studio.regions import chosen, painted


def preannotations(
    request: Request, ids: Sequence[str], dataset: Dataset, control: Control
) -> Mapping[str, dict[str, Any]]:
    """``result`` and ``score`` of each id; empty where there is no model.

    The score is the probability of the most probable class, for masks its mean over all pixels. So the server's own sorting by
    it begins with what the model is least sure of.
    """
    if request.predictions is None or not ids:
        return {}
    row, places = {id_: at for at, id_ in enumerate(dataset.ids)}, places_of(dataset)
    found = {}
    for id_, probabilities in zip(ids, request.predictions(ids)):
        if dataset.task == "classification":
            result = chosen(int(probabilities.argmax()), dataset.classes, control)
            score = float(probabilities.max())
        else:
            mask = mask_of_probabilities(probabilities, places[id_], size_of_file(dataset, row[id_]))
            result = painted(mask, dataset.classes, control)
            score = float(part_of(probabilities.max(axis=0), places[id_].frame).mean())
        found[id_] = {"result": result, "score": score}
    return found
