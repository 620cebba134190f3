"""A part of the campaign: bad inputs are answered in one line, what is killed goes on, and nothing hostile is obeyed."""

import os

import numpy as np
import pytest

from alseg.runs.ledger import Ledger
from benchmarks.campaign import __main__ as campaign
from benchmarks.campaign import hostile_files, kills
from benchmarks.campaign.answered import Answer
from benchmarks.campaign.bad_inputs import Campaign
from benchmarks.campaign.part import Outcome, Part
from benchmarks.campaign.samples import data_set
from benchmarks.campaign.traps import NAMES, SECRET, VARIABLE, Trap, computed_in, executed_in
from benchmarks.campaign.watch import Watch


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


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_and_decides_the_same(tmp_path):
    (outcome,) = kills.outcomes(tmp_path, range(3, 4), 0, kinds=("probe",))
    assert outcome.fault is None
    assert "before change" in outcome.how
    assert outcome.tried >= 1


def test_another_decision_and_what_is_left_behind_are_faults(tmp_path):
    run = tmp_path / "run"
    Ledger(_made(run) / "ledger.jsonl").append("started", 0, seed=1)
    whole = kills.Whole(kills.decisions(run), ((1.0, 5),))
    assert kills._difference(run, whole) == "not done after 12 starts"
    (run / "DONE").touch()
    assert kills._difference(run, whole) is None
    (run / ".state.json.tmp").touch()
    assert "left behind" in kills._difference(run, whole)
    (run / ".state.json.tmp").unlink()
    Ledger(run / "ledger.jsonl").append("queried", 0)
    assert "more or fewer" in kills._difference(run, whole)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index: COCO", "index: CVAT", "manifest: mask link"])
def test_hostile_files_do_nothing(tmp_path, monkeypatch, name):
    monkeypatch.setenv(VARIABLE, "")
    data_set(tmp_path / "runs" / "scans", ".png", np.random.default_rng(0), images=1)
    assert hostile_files.CASES[name](Trap(tmp_path / "trap", Watch()), tmp_path / "runs") is None


def test_what_hostile_files_would_do_is_seen(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    trap = Trap(tmp_path / "trap", Watch())
    with trap.watch.over(trap.outside, trap.folder) as seen:
        (trap.folder / "allowed").write_text("x")
        assert seen == []
        (trap.folder / "link").symlink_to(trap.outside / "secret.txt")
        (trap.folder / "link").read_text()
        (trap.folder / "allowed").rename(trap.outside / "moved")
        os.system("true")
    assert [line.split()[0] for line in seen] == ["read", "write", "os.system"]
    assert executed_in("<script>let x = '<b>';hacked()</script><p title='hacked()'>") is None
    assert executed_in(f"<p>{NAMES[0]}") == "<script>hacked()"
    assert executed_in(f'<p title="{NAMES[1]}">') == "<img onerror=hacked()>"
    assert executed_in('<a href="javascript:hacked()">') == "<a href=javascript:hacked()>"
    assert computed_in("id\n'=cmd('calc')\n") is None
    assert computed_in("id\n=cmd('calc')\n") == "=cmd('calc')"
    (trap.folder / "a.txt").write_text(SECRET)
    assert "the secret is in" in next(trap.told())


def test_a_part_goes_on_where_it_ended(tmp_path, monkeypatch, capsys):
    tried = []

    def outcomes(folder, places, seed):
        for place in places:
            tried.append((place, seed))
            yield Outcome("odd" if place % 2 else "even", f"{place}", "it broke" if place == 2 else None, tried=2)

    monkeypatch.setattr(campaign, "PARTS", {"some": Part("about", 3, outcomes)})
    arguments = ["--out", str(tmp_path), "--seed", "7"]
    assert campaign.main(["some", *arguments, "--trials", "2"]) == 0
    assert campaign.main([*arguments, "--resume"]) == 1
    assert tried == [(0, 7), (1, 7), (2, 7)]
    said = capsys.readouterr().out
    assert "FAULT even: 2" in said
    assert said.splitlines()[-3:] == ["some  even  4      1", "some  odd   2      0", "6 tried, 1 faults"]
    with pytest.raises(SystemExit, match="2"):
        campaign.main(["other"])
    assert "there is no part 'other'; there are some" in capsys.readouterr().err


def _made(folder):
    folder.mkdir()
    return folder
