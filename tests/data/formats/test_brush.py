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


STROKE = (
    "00010000391bff9c2b008ce63ef8fd23e28f423bd8eb239a8dfeda0467b1964635c070c0236ac77ff1fbc7cd1ea475785e0237f8d8e33e8c6b80c3804625"
    "1b9c71f1d0c7691e2c7b31f5e67ff8fca3df8f363bc8eaa3988dd6da046771954631c059c0230e8c863338d123578da637b8e3a39f8ec63c18f4e3e5ceff"
    "f1ebc7691c5db808df636b8d663458cda3248c4b80b380464d1a4c6e36e023818e4a3a48eda3c78f6e3eecc7ff1ee5bc08eda3a48e4637f8dba35c8d2b80"
    "b9804623191c66b1a2c6b31b646fb1c847451da4f811ebe67ff8fba3dc8f1e3b98e9a3948d9b0da0464fc057c0230f8c86333b6811a0c6bd1c0c74f7f023"
    "cd8f823f2cbfff1ef47836f023b38e8638f8dc6311e02f60118bc65319dc69b1afc6e31c1472b1d3c7751e6c7bf1f8e4bff8da380d9804627192c66d6d02"
    "3438d8e3878eb2fe047a11f147e91f7c673d48ac00"
)
"""A stroke from left to right that was drawn with the mouse in Label Studio 1.23.2, in Chromium, on an image of 128x128."""


def test_a_stroke_of_a_mouse_runs_out_at_its_edge():
    stroke = mask_of_brush(list(bytes.fromhex(STROKE)), (128, 128))
    rows, columns = np.nonzero(stroke)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (78, 86, 12, 115)
    assert stroke.sum() == 269  # of 354 pixels that it touches
    assert set(stroke.sum(axis=0)[14:114]) == {2, 3}  # two or three pixels thick, without a gap


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
