"""Frozen timm networks, each made once in a process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import timm
import torch
from torch import nn

from alseg.errors import reason_of
from alseg.networks.weights import Source, timm_options


class Frozen:
    """A network in evaluation mode that is shared by all who ask for the same one: in every round a learner may.

    Args:
        network: without gradients.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.dimensions: dict[str, int] = {}
        """Number of features by pooling, as far as it is known."""

    @cached_property
    def digest(self) -> str:
        """Hash of all weights as loaded."""
        total = blake2b(digest_size=16)
        for name, tensor in self.network.state_dict().items():
            total.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
            total.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        return total.hexdigest()


def frozen(
    model: str,
    weights: Source,
    path: str | Path | None,
    size: tuple[int, int],
    options: Mapping[str, Any],
    key: str = "model",
) -> Frozen:
    """Return the network, made once in a process as long as its file stays as it is; ``key`` names the model in errors.

    Raises:
        ValueError: if it cannot be made.
    """
    file = None if path is None or not Path(path).is_file() else Path(path).stat()
    stamp = None if file is None else (file.st_size, file.st_mtime_ns)
    return _made(model, weights, None if path is None else str(path), stamp, size, json.dumps(dict(options)), key)


@lru_cache(maxsize=2)
def _made(
    model: str,
    weights: Source,
    path: str | None,
    stamp: object,  # noqa: ARG001
    size: tuple[int, int],
    options: str,
    key: str,
) -> Frozen:
    loading = timm_options(model, weights, path, key)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)  # for weights=none, and for whatever a file does not hold
            network: Any = timm.create_model(model, num_classes=0, **loading, **json.loads(options))
            if hasattr(network, "set_input_size") and size != tuple(network.pretrained_cfg["input_size"][1:]):
                network.set_input_size(img_size=size)
    except Exception as error:  # of the hub, its cache, a file of other shapes, a size the patches do not fit
        hint = "; without a network choose packaged, path or none" if weights == "hub" else ""
        raise ValueError(f"{key}={model} with weights={weights}: {reason_of(error, 200)}{hint}") from error
    patch = getattr(getattr(network, "patch_embed", None), "patch_size", (1, 1))
    if any(side % step for side, step in zip(size, patch)):
        raise ValueError(
            f"size={list(size)}: {model} looks at patches of {patch[0]} x {patch[1]} pixels; choose multiples"
        )
    return Frozen(network.eval().requires_grad_(False))
