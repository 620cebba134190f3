"""A classifier that also answers with one embedding per image, and can project it for a contrastive loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import timm
from torch import Tensor, nn

from alseg.errors import reason_of
from alseg.networks.weights import Source, timm_options


class ClassificationNetwork(nn.Module):
    """Any timm network with a linear class head and, if asked for, a linear projector.

    Args:
        backbone: a timm model name.
        weights: where its pretrained weights come from; head and projector are always drawn at random.
        weights_path: the file, for ``weights="path"``.
        channels: image channels.
        classes: number of classes.
        dropout: of the pooled features before the head, while training.
        projection: dimensions of the projections, by a matrix without bias; None for no projector.
        options: further arguments of the timm model, e.g. ``drop_path_rate`` or ``img_size``.

    Raises:
        ValueError: if backbone, weights or options do not exist or do not fit together, or a number is out of range.
    """

    def __init__(
        self,
        backbone: str,
        weights: Source,
        weights_path: str | Path | None,
        channels: int,
        classes: int,
        *,
        dropout: float = 0.0,
        projection: int | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout={dropout}: at least 0 and below 1")
        if projection is not None and projection < 1:
            raise ValueError(f"projection={projection}: at least 1")
        loading = timm_options(backbone, weights, weights_path, key="backbone")
        try:
            # Without classes, timm's model ends with its pooled features.
            model: Any = timm.create_model(backbone, in_chans=channels, num_classes=0, **loading, **(options or {}))
        except Exception as error:
            raise ValueError(f"backbone={backbone} with weights={weights}: {reason_of(error)}") from error
        self.backbone: nn.Module = model
        # Some heads widen the pooled map before they classify; that is what comes out then.
        self.dimensions = int(getattr(model, "head_hidden_size", None) or model.num_features)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(self.dimensions, classes)
        self.projector = None if projection is None else nn.Linear(self.dimensions, projection, bias=False)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """``(B, C, H, W)`` images give ``(B, K)`` logits and the ``(B, D)`` pooled features that they come from."""
        features: Tensor = self.backbone(images)
        logits: Tensor = self.head(self.dropout(features))
        return logits, features

    def project(self, features: Tensor) -> Tensor:
        """``(B, D)`` pooled features give ``(B, P)`` projections, not normalised.

        Raises:
            ValueError: if the network was made without a projector.
        """
        if self.projector is None:
            raise ValueError("this network has no projector; make it with projection=DIMENSIONS")
        projections: Tensor = self.projector(features)
        return projections
