"""A folder of one's own, outside of ``experiments/``, by its path."""

from pathlib import Path

import pytest

from alseg.cli import main
from alseg.reproduction.experiment import find

ANALYSE = """
import pandas as pd

CONDITION = ["strategy"]


def describe(config):
    return {"strategy": config["strategy"]["name"]}


def ours(rows, entry, which):
    return {"": dict(zip(rows["seed"], rows["test/dice"]))}


TABLES, FIGURES = {"dice": lambda rows: rows[["seed", "test/dice"]]}, {}
"""


@pytest.fixture
def own(tmp_path) -> Path:
    folder = tmp_path / "papers" / "mine"
    folder.mkdir(parents=True)
    (folder / "analyse.py").write_text(ANALYSE)
    (folder / "sweep.yaml").write_text("sweeps:\n  - {command: data=phantom_carotid name=mine, cpu_hours: 0.1}\n")
    (folder / "paper.yaml").write_text(
        "paper: P\nresults: [{metric: Dice, value: 0.5, source: abstract, ours: mine}]\n"
    )
    return folder


def test_it_is_found_by_its_path_without_a_clone(own, monkeypatch, capsys):
    monkeypatch.setattr("alseg.composition.paths.conf", lambda: own / "nowhere" / "conf")
    assert main(["reproduce", "papers/mine"]) == 2
    assert "alseg reproduce papers/mine --data DATA makes it" in capsys.readouterr().err
    (own / "results.csv").write_text("strategy,seed,test/dice\nrandom,0,0.6\nrandom,1,0.8\n")
    assert main(["reproduce", "papers/mine", "--table", "dice"]) == 0
    assert "0.8" in capsys.readouterr().out
    assert main(["reproduce", f"{own}/"]) == 0
    assert "│ Dice   │ 0.5   │ 0.7 [" in capsys.readouterr().out


def test_a_name_is_one_of_the_experiments(own, monkeypatch):
    monkeypatch.chdir(own.parent)
    assert find("coldstart").folder.parent.name == "experiments"
    assert main(["reproduce", "mine"]) == 2
    assert find("./mine").called == "./mine"
    assert find("../papers/mine").called == "../papers/mine"
