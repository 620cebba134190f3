"""Errors of other programs as a reason in one line."""

import pytest

from alseg.errors import behind, reason_of
from alseg.networks.segmentation import SegmentationNetwork


def test_a_reason_is_one_line_and_never_empty():
    assert reason_of(ValueError("a\n  b\tc ")) == "a b c"
    assert reason_of(MemoryError()) == "MemoryError"
    assert reason_of(OSError(" \n")) == "OSError"
    assert reason_of(ValueError("x" * 7), 7) == "x" * 7
    assert reason_of(ValueError("x" * 8), 7) == "x" * 7 + " ..."
    assert behind("", ValueError()) == "ValueError"


def test_a_library_that_says_nothing_is_named(monkeypatch):
    """The message ended with a colon and nothing behind it."""

    def silent(*_, **__):
        raise AssertionError

    monkeypatch.setattr("segmentation_models_pytorch.create_model", silent)
    with pytest.raises(ValueError, match=r"weights=none: AssertionError$"):
        SegmentationNetwork("Unet", "test_efficientnet", "none", None, 1, 2, {})
