"""BALD: mutual information of the label and the choice of a member."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.acquisition.divergence import kullback_leibler
from alseg.prediction import Prediction


def mutual_information(prediction: Prediction) -> Tensor:
    """``(B, *spatial)`` nats: the entropy of the mean less the mean entropy of the members, from 0 to log min(M, C).

    It is the information between the label and the choice of a member, and also the Jensen-Shannon divergence of the
    members, all weighted alike; and it is computed as that, the mean divergence of a member from the mean of all, for the
    two entropies are nearly equal where the members are.
    """
    members = prediction.logits.float().log_softmax(dim=2)
    mean = members.logsumexp(dim=0) - math.log(len(members))
    # Member by member: the divergence needs several arrays of the size of its arguments.
    return torch.stack([kullback_leibler(member, mean, dim=1) for member in members]).mean(dim=0)


class BALD(Acquisition):
    """``H(mean_m p_m) - mean_m H(p_m)`` over the members m, in nats, from 0 to log min(M, C).

    Members may be stochastic passes with dropout, or networks. Of two networks it is their Jensen-Shannon divergence.

    Source: Houlsby et al., "Bayesian Active Learning for Classification and Preference Learning", arXiv 1112.5745, 2011;
    with dropout: Gal, Islam and Ghahramani, "Deep Bayesian Active Learning with Image Data", ICML 2017.
    """

    min_members = 2
    exact = True

    def score(self, prediction: Prediction) -> Tensor:
        return mutual_information(prediction)
