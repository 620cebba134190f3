"""Description of a model for whoever uses it without alseg: what it is given, what it answers, where it comes from."""

from __future__ import annotations

from typing import Any

from omegaconf import OmegaConf

from alseg import __version__
from alseg.handover.last_model import LastModel


def describe(model: LastModel) -> dict[str, Any]:
    """The description, of JSON-able values.

    The normalisation is inside of an ONNX file; with safetensors it is up to whoever loads the weights.
    """
    learner, spec = model.learner, model.spec
    answers = ["batch", len(spec.classes), *(spec.size if spec.task == "segmentation" else ())]
    return {
        "alseg": __version__,
        "task": spec.task,
        "classes": list(spec.classes),
        "input": {
            "name": "image",
            "type": "uint8",
            "shape": ["batch", spec.channels, *spec.size],
            "axes": "batch, channel, row, column",
            **model.preprocessing.described(),
        },
        "normalisation": {
            "of": "image / 255",
            "mean": learner.mean.flatten().tolist(),
            "std": learner.std.flatten().tolist(),
        },
        "output": {
            "name": "probabilities",
            "type": "float32",
            "shape": answers,
            "of": "each class, in their order; they sum to 1",
        },
        "run": {
            "folder": model.run.resolve().name,
            "round": model.round,
            "seed": model.config.get("seed"),
            "data": model.config.data.get("name"),
            "strategy": model.config.strategy.get("name"),
            "checkpoint": model.digest,
        },
        "learner": OmegaConf.to_container(model.config.learner, resolve=True),
    }
