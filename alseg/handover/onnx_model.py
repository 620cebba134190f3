"""The last model as ONNX, compared with PyTorch on real images before it is kept."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import logging
import warnings
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from alseg.errors import AlsegError, ConfigError, reason_of
from alseg.files import write_bytes
from alseg.handover.exportable import Exportable, exportable
from alseg.handover.last_model import LastModel

NEEDED = ("onnx", "onnxscript", "onnxruntime")
TOLERANCE = 1e-4
"""Largest difference of a probability between PyTorch and ONNX: both compute in float32, in other orders."""
OPSET = 20
BATCH = 8


class Compared(NamedTuple):
    """How an ONNX file compares with PyTorch.

    Args:
        images: number of real images, which were predicted in batches of several sizes.
        difference: the largest of a probability.
        decided: share of pixels (or images) whose most probable class is the same.
    """

    images: int
    difference: float
    decided: float


def check_installed() -> None:
    """Check that what writes and runs ONNX is there.

    Raises:
        ConfigError: with the command that installs it.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(f"--model onnx: {', '.join(missing)} is not installed: pip install 'alseg[export]'")


def write_onnx(
    path: Path,
    model: LastModel,
    images: NDArray[np.uint8],
    description: Mapping[str, Any],
    tolerance: float = TOLERANCE,
) -> Compared:
    """Write a model as ONNX, with any number of images at a time, and its description in the metadata.

    Args:
        path: the file.
        model: trained.
        images: ``(n, C, H, W)``, n at least 1: real ones, as the model is given them.
        description: see `describe`.
        tolerance: largest difference of a probability from PyTorch's.

    Raises:
        ConfigError: if a part of the learner has no form in ONNX.
        AlsegError: if the file answers otherwise than PyTorch; then it is not kept.
    """
    check_installed()
    module = exportable(model.learner)
    two = (
        images[:2] if len(images) > 1 else np.concatenate([images, images])
    )  # of one image the exporter makes a constant
    content = _with_metadata(_exported(module, model, two), description)
    return keep_if_same(path, content, module, images, tolerance)


def keep_if_same(
    path: Path, content: bytes, module: Exportable, images: NDArray[np.uint8], tolerance: float = TOLERANCE
) -> Compared:
    """Write an ONNX file if it answers as PyTorch does.

    Raises:
        AlsegError: if it does not; what was at ``path`` before stays.
    """
    compared = compare(content, module, images)
    if not compared.difference <= tolerance:
        raise AlsegError(
            f"{path}: not written: its probabilities differ from PyTorch's by up to {compared.difference:.2g} on "
            f"{compared.images} images, and {tolerance:g} is the most"
        )
    write_bytes(path, content)
    return compared


def compare(content: bytes, module: Exportable, images: NDArray[np.uint8]) -> Compared:
    """Predict images by an ONNX file and by PyTorch, in batches of 1, of the rest, and of `BATCH`."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    difference, same = 0.0, []
    for start, end in _batches(len(images)):
        batch = np.ascontiguousarray(images[start:end])
        with torch.inference_mode():
            expected = module(torch.from_numpy(batch)).numpy()
        (found,) = session.run(None, {"image": batch})
        apart = np.abs(found - expected).max() if np.isfinite(found).all() else np.inf
        difference = max(difference, float(apart))
        same.append((found.argmax(axis=1) == expected.argmax(axis=1)).mean() * len(batch) / len(images))
    return Compared(len(images), difference, float(sum(same)))


def _batches(n: int) -> list[tuple[int, int]]:
    starts = [0, *range(1, n, BATCH), n]
    return [(start, end) for start, end in pairwise(starts) if start < end]


def _exported(module: Exportable, model: LastModel, images: NDArray[np.uint8]) -> bytes:
    dynamic = {"image": {0: torch.export.Dim.DYNAMIC}}
    quiet = logging.getLogger("onnxscript"), logging.getLogger("torch.onnx")
    levels = [one.level for one in quiet]
    try:
        for one in quiet:
            one.setLevel(logging.ERROR)
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")  # of deprecations inside PyTorch's exporter
            program = torch.onnx.export(
                module,
                (torch.from_numpy(images),),
                dynamo=True,
                dynamic_shapes=dynamic,
                input_names=["image"],
                output_names=["probabilities"],
                opset_version=OPSET,
                verbose=False,
            )
    except Exception as error:  # of the exporter, which has many
        name = model.config.learner.get("name") or type(model.learner).__name__
        raise ConfigError(
            f"--model onnx: learner {name} has no form in ONNX ({reason_of(error, 200)}); choose --model safetensors"
        ) from error
    finally:
        for one, level in zip(quiet, levels):
            one.setLevel(level)
    assert program is not None
    content: bytes = program.model_proto.SerializeToString()
    return content


def _with_metadata(content: bytes, description: Mapping[str, Any]) -> bytes:
    import onnx

    proto = onnx.load_model_from_string(content)
    for axis in (proto.graph.input[0], proto.graph.output[0]):
        axis.type.tensor_type.shape.dim[0].dim_param = "batch"
    texts = {"alseg": json.dumps(description), "classes": json.dumps(description["classes"])}
    onnx.helper.set_model_props(proto, texts)
    onnx.checker.check_model(proto)
    found: bytes = proto.SerializeToString()
    return found
