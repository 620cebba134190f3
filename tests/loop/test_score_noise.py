"""One line where rounding alone tells scores apart."""

import logging

import numpy as np
import pytest

from alseg.acquisition.entropy import Entropy
from alseg.loop.score_noise import warn_if_alike
from alseg.selection.candidates import Candidates
from alseg.selection.random import Random
from alseg.selection.top import Top
from alseg.strategy import Strategy
from tests.helpers.loop_runs import make_run


def warnings(caplog, scores):
    caplog.clear()
    candidates = Candidates(tuple("abcdef"[: len(scores)]), scores=np.array(scores, np.float32), round=3)
    warn_if_alike(candidates, "pld")
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


@pytest.mark.parametrize("scores", [[0, 0, 0], [1e-8, 3e-7, 2e-9], [0.5, 0.5 + 1e-7], [1000, 1000.0001], [-7, -7, -7]])
def test_scores_within_noise(caplog, scores):
    (line,) = warnings(caplog, scores)
    assert line.startswith(f"round 3: strategy=pld gives all {len(scores)} images the same score")
    assert "their order is arbitrary" in line
    assert "\n" not in line


@pytest.mark.parametrize("scores", [[0, 9e-5], [3e-5, 1e-6], [0.5, 0.5001], [1000, 1001], [5], []])
def test_scores_that_differ_or_are_too_few_to(caplog, scores):
    assert warnings(caplog, scores) == []


class Constant(Entropy):
    def score(self, prediction):
        return super().score(prediction) * 0 + 0.25


@pytest.mark.slow
@pytest.mark.parametrize(("selector", "lines"), [(Top(), 2), (Random(), 0)], ids=["by score", "by lot"])
def test_once_per_query_and_only_where_scores_decide(tmp_path, caplog, selector, lines):
    make_run(tmp_path, strategy=Strategy("constant", selector, Constant())).run()
    said = [record.getMessage() for record in caplog.records if "float noise" in record.getMessage()]
    assert [line.split(":")[0] for line in said] == [f"round {i + 1}" for i in range(lines)]
