"""Selectors, which pick n of the candidates. One file per rule; ``conf/strategy`` joins them with scores."""

from typing import TYPE_CHECKING

from alseg import lazily

if TYPE_CHECKING:
    from alseg.selection.annealed_power_noise import AnnealedPowerNoise
    from alseg.selection.audited import Audited
    from alseg.selection.badge import Badge
    from alseg.selection.candidates import Candidates
    from alseg.selection.class_balanced import ClassBalanced
    from alseg.selection.class_stratified import ClassStratified
    from alseg.selection.cluster_fps import ClusterFPS
    from alseg.selection.cluster_margin import ClusterMargin
    from alseg.selection.facility_location import FacilityLocation
    from alseg.selection.fps import FarthestPoint
    from alseg.selection.greedy_oracle import GreedyOracle
    from alseg.selection.k_center import KCenter
    from alseg.selection.kmeans import KMeans
    from alseg.selection.labelled import Labelled
    from alseg.selection.max_herding import MaxHerding
    from alseg.selection.max_per_group import MaxPerGroup
    from alseg.selection.partly_random import PartlyRandom
    from alseg.selection.power_noise import PowerNoise
    from alseg.selection.prefilter import Prefilter
    from alseg.selection.probcover import ProbCover
    from alseg.selection.random import Random
    from alseg.selection.rep_div import RepDiv
    from alseg.selection.score_diversity import ScoreDiversity
    from alseg.selection.selector import Selector
    from alseg.selection.stochastic_batches import StochasticBatches
    from alseg.selection.stratified_random import StratifiedRandom
    from alseg.selection.subsample import Subsample
    from alseg.selection.threshold import Threshold
    from alseg.selection.top import Top
    from alseg.selection.typiclust import TypiClust
    from alseg.selection.uherding import UHerding
    from alseg.selection.worth import RidgeWorth, Worth
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "AnnealedPowerNoise",
    "Audited",
    "Badge",
    "Candidates",
    "ClassBalanced",
    "ClassStratified",
    "ClusterFPS",
    "ClusterMargin",
    "FacilityLocation",
    "FarthestPoint",
    "GreedyOracle",
    "KCenter",
    "KMeans",
    "Labelled",
    "MaxHerding",
    "MaxPerGroup",
    "PartlyRandom",
    "PowerNoise",
    "Prefilter",
    "ProbCover",
    "Random",
    "RepDiv",
    "RidgeWorth",
    "ScoreDiversity",
    "Selector",
    "StochasticBatches",
    "StratifiedRandom",
    "Subsample",
    "Threshold",
    "Top",
    "TypiClust",
    "UHerding",
    "Worth",
]
