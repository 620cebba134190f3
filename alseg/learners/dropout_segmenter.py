"""The segmenter with dropout members."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from alseg.learners.segmenter import Segmenter
from alseg.prediction import Prediction


class DropoutSegmenter(Segmenter):
    """One network whose members each lack some of the decoder's maps; M = ``passes``.

    Dropout takes whole maps (channels) of the decoder's last stage away before the head, so that M members cost one pass
    through encoder and decoder and M through the head. Their masks are drawn once, with the initial weights, and are the
    same for all images, as those of :class:`~alseg.learners.classifier.Classifier` are and for its reasons.

    Args:
        dropout: share of the maps that is dropped, above 0 and below 1.
        passes: members, at least 2.
        kwargs: see :class:`Segmenter`.

    Raises:
        ValueError: if one of these is out of its range.

    Source: Gal and Ghahramani, "Dropout as a Bayesian approximation", ICML 2016; whole maps: Tompson et al., "Efficient
    Object Localization Using Convolutional Networks", CVPR 2015; before the head, and one mask for all images, are ours.
    """

    masks: Tensor

    def __init__(self, *args: Any, dropout: float = 0.2, passes: int = 10, **kwargs: Any) -> None:
        if not 0 < dropout < 1:
            raise ValueError(f"dropout={dropout}: above 0 and below 1; learner=segmenter has none")
        if passes < 2:
            raise ValueError(f"passes={passes}: at least 2; learner=segmenter predicts without dropout")
        super().__init__(*args, **kwargs)
        self.members = passes
        self.network.dropout.p = dropout
        # After the network: equal seeds give equal weights, whatever the number of members.
        kept = torch.rand(passes, self.network.decoder_maps) >= dropout
        self.register_buffer("masks", kept / (1 - dropout))

    def predict_members(self, images: Tensor) -> Prediction:
        """Logits ``(M, B, K, H, W)`` and features ``(B, D)`` of the encoder's deepest maps, which dropout leaves alone."""
        return Prediction(*self.network(images, self.masks))
