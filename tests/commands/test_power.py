"""``alseg power``: what it prints, and one line for what cannot be."""

from __future__ import annotations

import re

import pytest

from alseg.cli import main
from alseg.report.statistics.power import Spread, detectable, seeds_needed
from tests.helpers.run_files import run_maker


def numbers(text):
    """Rows of the tables, as they stand on the terminal."""
    return [re.findall(r"[\d.,]+", line) for line in text.splitlines() if line.startswith("│")]


@pytest.fixture
def pilot(tmp_path):
    """entropy is ahead of random by 0.01, 0.02, 0.03 at three seeds."""
    make = run_maker(tmp_path)
    for seed in range(3):
        for strategy, gain in (("random", 0.0), ("entropy", 0.01 * (seed + 1))):
            make(strategy, seed, {10: 0.5, 20: 0.7 + gain, 30: 0.7 + gain})
    return tmp_path / "runs"


def test_from_a_spread(capsys):
    assert (
        main(["power", "--sd", "0.02", "--strategies", "6", "--difference", "0.01", "-0.02", "--seeds", "5", "100"])
        == 0
    )
    out = capsys.readouterr().out
    small, large, five, hundred = numbers(out)
    assert small == ["0.01", str(seeds_needed(0.01, 0.02, 6))] == ["0.01", "52"]
    assert large == ["0.02", str(seeds_needed(0.02, 0.02, 6))]
    assert five == ["5", f"{detectable(0.02, 5, 6):.4f}"]
    assert hundred == ["100", f"{detectable(0.02, 100, 6):.4f}"]
    assert "6 comparisons with the control" in out
    assert "Wilcoxon's test takes 8 seeds" in out
    assert "upper limit" not in out


def test_the_seeds_of_a_pilot_widen_its_spread(capsys):
    assert (
        main(
            ["power", "--sd", "0.02", "--pilot-seeds", "3", "--strategies", "1", "--difference", "0.02", "--seeds", "9"]
        )
        == 0
    )
    first, second = numbers(capsys.readouterr().out)
    upper = Spread(0.02, 2).upper()
    assert first == ["0.02", str(seeds_needed(0.02, 0.02)), str(seeds_needed(0.02, upper))]
    assert second == ["9", f"{detectable(0.02, 9):.4f}", f"{detectable(upper, 9):.4f}"]


def test_from_pilot_runs(pilot, capsys):
    assert main(["power", "--runs", str(pilot), "--difference", "0.005", "--seeds", "4"]) == 0
    out = capsys.readouterr().out
    upper = Spread(0.01, 2).upper()
    assert numbers(out)[0] == ["0.005", str(seeds_needed(0.005, 0.01)), str(seeds_needed(0.005, upper))]
    assert "phantoms: Dice, AUBC, 3 seeds. SD of the paired differences 0.0100, 80% upper limit" in out
    assert main(["power", "--runs", str(pilot), "--strategies", "7", "--difference", "0.005", "--seeds", "4"]) == 0
    assert numbers(capsys.readouterr().out)[0][1] == str(seeds_needed(0.005, 0.01, 7))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_digit_is_cut(width, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("alseg.terminal.WIDE", width)
    assert main(["power", "--sd", "0.02", "--pilot-seeds", "3", "--strategies", "6", "--difference", "0.00003"]) == 0
    out = capsys.readouterr().out
    assert out.count("> 10,000") == 2
    assert "…" not in out
    assert ["5", f"{detectable(0.02, 5, 6):.4f}", f"{detectable(Spread(0.02, 2).upper(), 5, 6):.4f}"] in numbers(out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sd", "0", "--strategies", "6"], "--sd 0: a standard deviation is above 0"),
        (["--sd", "nan", "--strategies", "6"], "--sd nan: a standard deviation is above 0"),
        (["--sd", "0.02"], "--sd: say how many strategies"),
        (["--sd", "0.02", "--strategies", "0"], "--strategies 0: at least 1"),
        (["--sd", "0.02", "--strategies", "6", "--pilot-seeds", "1"], "--pilot-seeds 1: a spread takes at least 2"),
        (["--sd", "0.02", "--strategies", "6", "--difference", "0"], "--difference 0: a number other than 0"),
        (["--sd", "0.02", "--strategies", "6", "--seeds", "2"], "--seeds 2: nothing is tested below 3 seeds"),
        (["--sd", "0.02", "--strategies", "6", "--chance", "80"], "--chance 80: above 0.05 and below 1"),
        (["--sd", "0.02", "--strategies", "6", "--metric", "dice"], "--metric: it chooses among the runs"),
        (["--runs", "nowhere"], "nowhere: no such folder"),
        (["--runs", ".", "--pilot-seeds", "3"], "--pilot-seeds: the runs of --runs tell it themselves"),
    ],
)
def test_bad_input_is_one_line(arguments, said, capsys):
    assert main(["power", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"alseg power: {said}")


@pytest.mark.parametrize("arguments", [[], ["--sd", "much", "--strategies", "6"], ["--sd", "1", "--runs", "x"]])
def test_what_is_no_number_or_says_it_twice(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["power", *arguments])
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--metric", "auroc"], "--metric auroc: no run measured it; there is dice"),
        (["--control", "bald"], "--control bald: no run has this strategy; there is entropy, random"),
    ],
)
def test_what_the_runs_do_not_have(pilot, more, said, capsys):
    assert main(["power", "--runs", str(pilot), *more]) == 2
    assert said in capsys.readouterr().err


def test_one_seed_tells_no_spread(tmp_path, capsys):
    make = run_maker(tmp_path)
    make("random", 0)
    make("entropy", 0)
    assert main(["power", "--runs", str(tmp_path / "runs")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "the spread cannot be told; it takes two seeds of random and of another strategy" in line
