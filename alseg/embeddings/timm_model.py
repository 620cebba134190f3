"""Features of any timm network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from alseg.embeddings.embedding import Embedding
from alseg.errors import DataError, reason_of
from alseg.networks.bf16 import has_bf16
from alseg.networks.frozen import frozen
from alseg.networks.weights import Source, trained_input

Pooling = Literal["avg", "max", "cls", "head"]

LEAST = 64
"""Pixels of a side below which small images are enlarged for a map: a network that halves them five times sees nothing in less."""


class TimmModel(Embedding):
    """The last feature map or tokens of a network in evaluation mode, pooled over the image.

    Images are resized bilinearly with antialiasing (and squashed, where their sides differ and those of ``size`` do
    not); grey is repeated to three channels; [0, 1] is scaled by mean and standard deviation. bf16 serves a GPU that
    has it. On a processor that has it, it is to be asked for: it halves the time there, but the features of all
    runs would then depend on the processor, by enough to change picks.

    The network is made and looks at one blank image at once: an embedding that could be made works.

    Args:
        model: a timm model name, ``hf-hub:OWNER/NAME`` (UNI, for example) or ``local-dir:FOLDER`` with what the hub has there.
        weights: where the pretrained weights come from; ``none`` is a random network, the same every time.
        weights_path: the file, for ``path``: tensors of the timm model, or RadImageNet's layout of a ResNet.
        options: further arguments of the timm model, such as ``init_values``.
        pooling: ``avg`` or ``max`` over the map or the patch tokens, ``cls`` the class token, ``head`` the input
            of the model's own classifier.
        size: side of the square, or ``[H, W]``, in pixels; None is what the model was trained with.
        mean: of the pixels in [0, 1], one number or three; None is the model's own.
        std: likewise.
        batch_size: images at a time.
        accelerator: ``auto``, ``cpu`` or ``gpu``.
        precision: ``auto`` (bf16 on a GPU that has it), ``32`` or ``bf16`` (on a GPU or processor that has it).
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
        options: Mapping[str, Any] | None = None,
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
        if precision == "bf16" and not has_bf16(self.device):
            raise ValueError(f"precision=bf16: this {self.device.type} has none; choose auto or 32")
        gains = self.device.type == "cuda" and has_bf16(self.device)
        self.bf16 = precision == "bf16" or (precision == "auto" and gains)
        given = trained_input(model, key="model")
        self.model = model
        self.weights = weights
        self.pooling = pooling
        self.batch_size = batch_size
        self.volumes = volumes
        self.progress = progress
        self.mean = _statistic("mean", given.mean if mean is None else mean)
        self.std = _statistic("std", given.std if std is None else std)
        if not bool((self.std > 0).all()):
            raise ValueError(f"std={std}: it must be above 0")
        self._asked = size is not None
        self.size = _size(size) or given.size
        self._frozen = frozen(model, weights, weights_path, self.size, options or {})
        if pooling == "cls" and getattr(self._frozen.network, "cls_token", None) is None:
            raise ValueError(f"pooling=cls: {model} has no class token; choose avg, max or head")
        _ = self.dimensions

    @property
    def identity(self) -> dict[str, Any]:
        return {
            "extractor": f"timm {self.model}",
            "weights": self._frozen.digest,
            "preprocessing": {
                "size": list(self.size),
                "mean": [round(float(value), 6) for value in self.mean.flatten()],
                "std": [round(float(value), 6) for value in self.std.flatten()],
                "precision": "bf16" if self.bf16 else "32",
            },
            "pooling": self.pooling,
        }

    @property
    def dimensions(self) -> int:
        known = self._frozen.dimensions
        try:
            if self.pooling not in known:
                known[self.pooling] = self._features(np.zeros((1, 3, *self.size), dtype=np.uint8)).shape[1]
            return known[self.pooling]
        except (RuntimeError, ValueError, AssertionError) as error:
            raise ValueError(f"size={list(self.size)} does not suit {self.model}: {reason_of(error, 200)}") from error

    def at_most(self, height: int, width: int) -> TimmModel:
        """Images no larger than they are, down to 64 pixels a side, unless a size was asked for or the network has but one."""
        if self._asked or getattr(self.network, "pretrained_cfg", {}).get("fixed_input_size"):
            return self
        smaller = copy(self)  # of the same network
        smaller.size = (min(self.size[0], max(height, LEAST)), min(self.size[1], max(width, LEAST)))
        return smaller

    def extract(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        features = np.empty((len(images), self.dimensions), dtype=np.float32)
        for start in range(0, len(images), self.batch_size):
            place = slice(start, start + self.batch_size)
            features[place] = self._features(images[place])
        if not np.isfinite(features).all():
            row = int(np.flatnonzero(~np.isfinite(features).all(axis=1))[0])
            raise DataError(f"the features of image {row} are not finite; are the weights those of {self.model}?")
        return features

    @property
    def network(self) -> nn.Module:
        """The frozen network."""
        return self._frozen.network

    @torch.inference_mode()
    def _features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.network.to(self.device)
        batch = self._seen(torch.from_numpy(np.array(images)).to(self.device))
        with (
            torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16),
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
        ):
            pooled = self._pooled(batch.contiguous(memory_format=torch.channels_last))
        features: NDArray[np.float32] = pooled.float().cpu().numpy()
        return features

    def features(self, images: Tensor) -> Tensor:
        """``(B, D)`` float32 features of uint8 images ``(B, C, H, W)``, for whoever exports the network."""
        return self._pooled(self._seen(images)).float()

    def _seen(self, images: Tensor) -> Tensor:
        """What the network is given."""
        batch = images.float() / 255
        if batch.shape[2:] != self.size:
            batch = F.interpolate(batch, self.size, mode="bilinear", antialias=True, align_corners=False)
        return (batch - self.mean.to(batch.device)) / self.std.to(batch.device)  # grey becomes three channels here

    def _pooled(self, batch: Tensor) -> Tensor:
        network: Any = self.network
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


def _statistic(name: str, value: float | Sequence[float]) -> Tensor:
    """``(3, 1, 1)``, from one number or three."""
    numbers = list(value) if isinstance(value, Sequence) else [value] * 3
    if len(numbers) != 3:
        raise ValueError(f"{name}={value}: it must be one number, three (red, green, blue) or null")
    return torch.tensor(numbers, dtype=torch.float32).view(3, 1, 1)
