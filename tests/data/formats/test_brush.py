"""Brush masks of Label Studio."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alseg.data.formats.brush import brush_of, mask_of_brush

ONE_PIXEL = [0, 0, 0, 4, 0b00111_001, 0b0_0011_011, 0b1_1111_1_00, 0b011_11111, 0b111_00000]
"""By hand: 4 values of 8 bits, lengths of 3, 4, 8 and 16 bits; one run (1) of the first kind (00), 3 + 1 long (011), of 255."""


def test_one_painted_pixel_by_hand():
    assert brush_of(np.array([[True]])) == ONE_PIXEL
    assert mask_of_brush(ONE_PIXEL, (1, 1)).tolist() == [[True]]


def test_what_a_browser_writes_has_colours_and_single_values():
    """Two pixels, by hand: (200, 100, 50, 255) one by one, and then 4 zeros; lengths have 1, 2, 3 and 4 bits here."""
    bits = f"{8:032b}" + f"{7:05b}" + "0000" + "0001" + "0010" + "0011"
    bits += "0" + "01" + "11" + "".join(f"{value:08b}" for value in (200, 100, 50, 255))
    bits += "1" + "10" + "011" + f"{0:08b}"
    bits += "0" * (-len(bits) % 8)
    rle = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    assert mask_of_brush(rle, (1, 2)).tolist() == [[True, False]]
    assert mask_of_brush(rle, (2, 1)).tolist() == [[True], [False]]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40), st.sampled_from([0, 0.02, 0.5, 0.98, 1]))
def test_every_pixel_comes_back(seed, height, width, share):
    mask = np.random.default_rng(seed).random((height, width)) < share
    assert np.array_equal(mask_of_brush(brush_of(mask), mask.shape), mask)


@pytest.mark.parametrize("pixels", [1, 2, 3, 4, 5, 64, 65, 16384, 16385, 32768, 40000])
def test_runs_at_the_limits_of_their_lengths(pixels):
    """Runs of 8, 16, 256 and 65536 values are the longest of their kind."""
    mask = np.concatenate([np.zeros(pixels, dtype=bool), np.ones(pixels, dtype=bool), [False]])[None]
    assert np.array_equal(mask_of_brush(brush_of(mask), mask.shape), mask)


@pytest.mark.parametrize(
    ("rle", "message"),
    [
        ([], "at least 7 bytes"),
        ([0, 0, 0], "at least 7 bytes"),
        ([0, 0, 0, 300], "numbers from 0 to 255"),
        (["a"], "numbers from 0 to 255"),
        (None, "numbers from 0 to 255"),
        ([ONE_PIXEL], "at least 7 bytes|damaged"),
        (ONE_PIXEL[:-2], "ends after 0 of 4 values"),
        ([0, 0, 0, 8, *ONE_PIXEL[4:]], "2 pixels where the image has 1"),
        ([255, 255, 255, 255, *ONE_PIXEL[4:]], "1073741823 pixels where the image has 1"),
        ([*ONE_PIXEL[:4], 0b01111_001, *ONE_PIXEL[5:]], "16 bits per value"),
        ([*ONE_PIXEL[:7], 0b111_11111, *ONE_PIXEL[8:]], "ends after 0 of 4"),
    ],
)
def test_damaged_brushes(rle, message):
    with pytest.raises(ValueError, match=message):
        mask_of_brush(rle, (1, 1))


@pytest.mark.slow
def test_as_the_codec_of_label_studio():
    pytest.importorskip("label_studio_sdk", reason='label-studio-sdk is not here: pip install "alseg[label-studio]"')
    try:
        theirs = importlib.import_module("label_studio_sdk.converter.brush")
    except ImportError as error:  # of what else it asks for
        pytest.skip(f"the codec of label-studio-sdk cannot be imported: {error}")
    rng = np.random.default_rng(0)
    for share in (0.01, 0.5, 0.99):
        mask = rng.random((37, 53)) < share
        assert np.array_equal(theirs.decode_rle(brush_of(mask)).reshape(37, 53, 4)[..., 3] > 0, mask)
        assert np.array_equal(mask_of_brush(theirs.mask2rle(mask.astype(np.uint8) * 255), mask.shape), mask)
