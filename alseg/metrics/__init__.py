"""Metrics of predictions. Empty predictions and references are counted, never flattered."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.metrics.agreement import Agreement, icc_2_1
    from alseg.metrics.classification import ClassificationMetrics
    from alseg.metrics.segmentation import SegmentationMetrics
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "Agreement",
    "ClassificationMetrics",
    "SegmentationMetrics",
    "icc_2_1",
]
