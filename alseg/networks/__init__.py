"""Networks and their pretrained weights."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.networks.classification import ClassificationNetwork
    from alseg.networks.heads import Heads
    from alseg.networks.logistic import fit_logistic
    from alseg.networks.perceptrons import fit_perceptrons
    from alseg.networks.segmentation import SegmentationNetwork
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "ClassificationNetwork",
    "Heads",
    "SegmentationNetwork",
    "fit_logistic",
    "fit_perceptrons",
]
