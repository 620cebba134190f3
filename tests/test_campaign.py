"""A tenth of the campaign of bad inputs: no traceback, no hang, documented exit codes, and errors that name the file."""

import pytest

from benchmarks.campaign.bad_inputs import Campaign, Outcome


@pytest.mark.slow
def test_bad_inputs_are_answered_in_one_line(tmp_path):
    outcomes = [*Campaign(tmp_path).outcomes(30)]
    assert [outcome for outcome in outcomes if outcome.fault] == []
    assert {outcome.code for outcome in outcomes} >= {0, 2}
    assert {outcome.kind.split()[0] for outcome in outcomes} == {"manifest", "image", "setting", "run", "answer"}


@pytest.mark.parametrize(("code", "said", "seconds", "fault"), [
    (2, "alseg data: a.png: not an image\n", 1.0, None), (0, "", 1.0, None), (1, "one run failed", 1.0, None),
    (2, "alseg data: something\n", 1.0, "the error does not name the file"),
    (2, "alseg data: a.png: x\nalseg data: a.png: y\n", 1.0, "2 lines of errors"),
    (None, "Traceback: KeyError: 'a.png'", 1.0, "a traceback"), (1, "Traceback (most recent call last):", 1.0, "a traceback"),
    (3, "a.png", 1.0, "exit code 3"), (0, "", 61.0, "it took 61 s"),
])  # fmt: skip
def test_what_is_a_fault(code, said, seconds, fault):
    assert Outcome("image", "", ("a.png",), code, said, seconds, 0.0).fault == fault
