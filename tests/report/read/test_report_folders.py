"""Where runs are looked for, and what is said of the places where none were read."""

from __future__ import annotations

import pytest

from alseg.errors import RunFolderError
from alseg.report.read.folders import run_folders


def found(*paths):
    unread = []
    folders = run_folders(paths, unread)
    return folders, [(one.path, one.reason) for one in unread]


def test_a_link_to_a_run_elsewhere_is_named_and_not_followed(make_run, tmp_path):
    run, elsewhere = make_run("random", 0), make_run("random", 1, folder="../elsewhere/deep/run")
    (run.parent / "linked").symlink_to(elsewhere)
    (run.parent / "sweep").symlink_to(elsewhere.parent.parent)
    says = "a symbolic link, and links are not followed; give {} itself"
    assert found(run.parent) == (
        [run],
        [
            (run.parent / "linked", says.format(elsewhere.resolve())),
            (run.parent / "sweep", says.format(elsewhere.parent.parent.resolve())),
        ],
    )
    assert found(run.parent / "linked")[0] == [run.parent / "linked"]  # what the user names is followed
    assert found(run.parent, tmp_path / "elsewhere") == ([tmp_path / "elsewhere" / "deep" / "run", run], [])


def test_links_within_what_is_searched_and_to_other_things_say_nothing(make_run, tmp_path):
    run = make_run("random", 0)
    (run.parent / "latest").symlink_to(run)
    (run.parent / "above").symlink_to(run.parent)
    (tmp_path / "images").mkdir()
    (run.parent / "data").symlink_to(tmp_path / "images")
    assert found(run.parent) == ([run], [])


def test_a_link_to_nowhere_may_have_been_a_run(make_run):
    run = make_run("random", 0)
    (run.parent / "gone").symlink_to("nothing")
    (run.parent / "self").symlink_to("self")
    assert [reason for _, reason in found(run.parent)[1]] == ["a symbolic link that leads nowhere"] * 2


def test_a_stray_ledger_hides_no_run(make_run):
    run = make_run("random", 0, folder="sweep/run")
    (run.parent / "ledger.jsonl").touch()
    folders, unread = found(run.parent)
    assert folders == [run]
    assert unread == [(run.parent, "there is a ledger.jsonl but no config.yaml, so its settings are unknown")]


def test_a_path_that_is_not_there_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(RunFolderError, match="no such folder"):
            found(path)
