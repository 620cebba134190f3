"""Disagreement between members."""

from __future__ import annotations

import math

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.acquisition.bald import mutual_information
from alseg.prediction import Prediction


class Disagreement(Acquisition):
    """1 where the members' most probable classes are not all the same, else 0; plus their divergence, below 1.

    ``score = [the argmaxes differ] + JS / log M``, with JS the Jensen-Shannon divergence of the M members, which is at
    most log M. So one number puts all that disagree first (from 1 to 2) and all others behind (from 0 to below 1), and
    orders both by the divergence. Members that predict the same class share at least 1/C of their mass, which keeps
    JS / log M at 1 - 1/C or less.

    For segmentation that holds for each pixel; the mean over the pixels is the share of pixels on which the members
    disagree plus their mean divergence.

    Source: Zhong et al., "UniSAL", Medical Image Analysis 102, 2025, 103542 (disagreement of two networks; the divergence,
    and members beyond two, are ours).
    """

    min_members = 2
    exact = True

    def score(self, prediction: Prediction) -> Tensor:
        classes = prediction.probabilities.argmax(dim=2)
        differ = (classes != classes[0]).any(dim=0)
        return differ + mutual_information(prediction) / math.log(len(classes))
