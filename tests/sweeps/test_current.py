"""The state of one call of ``alseg run``: there while it runs, gone after it, and in no other process."""

import pickle

import pytest
from omegaconf import OmegaConf

from alseg.composition.folder_names import folder_name
from alseg.sweeps.callback import SweepReport
from alseg.sweeps.current import bar_prefix, begin, current
from alseg.sweeps.notes import Notes


def test_a_call_is_current_while_it_runs_and_no_longer():
    with pytest.raises(LookupError):
        current()
    with begin() as outer:
        assert current() is outer
        with begin() as inner:
            assert current() is inner
        assert current() is outer
    with pytest.raises(LookupError):
        current()


def test_a_call_that_fails_is_closed_and_gone():
    closed = []

    class Pass:
        def close(self):
            closed.append(self)

    def fails():
        with begin() as call:
            call.sweep = Pass()
            raise RuntimeError("broken off")

    with pytest.raises(RuntimeError):
        fails()
    assert len(closed) == 1
    with pytest.raises(LookupError):
        current()


def test_bars_show_the_progress_of_the_call_under_way():
    assert bar_prefix() == ""
    with begin() as call:
        assert bar_prefix() == ""
        call.bar_prefix = "3/16"
        assert bar_prefix() == "3/16 │ "
        call.close()
        assert bar_prefix() == ""


def test_the_process_of_a_job_gets_the_notes_and_the_resolvers_and_nothing_of_the_call(tmp_path):
    with begin() as call:
        call.before = lambda: None  # which cannot be pickled
        here = SweepReport()
        here.notes = Notes(tmp_path)
        sent = pickle.dumps(here)
    OmegaConf.clear_resolver("job_folder")
    there = pickle.loads(sent)
    assert there.notes.path == here.notes.path
    assert there._call is None
    made = OmegaConf.create({"folder": "${job_folder:['strategy=random'],3,sweep}"})
    assert made.folder == f"{folder_name(['strategy=random'])}/seed=3"
