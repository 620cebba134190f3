"""Acquisitions: scores of how informative an image is. One file per score; ``conf/strategy`` joins them with selectors."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.acquisition.acquisition import Acquisition
    from alseg.acquisition.bald import BALD
    from alseg.acquisition.disagreement import Disagreement
    from alseg.acquisition.entropy import Entropy
    from alseg.acquisition.foreground import Foreground
    from alseg.acquisition.inconsistency import Inconsistency
    from alseg.acquisition.least_confidence import LeastConfidence
    from alseg.acquisition.margin import Margin
    from alseg.acquisition.pld import PseudoLabelDivergence
    from alseg.acquisition.pld_rounds import RoundDivergence
    from alseg.acquisition.predicted_loss import PredictedLoss
    from alseg.acquisition.reduction import Reduction
    from alseg.acquisition.variation_ratio import VariationRatio
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "BALD",
    "Acquisition",
    "Disagreement",
    "Entropy",
    "Foreground",
    "Inconsistency",
    "LeastConfidence",
    "Margin",
    "PredictedLoss",
    "PseudoLabelDivergence",
    "Reduction",
    "RoundDivergence",
    "VariationRatio",
]
