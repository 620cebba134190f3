import logging
import re

import pytest

from alseg.terminal import LogLines


def test_a_message_of_a_run_is_one_line_that_can_be_copied(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    path = "/data/[scans]/requests/round-00/answers/202201121748100022VAS_slice_2423_mask.png"
    message = f"{path}: no image has this name; did you mean 202201121748100022VAS_slice_2423?"
    LogLines().handle(logging.LogRecord("alseg", logging.INFO, __file__, 1, message, (), None))
    out = capsys.readouterr().out
    assert re.fullmatch(r"\d\d:\d\d:\d\d (.*)\n", out).group(1) == message  # type: ignore[union-attr]
