"""Features of any timm network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from alseg.embeddings.embedding import Embedding
from alseg.errors import DataError
from alseg.networks.weights import Source, input_statistics, timm_options
from alseg.terminal import shown

Pooling = Literal["avg", "max", "cls", "head"]


class TimmModel(Embedding):
    """The last feature map or tokens of a network in evaluation mode, pooled over the image.

    Images are resized bilinearly with antialiasing (and squashed, where their sides differ and those of ``size`` do
    not); grey is repeated to three channels; [0, 1] is scaled by mean and standard deviation. bf16 serves a GPU that
    has it; a CPU computes in float32, since most gain nothing.

    The network is made and looks at one blank image at once: an embedding that could be made works.

    Args:
        model: a timm model name.
        weights: where the pretrained weights come from; ``none`` is a random network, the same every time.
        weights_path: the file, for ``path``: tensors of the timm model, or RadImageNet's layout of a ResNet.
        pooling: ``avg`` or ``max`` over the map or the patch tokens, ``cls`` the class token, ``head`` the input
            of the model's own classifier.
        size: side of the square, or ``[H, W]``, in pixels; None is what the model was trained with.
        mean: of the pixels in [0, 1], one number or three; None is the model's own.
        std: likewise.
        batch_size: images at a time.
        accelerator: ``auto``, ``cpu`` or ``gpu``.
        precision: ``auto`` (bf16 on a GPU that has it), ``32`` or ``bf16`` (on a GPU).
        volumes: compare images by the mean over all slices of their volume (``data.unit=volume``) or group.
        progress: show a progress bar if stderr is a terminal.

    Raises:
        ValueError: if model, weights, pooling, size or device do not exist or do not fit together.
    """

    def __init__(
        self,
        model: str = "tf_efficientnet_lite0",
        weights: Source = "packaged",
        weights_path: str | Path | None = None,
        pooling: Pooling = "avg",
        size: int | Sequence[int] | None = None,
        mean: float | Sequence[float] | None = None,
        std: float | Sequence[float] | None = None,
        batch_size: int = 32,
        accelerator: Literal["auto", "cpu", "gpu"] = "auto",
        precision: Literal["auto", "32", "bf16"] = "auto",
        volumes: bool = False,
        progress: bool = True,
    ) -> None:
        for key, value, choices in (
            ("pooling", pooling, ("avg", "max", "cls", "head")),
            ("accelerator", accelerator, ("auto", "cpu", "gpu")),
            ("precision", str(precision), ("auto", "32", "bf16")),
        ):
            if value not in choices:
                raise ValueError(f"{key}={value}: choose {', '.join(choices[:-1])} or {choices[-1]}")
        if batch_size < 1:
            raise ValueError(f"batch_size={batch_size}: 1 is the least")
        if accelerator == "gpu" and not torch.cuda.is_available():
            raise ValueError("accelerator=gpu: PyTorch sees none; choose auto or cpu")
        self.device = torch.device("cuda" if accelerator != "cpu" and torch.cuda.is_available() else "cpu")
        if precision == "bf16" and self.device.type == "cpu":
            raise ValueError("precision=bf16: it is for a GPU; choose auto or 32")
        gains = self.device.type == "cuda" and torch.cuda.is_bf16_supported()
        self.bf16 = precision == "bf16" or (precision == "auto" and gains)
        self.options = timm_options(model, weights, weights_path, key="model")
        self.model = model
        self.weights = weights
        self.pooling = pooling
        self.batch_size = batch_size
        self.volumes = volumes
        self.progress = progress
        own_mean, own_std = input_statistics(model, 3, key="model")
        self.mean, self.std = _statistic("mean", mean, own_mean), _statistic("std", std, own_std)
        if not bool((self.std > 0).all()):
            raise ValueError(f"std={std}: it must be above 0")
        self.size = _size(size) or tuple(timm.get_pretrained_cfg(model).input_size[1:])
        self._network = self._made()
        _ = self.dimensions

    @property
    def identity(self) -> dict[str, Any]:
        return {
            "extractor": f"timm {self.model}",
            "weights": self._digest,
            "preprocessing": {
                "size": list(self.size),
                "mean": [round(float(value), 6) for value in self.mean.flatten()],
                "std": [round(float(value), 6) for value in self.std.flatten()],
                "precision": "bf16" if self.bf16 else "32",
            },
            "pooling": self.pooling,
        }

    @cached_property
    def dimensions(self) -> int:
        blank = np.zeros((1, 3, *self.size), dtype=np.uint8)
        try:
            return int(self._features(blank).shape[1])
        except (RuntimeError, ValueError, AssertionError) as error:
            raise ValueError(f"size={list(self.size)} does not suit {self.model}: {_line(error)}") from error

    def extract(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        features = np.empty((len(images), self.dimensions), dtype=np.float32)
        starts = range(0, len(images), self.batch_size)
        for start in shown(starts, len(starts), f"Embedding {len(images)} images", self.progress):
            place = slice(start, start + self.batch_size)
            features[place] = self._features(images[place])
        if not np.isfinite(features).all():
            row = int(np.flatnonzero(~np.isfinite(features).all(axis=1))[0])
            raise DataError(f"the features of image {row} are not finite; are the weights those of {self.model}?")
        return features

    def _made(self) -> nn.Module:
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)  # for weights=none, and for whatever a file does not hold
                network: Any = timm.create_model(self.model, num_classes=0, **self.options)
                if hasattr(network, "set_input_size") and self.size != tuple(network.pretrained_cfg["input_size"][1:]):
                    network.set_input_size(img_size=self.size)
        except Exception as error:  # of the hub, its cache, a file of other shapes, a size the patches do not fit
            hint = "; without a network choose packaged, path or none" if self.weights == "hub" else ""
            raise ValueError(f"model={self.model} with weights={self.weights}: {_line(error)}{hint}") from error
        patch = getattr(getattr(network, "patch_embed", None), "patch_size", (1, 1))
        if any(side % step for side, step in zip(self.size, patch)):
            raise ValueError(
                f"size={list(self.size)}: {self.model} looks at patches of {patch[0]} x {patch[1]} pixels; choose multiples"
            )
        if self.pooling == "cls" and getattr(network, "cls_token", None) is None:
            raise ValueError(f"pooling=cls: {self.model} has no class token; choose avg, max or head")
        frozen: nn.Module = network.eval().requires_grad_(False)
        return frozen

    @cached_property
    def _digest(self) -> str:
        """Hash of all weights as loaded."""
        total = blake2b(digest_size=16)
        for name, tensor in self._network.state_dict().items():
            total.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
            total.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        return total.hexdigest()

    @torch.inference_mode()
    def _features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        network = self._network.to(self.device)
        batch = torch.from_numpy(np.array(images)).to(self.device).float() / 255
        if batch.shape[2:] != self.size:
            batch = F.interpolate(batch, self.size, mode="bilinear", antialias=True, align_corners=False)
        batch = (batch - self.mean.to(self.device)) / self.std.to(self.device)  # grey becomes three channels here
        with (
            torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16),
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
        ):
            pooled = self._pooled(network, batch.contiguous(memory_format=torch.channels_last))
        features: NDArray[np.float32] = pooled.float().cpu().numpy()
        return features

    def _pooled(self, network: Any, batch: Tensor) -> Tensor:
        maps: Tensor = network.forward_features(batch)
        if self.pooling == "head":
            head: Tensor = network.forward_head(maps, pre_logits=True)
            return head
        if maps.ndim == 4:
            channels_last = str(getattr(network, "output_fmt", "NCHW")) == "NHWC"
            tokens, prefix = (maps if channels_last else maps.permute(0, 2, 3, 1)).flatten(1, 2), 0
        else:
            tokens, prefix = maps, int(getattr(network, "num_prefix_tokens", 0))
        if self.pooling == "cls":
            return tokens[:, 0]
        patches = tokens[:, prefix:].float()
        return patches.amax(dim=1) if self.pooling == "max" else patches.mean(dim=1)


def _size(size: int | Sequence[int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    sides: list[object] = list(size) if isinstance(size, Sequence) else [size, size]
    pixels = [side for side in sides if isinstance(side, int) and side > 0]
    if not len(sides) == len(pixels) == 2:
        raise ValueError(f"size={size}: it must be a positive number of pixels, [height, width] or null")
    return pixels[0], pixels[1]


def _statistic(name: str, value: float | Sequence[float] | None, own: Tensor) -> Tensor:
    """``(3, 1, 1)``, from one number, three or none."""
    if value is None:
        return own
    numbers = list(value) if isinstance(value, Sequence) else [value] * 3
    if len(numbers) != 3:
        raise ValueError(f"{name}={value}: it must be one number, three (red, green, blue) or null")
    return torch.tensor(numbers, dtype=torch.float32).view(3, 1, 1)


def _line(error: BaseException) -> str:
    """Put the message of an error, which may have many lines, into one."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:200]} ..."
