"""The weights of the last model as safetensors, which nothing has to be executed for to read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from alseg.errors import AlsegError
from alseg.files import atomic
from alseg.handover.exportable import exportable
from alseg.handover.last_model import LastModel

PREFIXES = {"learner.": "", "parts.": "extractor."}


def write_safetensors(path: Path, model: LastModel, description: Mapping[str, Any]) -> int:
    """Write all weights and buffers of a learner by their names, its frozen extractor's as ``extractor.NAME``.

    Args:
        path: the file.
        model: trained.
        description: see `describe`; it goes into the file's metadata.

    Returns:
        The number of tensors.

    Raises:
        AlsegError: if what was written cannot be read back as it is.
    """
    tensors = named_tensors(model)
    with atomic(path) as temporary:
        temporary.write_bytes(save(tensors, metadata={"alseg": json.dumps(description)}))
        back = load_file(temporary)
        if back.keys() != tensors.keys() or not all(_same(back[name], tensor) for name, tensor in tensors.items()):
            raise AlsegError(f"{path}: not written: it does not read back as it was written")
    return len(tensors)


def named_tensors(model: LastModel) -> dict[str, Tensor]:
    """All weights and buffers, apart from one another; not what some learners keep for the next query besides."""
    found = {}
    for name, tensor in exportable(model.learner).state_dict().items():
        if not isinstance(tensor, Tensor):
            continue
        prefix = next(prefix for prefix in PREFIXES if name.startswith(prefix))
        found[PREFIXES[prefix] + name.removeprefix(prefix)] = tensor.detach().clone().contiguous()
    return found


def _same(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and torch.equal(torch.nan_to_num(one), torch.nan_to_num(other))
