"""From the folder of a paper to its runs and its tables."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alseg import children
from alseg.cli import main
from alseg.errors import ConfigError
from alseg.reproduction import experiment as experiments
from alseg.reproduction import make, readme
from alseg.reproduction.beside import beside_the_paper
from alseg.reproduction.experiment import Experiment, Sweep
from alseg.reproduction.plan import plan
from experiments import tables
from tests.helpers import forked

ROOT = Path(__file__).parents[2] / "experiments"
PAPERS = sorted(path.parent.name for path in ROOT.glob("*/sweep.yaml") if (path.parent / "results.csv").exists())

SMALL = (
    "experiment=demo data=phantom_carotid_small data.size=[32,64] learner.weights=none "
    "learner.encoder=test_efficientnet trainer.steps=2 trainer.batch_size=2 trainer.accelerator=cpu budget.initial=3 "
    "budget.query=2 budget.rounds=2 logger=csv map=none name=small strategy=random,{} seed=0,1"
)
ANALYSE = '''
from functools import partial
from experiments import figures, tables

CONDITION = ["strategy"]

def describe(config):
    return {"strategy": config["strategy"]["name"]}

def ours(rows, entry, which):
    some = rows[(rows["strategy"] == "random") & (rows["n_labelled"] == 5)]
    return {"": dict(zip(some["seed"], some["test/dice"]))}

def curve(rows):
    """Dice by strategy."""
    return figures.curves(rows, "strategy", ["strategy"], "test/dice", "Dice")

TABLES = {"dice": partial(tables.per_budget, by=CONDITION, metric="test/dice")}
FIGURES = {"curve": curve}
'''
PAGE = "\n".join(
    f"Words.\n<!-- made by alseg reproduce: {part} -->\n<!-- end -->" for part in ("commands", "paper", "curve", "dice")
)


@pytest.fixture
def mini(tmp_path, monkeypatch) -> Path:
    """A clone with one small experiment."""
    folder = tmp_path / "clone" / "experiments" / "mini"
    folder.mkdir(parents=True)
    for name in ("__init__.py", "tables.py", "figures.py"):
        shutil.copy(ROOT / name, folder.parent)
    (folder / "analyse.py").write_text(ANALYSE)
    (folder / "README.md").write_text(PAGE + "\nMore words.\n")
    (folder / "sweep.yaml").write_text(f"sweeps:\n  - {{command: '{SMALL.format('entropy')}', cpu_hours: 0.1}}\n")
    (folder / "paper.yaml").write_text(
        "paper: P\ndiffers: {data: a phantom}\nresults: [{metric: Dice, value: 0.5, source: abstract, ours: mini}]\n"
    )
    monkeypatch.setattr(experiments, "experiments", lambda: folder.parent)
    return folder


@pytest.mark.slow
def test_it_runs_what_is_missing_and_then_tells_of_it(mini, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(children, "run", forked.run)
    assert main(["reproduce", "mini", "--data", str(tmp_path), "--dry-run"]) == 0
    assert "4 runs are missing" in capfd.readouterr().out
    assert not Path("runs").exists()

    assert main(["reproduce", "mini", "--data", str(tmp_path)]) == 0
    out = capfd.readouterr().out
    assert "4 runs, 0 done" in out
    runs = sorted(Path("runs/small").glob("*/*/DONE"))
    assert len(runs) == 4
    planned = plan(Experiment(mini).sweeps[0], tmp_path, Path("runs"))
    assert {run.parent for run in runs} == set(planned.runs)

    results = pd.read_csv(mini / "results.csv")
    assert results[["strategy", "seed", "n_labelled"]].to_numpy().tolist() == [
        [strategy, seed, n] for strategy in ("entropy", "random") for seed in (0, 1) for n in (3, 5)
    ]
    page = (mini / "README.md").read_text()
    assert page.startswith("Words.\n<!-- made by alseg reproduce: commands -->\n\n```sh\n")
    assert page.endswith("\nMore words.\n")
    assert "# 4 runs, about 0.1 CPU-hours" in page
    assert "| strategy | 3 | 5 |" in page
    mean = results[(results["strategy"] == "random") & (results["n_labelled"] == 5)]["test/dice"].mean()
    assert f"| Dice | 0.5 | {mean:.1f} [" in page
    assert "![Dice by strategy](curve.svg)" in page
    assert make.fingerprint(mini / "results.csv") in (mini / "curve.svg").read_text()

    # nothing to run, nothing changes
    assert main(["reproduce", "mini", "--data", str(tmp_path)]) == 0
    out = capfd.readouterr().out
    assert "4 runs, 4 done; the rest takes about 0.0 CPU-hours" in out
    assert "Brought up" not in out

    # a run that is lost: told, and results.csv does not become less than it was
    runs[0].unlink()
    before = (mini / "results.csv").read_bytes()
    assert main(["reproduce", "mini", "--runs", "runs", "--table", "dice"]) == 0
    out = capfd.readouterr().out
    assert "1 runs are not finished" in out
    assert "is left as it was" in out
    assert (mini / "results.csv").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing"], "nothing: there is no experiment of this name; there are mini"),
        (["mini", "--table", "x"], "--table x: there is no such table; there are paper, dice"),
        (["mini", "--data", "nowhere"], "--data nowhere: there is no such folder"),
        (["mini", "trainer.steps=3"], "trainer.steps=3: it would change what is computed"),
        (["mini"], "results.csv: there is no such file yet"),
        (["mini", "--runs", "nowhere"], "none of the runs is finished"),
    ],
)
def test_bad_input_is_one_line(mini, capsys, arguments, told):
    assert main(["reproduce", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_an_installation_without_experiments_says_what_it_takes(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("alseg.composition.paths.conf", lambda: tmp_path / "alseg" / "conf")
    assert main(["reproduce", "coldstart"]) == 2
    assert "to reproduce a paper takes a clone of the repository" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("command: a", "a sweep has a command and cpu_hours"),
        ("command: nothing=1, cpu_hours: 1", "nothing"),
    ],
)
def test_a_sweep_that_cannot_be(mini, text, told):
    (mini / "sweep.yaml").write_text(f"sweeps: [{{{text}}}]")
    with pytest.raises(ConfigError, match=told):
        plan(Experiment(mini).sweeps[0], None, Path("runs"))


@pytest.mark.slow
def test_the_plan_counts_as_hydra_does():
    """Settings of the experiment's file, overridden by the command line; a choice in braces is none."""
    command = "experiment=coldstart_first data.root=DATA/x data.where={site:a} budget.initial=5,10"
    found = plan(Sweep(command, 6.0), Path("/d"), Path("r"))
    assert len(found.runs) == 2 * 2 * 6 * 10
    assert len(set(found.runs)) == len(found.runs)
    assert found.hours_left == 6.0
    assert "data.root=/d/x" in found.settings
    assert {folder.name for folder in found.runs} == {f"seed={n}" for n in range(10)}
    assert all(folder.parts[:2] == ("r", "coldstart_first") for folder in found.runs)


def numbers(*results):
    """The table of a paper with these results; ours are 1, 2, 3 and one more."""
    rows = pd.DataFrame({"seed": [0, 1, 2], "x": [1.0, 2.0, 3.0]})
    more = {"value": 0.0, "baseline": 0.0, "proposed": 1.0}

    def ours(rows, entry, which):
        return {"v": {seed: x + more[which] for seed, x in zip(rows["seed"], rows["x"])}}

    return beside_the_paper({"results": results}, rows, ours).to_dict("records")


def test_a_number_its_counterpart_and_the_difference():
    """t(2 degrees of freedom) at 97.5% is 4.3027; the standard error of 1, 2, 3 is 1 / sqrt(3): half a width of 2.484."""
    (line,) = numbers({"metric": "m", "value": 1.25, "source": "s", "ours": "x"})
    assert line == {
        "metric": "m",
        "number": "v",
        "paper": "1.25",
        "ours": "2.00 [-0.48, 4.48]",
        "ours - paper": "+0.75 [-1.73, +3.23]",
        "source": "s",
    }


def test_a_gain_is_paired_on_the_seed():
    lines = numbers({"metric": "m", "baseline": 0.5, "proposed": 0.75, "source": "s", "ours": "x"})
    assert [line["number"] for line in lines] == ["baseline, v", "proposed, v", "gain, v"]
    assert (lines[2]["paper"], lines[2]["ours"]) == ("+0.25", "+1.00 [+1.00, +1.00]")
    assert lines[2]["ours - paper"] == "+0.75 [+0.75, +0.75]"


def test_what_is_not_known_stays_empty():
    unknown = {"metric": "a", "value": None, "source": "s", "ours": None}
    theirs = {"metric": "b", "baseline": 14.2, "proposed": 9.38, "source": "s", "ours": None}
    units = {"metric": "c", "value": 7, "source": "s", "ours": "x", "comparable": False}
    spread = {"metric": "d", "value": 160, "sd": 140, "source": "s", "ours": None}
    lines = numbers(unknown, theirs, units, spread)
    assert [line["paper"] for line in lines] == ["", "14.20 → 9.38", "7", "160 ± 140"]
    assert [line["ours"] for line in lines] == ["", "", "2.0 [-0.5, 4.5]", ""]
    assert {line["ours - paper"] for line in lines} == {""}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<!-- made by alseg reproduce: a -->\n", "'a' has no"),
        ("<!-- end -->\n", "do not match"),
        ("<!-- made by alseg reproduce: a -->\n<!-- end -->\n" * 2, "'a' stands there twice"),
        ("<!-- made by alseg reproduce: b -->\n<!-- end -->\n", "no part 'b'; there are a"),
    ],
)
def test_a_readme_with_wrong_marks(text, told):
    with pytest.raises(ConfigError, match=told):
        readme.refreshed(text, {"a": lambda: "A"}, Path("README.md"))


def test_making_a_part_anew_changes_it_alone():
    text = "x\n<!-- made by alseg reproduce: a -->\nold\n\nlines\n<!-- end -->\ny\n"
    new = readme.refreshed(text, {"a": lambda: "A\nB"}, Path("README.md"))
    assert new == "x\n<!-- made by alseg reproduce: a -->\n\nA\nB\n\n<!-- end -->\ny\n"
    assert readme.refreshed(new, {"a": lambda: "A\nB"}, Path("README.md")) == new


# The experiments of this repository.


@pytest.mark.slow
@pytest.mark.parametrize("name", PAPERS)
def test_the_readme_is_what_reproduce_makes_of_the_results(name, tmp_path):
    copy = tmp_path / name
    shutil.copytree(ROOT / name, copy)
    assert make.write_readme(Experiment(copy)) == []
    text = (ROOT / name / "README.md").read_text()
    assert not [line for line in readme.by_hand(text).splitlines() if line.startswith(("|", "![", "<img"))]
    assert {"paper", "commands"} <= set(readme.names(text, ROOT))


@pytest.mark.slow
@pytest.mark.parametrize("name", PAPERS)
def test_every_table_and_figure_can_be_made(name):
    made = Experiment(ROOT / name)
    rows = pd.read_csv(made.results)
    assert list(rows)[: len(made.condition) + 1] == [*made.condition, "seed"]
    empty = {"compared", "explored"} if rows["seed"].nunique() == 1 else set()  # a single seed compares nothing
    for table in ("paper", *made.tables):
        assert (len(make.table(made, table, rows)) == 0) == (table in empty)
    for sweep in made.sweeps:
        assert set(sweep.tables or ()) <= {"paper", *made.tables}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "runs"), [("coldstart", 480 + 40 + 100 + 240), ("sequal", 80)])
def test_the_sweeps_have_as_many_runs_as_were_made(name, runs):
    assert sum(len(plan(sweep, None, Path("runs")).runs) for sweep in Experiment(ROOT / name).sweeps) == runs


def test_areas_leave_out_the_run_that_lacks_a_budget_of_the_others():
    """0.5, 0.6 and 0.7 at 10, 20 and 30 have area 0.6; the third run has 9, 19 and 29, and the others go on over all three."""
    budgets = [*(10, 20, 30) * 2, 9, 19, 29]
    seeds = np.repeat([0, 1, 2], 3)
    rows = pd.DataFrame({"method": "random", "seed": seeds, "n_labelled": budgets, "dice": [0.5, 0.6, 0.7] * 3})
    assert tables.areas(rows, ["method"], "dice") == {("random",): {0: pytest.approx(0.6), 1: pytest.approx(0.6)}}
