"""Text and files as they are written."""

from __future__ import annotations

import pytest

from alseg.files import csv_text


@pytest.mark.parametrize("text", ["=x", "+1 a", "-x", "@x"])
def test_what_a_spreadsheet_program_would_compute(text: str) -> None:
    """An apostrophe is put before it; and before a text that has one already, which else would be the same cell."""
    assert csv_text(text) == f"'{text}"
    assert len({csv_text(some) for some in (text, f"'{text}", f"''{text}")}) == 3


@pytest.mark.parametrize("text", ["-1", "+1.5", "'a", "it's", "", "'"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert csv_text(text) == text
