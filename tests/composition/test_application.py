"""Hydra's application takes the command line that it is given, and leaves the process as it was."""

import os
import sys

import pytest
from hydra.errors import HydraException

from alseg.cli import main
from alseg.composition import composing
from alseg.composition.application import FULL_ERROR, start
from alseg.sweeps.current import begin


@pytest.fixture(params=[None, "0"])
def variable(request, monkeypatch):
    """The variable's value before the call."""
    monkeypatch.delenv(FULL_ERROR, raising=False)
    if request.param is not None:
        monkeypatch.setenv(FULL_ERROR, request.param)
    return request.param


@pytest.mark.slow
def test_what_is_printed_is_of_this_command_line_and_not_of_the_process(variable, capfd, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["pytest", "--cfg", "all", "seed=1"])
    before = sys.argv
    assert main(["run", "--cfg", "job", "-p", "budget", "budget.rounds=7"]) == 0
    assert "rounds: 7" in capfd.readouterr().out
    assert sys.argv is before
    assert os.environ.get(FULL_ERROR) == variable


def test_an_error_arrives_and_the_process_is_as_before(variable, monkeypatch):
    monkeypatch.setattr(sys, "argv", before := ["pytest"])
    composing.register()
    with begin(), pytest.raises(HydraException):
        start(print, ["strategy=no_such_strategy"])
    assert sys.argv is before
    assert os.environ.get(FULL_ERROR) == variable
