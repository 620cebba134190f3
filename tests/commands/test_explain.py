"""`alseg explain` and `alseg run --help`: settings with the comments of their files."""

import pytest

from alseg.cli import main
from alseg.commands import settings_text
from alseg.commands.explain import groups
from alseg.composition.explained import explain, summaries


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setattr(settings_text, "width", lambda: 400)


def told(capfd, *words):
    code = main(words)
    out, err = capfd.readouterr()
    return code, out.splitlines(), err


@pytest.mark.slow
def test_a_setting_its_comment_and_its_file(capfd):
    code, lines, _ = told(capfd, "explain", "learner.query_at", "learner=sequal")
    assert code == 0
    assert lines[0] == "learner.query_at=0.7"
    assert "share of the steps after which the two are compared" in lines[1]
    assert lines[2].startswith("  conf/learner/sequal.yaml, line ")


@pytest.mark.slow
def test_the_encoder_which_the_readme_asks_of_is_told(capfd):
    code, lines, _ = told(capfd, "explain", "learner.encoder")
    assert (code, lines[0]) == (0, "learner.encoder=tf_efficientnet_lite0")
    assert "any of timm" in lines[1]


@pytest.mark.slow
def test_a_file_that_sets_a_value_anew_keeps_the_comment_of_the_one_before(capfd):
    """learner=sequal_once sets refine.times without a word on what it is."""
    code, lines, _ = told(capfd, "explain", "learner.refine.times", "learner=sequal_once")
    assert (code, lines[0]) == (0, "learner.refine.times=1")
    assert "repairs per round" in lines[1]
    assert "conf/learner/sequal_once.yaml" in lines[2]


@pytest.mark.slow
def test_a_group_its_choices_and_the_one_that_is_made(capfd):
    code, lines, _ = told(capfd, "explain", "oracle", "oracle=sparse")
    assert code == 0
    assert lines[0] == "oracle=sparse"
    assert [line.split()[1] for line in lines if line.startswith("* ")] == ["sparse"]
    assert any(line.split()[:1] == ["noisy"] for line in lines)
    assert any("unannotated: ignore" in line and "#" in line for line in lines)


@pytest.mark.slow
def test_a_setting_of_ones_own_file(tmp_path, capfd, monkeypatch):
    (tmp_path / "strategy").mkdir()
    (tmp_path / "strategy" / "mine.yaml").write_text("defaults: [entropy, _self_]\nname: mine  # as reports call it\n")
    assert main(["run", "--help", "strategy=mine", "--config-dir", str(tmp_path)]) == 0
    assert "name: mine" in (out := capfd.readouterr().out)
    assert "# as reports call it" in out


@pytest.mark.slow
@pytest.mark.parametrize(("words", "error"), [
    (["learner.query_it", "learner=sequal"], "learner.query_it: no such setting, did you mean learner.query_at"),
    (["seed", "learner=sequel"], "learner=sequel: no such choice, did you mean sequal"),
    (["trainer.steps.more"], "trainer.steps.more: no such setting"),
])  # fmt: skip
def test_what_does_not_exist_is_one_line(capfd, words, error):
    code, lines, err = told(capfd, "explain", *words)
    assert (code, lines) == (2, [])
    assert err.startswith(f"alseg explain: {error}")
    assert err.count("\n") == 1


@pytest.mark.slow
def test_the_help_of_a_run_tells_every_setting_and_what_it_is_for(capfd):
    code, lines, _ = told(capfd, "run", "--help", "learner=sequal")
    assert code == 0
    assert "  strategy" in {line[: len("  strategy")] for line in lines}
    assert not any("_target_" in line for line in lines)
    config = explain(["learner=sequal"]).config
    for name in config.trainer:
        assert any(line.startswith(f"  {name}:") for line in lines), name
    assert any(line.startswith("  steps: 150") and "# optimiser steps per round" in line for line in lines)


def test_every_choice_of_every_group_says_what_it_is():
    missing = [f"{group}/{name}" for group in groups() for name, text in summaries(group).items() if not text]
    assert missing == []


def test_a_long_comment_is_wrapped_beside_its_setting(monkeypatch):
    monkeypatch.setattr(settings_text, "width", lambda: 60)
    (text,) = settings_text.choice_lines({"one": "first of many words that go on and on"}, ["one"])
    assert text == "* one  first of many words that go on and on"
    lines = settings_text._beside("a: 1", "# " + "word " * 12, 34).splitlines()
    assert lines[0] == "a: 1" + " " * 30 + "# word word word word word"
    assert all(line.startswith(" " * 34 + "word") for line in lines[1:])
