"""Flags anywhere on the command line of alseg run, slips, and what bad input leaves behind: nothing."""

from pathlib import Path

import pytest

from alseg.cli import main
from alseg.commands.run_arguments import read_arguments
from alseg.composition.folder_names import folder_name
from alseg.composition.nearest_setting import hint
from alseg.composition.typed_text import frame


def run(*arguments: str) -> int:
    try:
        return main(["run", *arguments])
    except SystemExit as stop:
        return int(stop.code or 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "data=folder data.root=ds -m seed=0,1",
        "-m data=folder data.root=ds seed=0,1",
        "data=folder data.root=ds seed=0,1 --multirun",
        "data=folder --config-dir . data.root=ds -m seed=0,1",
        "data=folder data.root=ds --config-dir=. seed=0,1 -m",
    ],
)
def test_flags_stand_anywhere(line):
    words = line.split()
    typed = read_arguments(words)
    settings = [word for word in words if "=" in word and not word.startswith("-")]
    assert list(typed.settings) == settings
    assert list(typed.flags) == [word for word in words if word not in settings]


def test_proceed_is_a_flag_that_no_folder_is_named_after():
    typed = read_arguments(["strategy=random", "--proceed", "-m"])
    assert (typed.flags, typed.settings) == (("-m",), ("strategy=random", "proceed=true"))
    assert folder_name(typed.settings) == "strategy=random"


@pytest.mark.slow
def test_the_config_is_shown_wherever_the_flag_stands(capfd):
    for line in ("strategy=random --cfg job seed=3", "strategy=random seed=3 --cfg job --resolve", "-c job seed=3"):
        assert run(*line.split()) == 0
        assert "seed: 3" in capfd.readouterr().out


@pytest.mark.slow
def test_choices_of_ones_own_folder(tmp_path, capfd):
    (tmp_path / "mine" / "strategy").mkdir(parents=True)
    (tmp_path / "mine" / "strategy" / "1_0.yaml").write_text("defaults: [entropy, _self_]\nname: mine\n")
    assert run("strategy=1_0", "--config-dir", "mine", "--cfg", "job", "seed=3") == 0
    assert "name: mine" in capfd.readouterr().out


LINES = {
    "seed=0 -m --cfg job": "--cfg and --info show one config and run nothing; leave out -m",
    "--mulitrun seed=0,1": "--mulitrun",
    "--resolve": "--resolve: it belongs to --cfg job",
    "seed 3": "seed: a setting is KEY=VALUE",
    "--cfg jobs": "--cfg",
    "seed=0,1": "seed=0,1: several values are a sweep, which takes -m",
    "seed=range(0,3)": "seed=range(0,3): several values are a sweep, which takes -m",
    "data=folder data.root=a,b": "data.root=a,b: several values are a sweep, which takes -m; as one text it is \"data.root='a,b'\"",
    "trainer.steps=3$#": "trainer.steps=3$#: Hydra cannot read this value; as text it is \"trainer.steps='3$#'\"",
    "Größe=3": "Größe=3: a setting is KEY=VALUE, and its key is made of letters, digits and dots",
    "seed=1.0": "seed=1.0: it takes a whole number",
    "seed=": "seed=: it takes a whole number",
    "budget.initial=ten": "budget.initial=ten: it takes a whole number",
    "trainer.steps=1e3": "trainer.steps=1e3: it takes a whole number",
    "split.val=some": "split.val=some: it takes a number",
    "trainer.compile=maybe": "trainer.compile=maybe: it takes true or false",
    "strategy=null": "strategy=null: no such choice",
    "strategy=2024": "strategy=2024: no such choice",
    "strategy=entropi": "strategy=entropi: no such choice, did you mean entropy",
    "data=folder data.root=${HOME}/x": "an environment variable is ${oc.env:HOME}",
    "data=folder data.root=x data.where={1_0:a}": "write data.where.1_0=VALUE instead",
    "data=folder data.root=x data.where={Größe:a}": "a YAML file for --config-dir may have it",
}


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_one_line_that_says_what_is_right_and_nothing_new(line, capfd):
    before = sorted(Path().rglob("*"))
    assert run(*line.split()) == 2
    error = capfd.readouterr().err.strip()
    assert error.startswith("alseg run: ")
    assert LINES[line] in error
    assert len(error.splitlines()) == 1
    assert sorted(Path().rglob("*")) == before


@pytest.mark.slow
def test_a_leading_nought_is_a_number_all_the_same(capfd):
    assert run("seed=01", "--cfg", "job") == 0
    assert "seed: 1\n" in capfd.readouterr().out


SLIPS = {
    "data.rot": "data.root",
    "data.Root": "data.root",
    "data.spaceing": "data.spacing",
    "data.masks": "data.mask",
    "budget.inital": "budget.initial",
    "budget.querry": "budget.query",
    "trainer.step": "trainer.steps",
    "trainer.batchsize": "trainer.batch_size",
    "trainer.device": "trainer.devices",
    "learner.encodr": "learner.encoder",
    "learner.arch": "learner.architecture",
    "learner.lr": "learner.optimizer.lr",
    "learner.weight_path": "learner.weights_path",
    "logger.projekt": "logger.project",
    "seeds": "seed",
    "rundir": "run_dir",
    "stratgy": "strategy",
    "coldstart": "cold_start",
    "split.vall": "split.val",
}


@pytest.fixture(scope="module")
def own():
    return frame(["data=folder"])


@pytest.mark.slow
@pytest.mark.parametrize("slip", SLIPS)
def test_the_setting_that_was_meant(slip, own):
    assert hint(slip, own) == f", did you mean {SLIPS[slip]}"


@pytest.mark.slow
def test_a_setting_of_another_choice(own):
    phantom = frame([])
    assert hint("data.root", phantom).endswith("has it")
    assert hint("data.rot", phantom).startswith(", did you mean data.root, which data=")
    assert hint("learner.passes", own) == "; learner=classifier has it"
    assert hint("learner.nothing_like_it_at_all", own) == ""
    assert run("data.rot=x") == 2


@pytest.mark.slow
@pytest.mark.parametrize("runs", ["run_dir=a/b", "name=some", "run_dir=old"])
@pytest.mark.parametrize("line", ["data=folder data.root=nowhere", "data.patients=3 budget.query=1000", "seed=-1"])
def test_a_run_that_cannot_begin_leaves_nothing(line, runs, capfd):
    Path("old").mkdir()
    Path("old/mine.txt").write_text("keep me")
    before = sorted(Path().rglob("*"))
    assert run(*line.split(), runs, "logger=csv", "map=none", "learner.weights=none") == 2
    assert sorted(Path().rglob("*")) == before


@pytest.mark.slow
def test_a_sweep_of_which_nothing_can_begin_leaves_nothing(capfd):
    before = sorted(Path().rglob("*"))
    assert run("data=folder", "data.root=nowhere", "-m", "seed=0,1", "logger=csv", "run_dir=sweep/mine") == 1
    assert "0 runs done, 2 failed" in capfd.readouterr().out
    assert run("-m", "strategy=random,entrpy", "logger=csv") == 2
    assert sorted(Path().rglob("*")) == before


@pytest.mark.slow
def test_a_run_that_can_go_on_keeps_what_is_said_of_it(tmp_path, capfd):
    """It began, and its data has moved since."""
    run_dir = tmp_path / "out"
    run_dir.mkdir()
    assert run("data=folder", "data.root=there", "data.name=x", "logger=csv", "--cfg", "job", "--resolve") == 0
    (run_dir / "config.yaml").write_text(capfd.readouterr().out.replace("root: there", f"root: {tmp_path}/there"))
    assert run("data=folder", "data.root=elsewhere", "data.name=x", "logger=csv", f"run_dir={run_dir}") == 2
    assert "elsewhere" in (run_dir / "FAILED").read_text()
