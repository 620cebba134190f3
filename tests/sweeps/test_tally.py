"""How a sweep stands: counted from notes, said on a terminal and in a file."""

import io
import pickle

import pytest

from alseg.sweeps import watch
from alseg.sweeps.notes import Note, Notes
from alseg.sweeps.tally import Tally, duration, tally
from alseg.sweeps.watch import Watch


def notes(**states: str) -> dict[int, Note]:
    return {int(job[1:]): Note(job, state) for job, state in states.items()}


def test_what_was_done_before_counts_at_once_but_not_for_the_time_left():
    assert tally(10, {0, 1, 2}, {}, 5.0) == Tally(10, 3, 0, 0, 0, 0, None)
    # jobs 3 and 4 took 40 s together; 5 of 10 are left
    counted = tally(10, {0, 1, 2}, notes(j0="done", j3="done", j4="failed", j5="running"), 40.0)
    assert counted == Tally(10, 4, 1, 1, 0, 0, 100.0)
    assert str(counted) == "4 of 10 runs done, 1 running, 1 failed, about 2 min left"
    assert counted.short == "4/10 · 1 failed · 2 min left"


def test_a_finished_run_that_is_refused_counts_as_failed():
    assert tally(2, {0, 1}, notes(j0="failed"), 1.0) == Tally(2, 1, 0, 1, 0, 0, 0.0)


def test_every_state_is_counted_once_and_the_end_has_no_time_left():
    counted = tally(5, {0}, notes(j1="done", j2="awaiting", j3="elsewhere", j4="failed"), 30.0)
    assert counted == Tally(5, 2, 0, 1, 1, 1, 0.0)
    assert str(counted) == "2 of 5 runs done, 1 failed, 1 awaiting annotations, 1 at work elsewhere"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (89, "89 s"), (600, "10 min"), (12000, "3 h 20 min"), (187200, "2 d 4 h")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_notes_travel_by_pickle_and_are_gone_with_their_sweep(tmp_path):
    ours = Notes(tmp_path)
    lock = ours.open()
    in_another_process = pickle.loads(pickle.dumps(ours))
    in_another_process.write(3, Note("here", "running"))
    known = ours.read({})
    assert known == {3: Note("here", "running")}
    in_another_process.write(3, Note("here", "failed", "no luck"))
    assert ours.read(known) == {3: Note("here", "failed", "no luck")}
    ours.close(lock)
    in_another_process.write(4, Note("there", "done"))
    assert list((tmp_path / ".sweep").iterdir()) == []


def test_notes_of_a_sweep_that_was_killed_are_removed_and_those_of_one_that_lives_are_not(tmp_path):
    killed, alive, ours = Notes(tmp_path), Notes(tmp_path), Notes(tmp_path)
    killed.open().release()
    lock = alive.open()
    ours_lock = ours.open()
    assert sorted((tmp_path / ".sweep").iterdir()) == sorted([alive.path, ours.path])
    ours.close(ours_lock)
    alive.close(lock)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def followed(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.01)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "DONE").touch()
    sweep = Notes(tmp_path)
    lock = sweep.open()
    yield sweep, [tmp_path / name for name in "abc"]
    sweep.close(lock)


def test_a_file_gets_whole_lines_now_and_then(followed):
    sweep, folders = followed
    stream = io.StringIO()
    line = Watch(sweep, folders, stream=stream)
    line.say()
    for job in (1, 2):
        sweep.write(job, Note(str(folders[job]), "done"))
        line.say()
        line.say()
    # the second of three came too soon after the first; the end is always told, and once
    assert stream.getvalue() == "sweep: 1 of 3 runs done\nsweep: 3 of 3 runs done\n"


def test_a_thread_tells_the_end_and_the_traceback_of_what_nobody_else_shows(followed):
    sweep, folders = followed
    folders[1].mkdir()
    (folders[1] / "FAILED").write_text("Traceback ...\nZeroDivisionError\n")
    stream = io.StringIO()
    line = Watch(sweep, folders, silent_jobs=True, stream=stream)
    line.start()
    sweep.write(1, Note(str(folders[1]), "failed", "ZeroDivisionError()"))
    sweep.write(2, Note(str(folders[2]), "done"))
    line.stop()
    assert "sweep: 2 of 3 runs done, 1 failed\n" in stream.getvalue()
    assert stream.getvalue().count("Traceback ...\nZeroDivisionError\n") == 1


def test_a_terminal_has_one_line_that_is_taken_away_at_the_end(followed, monkeypatch):
    sweep, folders = followed
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    stream = Terminal()
    line = Watch(sweep, folders, stream=stream)
    line.start()
    sweep.write(1, Note(str(folders[1]), "running"))
    sweep.write(2, Note(str(folders[2]), "done"))
    line.stop()
    text = stream.getvalue()
    assert "sweep: 2 of 3 runs done, 1 running" in text
    assert text.count("\n") == 1  # rich steps below the line, and back up to erase it
    assert text.rstrip().endswith("\x1b[2K")
