"""A part of the campaign: bad inputs are answered in one line, what is killed goes on, and nothing hostile is obeyed."""

import pytest

from benchmarks.campaign.answered import Answer
from benchmarks.campaign.bad_inputs import Campaign


@pytest.mark.slow
def test_bad_inputs_are_answered_in_one_line(tmp_path):
    outcomes = [*Campaign(tmp_path).outcomes(range(30))]
    assert [outcome for outcome in outcomes if outcome.fault] == []
    assert {outcome.how[-1] for outcome in outcomes} >= {"0", "2"}  # exit codes
    assert {outcome.kind.split()[0] for outcome in outcomes} == {"manifest", "image", "setting", "run", "answer"}


@pytest.mark.parametrize(("code", "said", "seconds", "fault"), [
    (2, "alseg data: a.png: not an image\n", 1.0, None), (0, "", 1.0, None), (1, "one run failed", 1.0, None),
    (2, "alseg data: something\n", 1.0, "the error does not name the file"),
    (2, "alseg data: a.png: x\nalseg data: a.png: y\n", 1.0, "2 lines of errors"),
    (None, "Traceback: KeyError: 'a.png'", 1.0, "a traceback"), (1, "Traceback (most recent call last):", 1.0, "a traceback"),
    (3, "a.png", 1.0, "exit code 3"), (0, "", 61.0, "it took 61 s"),
])  # fmt: skip
def test_what_is_a_fault(code, said, seconds, fault):
    found = Answer(code, said, seconds).fault(["a.png"])
    assert (found or "").startswith(fault or "")
    assert (found is None) == (fault is None)
