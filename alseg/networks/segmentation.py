"""A segmentation network that also answers with one embedding per image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn

from alseg.errors import reason_of
from alseg.networks.weights import Source, timm_options


class SegmentationNetwork(nn.Module):
    """Any architecture of segmentation_models_pytorch over any timm encoder.

    Args:
        architecture: ``Unet``, ``UnetPlusPlus``, ``FPN``, ``DeepLabV3Plus``, ``Segformer``, ...
        encoder: a timm model name.
        weights: where the encoder's pretrained weights come from.
        weights_path: the file, for ``weights="path"``.
        channels: image channels.
        classes: number of classes.
        options: further arguments of the architecture, e.g. ``decoder_channels``.

    Raises:
        ValueError: if architecture, encoder, weights or options do not exist or do not fit together.
    """

    def __init__(
        self,
        architecture: str,
        encoder: str,
        weights: Source,
        weights_path: str | Path | None,
        channels: int,
        classes: int,
        options: dict[str, Any],
    ) -> None:
        super().__init__()
        loading = timm_options(encoder, weights, weights_path)
        try:
            self.model = smp.create_model(
                architecture,
                encoder_name=f"tu-{encoder}",
                encoder_weights=True if loading.pop("pretrained") else None,
                in_channels=channels,
                classes=classes,
                **loading,
                **options,
            )
        except Exception as error:
            raise ValueError(
                f"architecture={architecture} with encoder={encoder} and weights={weights}: {reason_of(error)}"
            ) from error
        if type(self.model).forward is not smp.base.SegmentationModel.forward:
            raise ValueError(f"architecture={architecture}: it has no common encoder-decoder form; choose another")
        self.dropout = nn.Dropout2d(0.0)
        """Of whole maps of the decoder, before the head, while training; none unless a learner sets its ``p``."""

    @property
    def decoder_maps(self) -> int:
        """The number of maps that the head looks at."""
        return int(next(m for m in self.model.segmentation_head.modules() if isinstance(m, nn.Conv2d)).in_channels)

    def forward(self, images: Tensor, masks: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """``(B, C, H, W)`` images give ``(B, K, H, W)`` logits and ``(B, D)`` features: the mean of the deepest maps.

        With ``masks``, ``(M, decoder_maps)`` factors of the decoder's maps, the logits are ``(M, B, K, H, W)``, one for each
        mask: M passes through the head, one through everything before it.
        """
        self.model.check_input_shape(images)
        maps = self.model.encoder(images)
        decoded, features = self.model.decoder(maps), maps[-1].mean(dim=(2, 3))
        if masks is None:
            return self.model.segmentation_head(self.dropout(decoded)), features
        logits = [self.model.segmentation_head(decoded * mask[:, None, None]) for mask in masks.to(decoded.dtype)]
        return torch.stack(logits), features
