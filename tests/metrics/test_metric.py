"""What metrics say of themselves."""

from __future__ import annotations

import json

import pytest

from alseg.metrics.known import CLASSIFICATION, KNOWN, SEGMENTATION
from alseg.metrics.metric import Metric


def test_a_metric_is_read_as_it_was_recorded():
    metric = Metric("surface_gap", "Surface gap", higher_is_better=None, unit="°", digits=1)
    recorded = json.loads(json.dumps(metric.recorded()))
    assert Metric.read(recorded) == metric
    assert Metric.read({**recorded, "of_a_later_version": 3}) == metric
    for odd in ({"name": "kappa", "title": "Kappa"}, recorded | {"higher_is_better": 1}, recorded | {"digits": 99}):
        with pytest.raises(TypeError):
            Metric.read(odd)


def test_a_name_goes_without_its_unit():
    with pytest.raises(ValueError, match="metric gap_mm: the name goes without its unit, mm"):
        Metric("gap_mm", "Gap", higher_is_better=False)


def test_no_two_known_metrics_share_a_name():
    assert len(KNOWN) == len(SEGMENTATION) + len(CLASSIFICATION) + 1 + sum(name.startswith("cimt") for name in KNOWN)
