"""No selector holds a matrix of all pairs."""

import tracemalloc

import numpy as np
import pytest

from alseg.selection.candidates import Candidates
from alseg.selection.cluster_fps import ClusterFPS
from alseg.selection.cluster_margin import ClusterMargin
from alseg.selection.facility_location import FacilityLocation
from alseg.selection.fps import FarthestPoint
from alseg.selection.k_center import KCenter
from alseg.selection.kmeans import KMeans
from alseg.selection.max_herding import MaxHerding
from alseg.selection.prefilter import Prefilter
from alseg.selection.probcover import ProbCover
from alseg.selection.rep_div import RepDiv
from alseg.selection.score_diversity import ScoreDiversity
from alseg.selection.stratified_random import StratifiedRandom
from alseg.selection.threshold import Threshold
from alseg.selection.typiclust import TypiClust
from alseg.selection.uherding import UHerding

SELECTORS = [
    ClusterFPS(max_clusters=6),
    ClusterMargin(sample=2000),
    FacilityLocation(),
    FarthestPoint(),
    KCenter(),
    KMeans(),
    MaxHerding(),
    Prefilter(KMeans()),
    ProbCover(),
    RepDiv(),
    ScoreDiversity(),
    StratifiedRandom(),
    Threshold(KMeans(per_cluster=32), level=0.1),
    TypiClust(),
    UHerding(),
]


@pytest.mark.slow
@pytest.mark.parametrize("selector", SELECTORS, ids=lambda selector: type(selector).__name__)
def test_memory_grows_with_the_pool_not_with_its_square(selector):
    rng = np.random.default_rng(0)
    size = 6000  # all pairs: 144 MB of float32, 36 MB of bool
    pool = Candidates(
        tuple(f"{i:04d}" for i in range(size)),
        rng.random(size).astype(np.float32),
        rng.normal(size=(size, 8)).astype(np.float32),
        tuple("abc"),
        rng.normal(size=(3, 8)).astype(np.float32),
        groups=tuple(f"{i % 900}" for i in range(size)),
    )
    tracemalloc.start()
    picked = selector.select(pool, 50, rng)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(set(picked)) == 50
    assert peak < 40e6
