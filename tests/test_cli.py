"""The command line: what a user types, and what a user gets wrong."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from alseg.cli import main
from alseg.runs.ledger import Ledger
from tests.helpers.command_line import FAST, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A manifest folder of 20 small images of 10 patients."""
    root = tmp_path / "scans"
    root.mkdir()
    rng = np.random.default_rng(0)
    lines = ["id,image,mask,group"]
    for i in range(20):
        mask = np.zeros((40, 48), np.uint8)
        mask[10:20, 5 + i : 20 + i] = 255
        Image.fromarray(mask).save(root / f"m{i}.png")
        Image.fromarray((mask // 2 + rng.integers(0, 60, mask.shape)).astype(np.uint8)).save(root / f"i{i}.png")
        lines.append(f"s{i},i{i}.png,m{i}.png,p{i // 2}")
    (root / "manifest.csv").write_text("\n".join(lines) + "\n")
    return root


def data(folder: Path) -> list[str]:
    return ["data=folder", f"data.root={folder}", *FAST]


def edit(folder: Path, line: int, text: str) -> None:
    lines = (folder / "manifest.csv").read_text().splitlines()
    lines[line] = text
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")


def rename(folder: Path, old: str, new: str) -> None:
    path = folder / "manifest.csv"
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.slow
def test_a_run_of_a_version_that_knew_fewer_settings_is_its_own(folder, tmp_path, capfd):
    """What its config lacks is composed while Hydra runs the job."""
    command = [*FAST, "data=folder", f"data.root={folder}", f"run_dir={tmp_path / 'run'}", "budget.rounds=1"]
    assert run(*command) == 0
    config = tmp_path / "run" / "config.yaml"
    lines = config.read_text().splitlines()
    older = [line for line in lines if line.split(":")[0] not in ("  window", "  fit", "  mask_255")]
    assert len(older) == len(lines) - 3
    config.write_text("\n".join(older) + "\n")
    assert run(*command) == 0
    capfd.readouterr()
    assert run(*command, "data.fit=pad") == 2
    assert "it holds a run with data.fit=stretch, not pad" in capfd.readouterr().err


@pytest.mark.slow
def test_a_run_from_images_to_results_and_never_twice(folder, tmp_path, capfd, monkeypatch):
    command = [*data(Path(folder.name)), "run_dir=out", "map=tsne", "embedding=pixels"]
    assert run(*command) == 0
    out = capfd.readouterr().out
    assert "metrics.csv" in out
    table = pd.read_csv("out/metrics.csv")
    assert table["n_labelled"].tolist() == [3, 5]
    distances = {"test/hd_px", "test/hd95_px", "test/asd_px"}
    assert {"test/dice", "test/dice_foreground", "test/iou", "test/empty"} | distances <= set(table)
    assert Path("out/DONE").exists()
    assert "s0" in Path("out/map.html").read_text()
    Path("out/map.png").unlink()
    with monkeypatch.context() as elsewhere:  # data.root was typed from the folder of then
        elsewhere.chdir("/")
        assert main(["map", f"{tmp_path}/out"]) == 0
    assert Path("out/map.png").exists()
    before = Path("out/ledger.jsonl").read_text()
    assert run(*command) == 0
    assert Path("out/ledger.jsonl").read_text() == before
    assert main(["report", "out", "--out", "page"]) == 0
    assert Path("page/report.html").exists()


@pytest.mark.slow
def test_the_first_images_may_be_chosen_on_the_map(folder, capfd):
    command = [*data(folder), "run_dir=out", "embedding=pixels", "map=tsne", "cold_start=cluster_fps"]
    assert run(*command) == 0
    (query, _) = Ledger(Path("out/ledger.jsonl"), writable=False).of("queried")
    assert [pick["id"] for pick in query["notes"]["picks"]] == query["ids"]
    assert query["notes"]["k"] in (2, 3)
    assert run(*data(folder), "run_dir=other", "cold_start=cluster_fps", "map=none") == 2
    assert "choose map=tsne" in capfd.readouterr().err


@pytest.mark.slow
def test_a_sweep_names_its_folders_goes_on_after_a_failure_and_runs_only_what_is_missing(folder, capfd):
    sweep = ["-m", *data(folder), "budget.rounds=1", "strategy=random", "seed=0,1", "run_dir=sweep"]
    # 30 initial images exceed the pool: these two jobs fail, the others are run
    assert run(*[o for o in sweep if "initial" not in o], "budget.initial=30,3") == 1
    found = sorted(str(p.parent.relative_to("sweep")) for p in Path("sweep").rglob("DONE"))
    assert len(found) == 2
    assert {Path(f).name for f in found} == {"seed=0", "seed=1"}
    failed = sorted(Path("sweep").rglob("FAILED"))
    assert len(failed) == 2
    assert all("the pool has" in path.read_text() for path in failed)
    out = capfd.readouterr().out
    assert "2 runs done, 2 failed" in out
    written = {path: path.stat().st_mtime_ns for path in Path("sweep").rglob("ledger.jsonl")}
    assert run(*[o for o in sweep if "initial" not in o], "budget.initial=30,3") == 1
    assert {path: path.stat().st_mtime_ns for path in Path("sweep").rglob("ledger.jsonl")} == written


@pytest.mark.slow
def test_a_sweep_reports_on_its_own_jobs_alone(folder, capfd):
    one_round = [*data(folder), "budget.rounds=1"]
    assert run(*one_round, "run_dir=sweep/mine") == 0
    stray = Path("sweep/other/FAILED")
    stray.parent.mkdir()
    stray.write_text("long ago")
    assert run("-m", *one_round, "run_dir=sweep", "strategy=random") == 0
    assert "1 runs done, 0 failed" in capfd.readouterr().out
    (config,) = (path for path in Path("sweep").rglob("config.yaml") if path.parent.name == "seed=0")
    config.write_text(config.read_text().replace("query: 2", "query: 1"))
    assert run("-m", *one_round, "run_dir=sweep", "strategy=random") == 1  # refused: the folder holds another run
    assert "0 runs done, 1 failed" in capfd.readouterr().out


@pytest.mark.slow
def test_a_run_goes_on_only_with_the_data_it_began_with(folder, capfd):
    command = [*data(folder), "run_dir=out"]
    assert run(*command) == 0
    copy = shutil.copytree(folder, folder.with_name("copy"))
    (folder / "notes.txt").write_text("touched, and nothing that counts")
    assert run(*command) == run(*data(copy), "run_dir=out", "worst=0", "map=tsne") == 0
    assert "has changed" not in Path("out/run.log").read_text()
    (folder / "m3.png").write_bytes((folder / "m5.png").read_bytes())
    assert run(*command) == 0  # it is done; that its data are others now is said
    assert (
        "out: its data set has changed since this run began (masks of 1 image, e.g. id s3)"
        in Path("out/run.log").read_text()
    )
    done = Path("out/state.json").read_text()
    Path("out/DONE").unlink()
    assert run(*command) == 2
    assert (
        "the data set has changed since this run began: masks of 1 image, e.g. id s3; choose" in capfd.readouterr().err
    )
    assert run(*data(copy), "run_dir=out") == 0
    assert Path("out/state.json").read_text() == done
    Path("out/DONE").unlink()
    Path("out/state.json").write_text('{"round": 1, "phase": "scan"}')
    (folder / "manifest.csv").write_text((folder / "manifest.csv").read_text() + "s20,i0.png,m0.png,p77\n")
    assert run(*command) == 2
    assert "the data set has changed since this run began" in capfd.readouterr().err


@pytest.mark.slow
def test_a_run_dir_that_is_a_file(folder, capfd):
    Path("taken").write_text("")
    assert run(*data(folder), "run_dir=taken") == 2
    assert "taken" in capfd.readouterr().err


@pytest.mark.slow
def test_strategies_of_a_sweep_share_their_first_images(folder):
    one_round = [*data(folder), "budget.rounds=1"]
    assert run("-m", *one_round, "strategy=random,entropy,k_center", "run_dir=sweep") == 0
    first = {tuple(Ledger(p).find("queried", 0)["ids"]) for p in Path("sweep").rglob("ledger.jsonl")}
    assert len(first) == 1


WRONG_SETTINGS = {
    "strategy=entrpy": "strategy=entrpy: no such choice, did you mean entropy; there are",
    "stratgy=entropy": "stratgy: no such setting, did you mean strategy",
    "budget.inital=5": "budget.inital: no such setting, did you mean budget.initial",
    "trainer.steps=many": "trainer.steps",
    "budget.query=100": "the pool has",
    "data.size=33 learner.architecture=MAnet": "data.size=[33, 33] does not suit the learner",
    "learner.encoder=resnet81": "learner.encoder=resnet81: timm has no such model",
    "data.root=/no/such/folder": "/no/such/folder",
    "seed=-1": "seed=-1: a seed is 0 or more",
    "learner.optimizer.lr=abc": "learner.optimizer: ",
    "learner.optimizer.lr=-1": "learner.optimizer: Invalid learning rate",
    "learner.schedule.warmup=2": "learner.schedule: ",
    "trainer.keep=best trainer.val_every=1 split.val=0": "need a validation set",
    "trainer.monitor=test/dice": "trainer.monitor=test/dice",
    "trainer.gradient_clip=-1": "trainer.gradient_clip=-1",
    "trainer.checkpoint_minutes=0": "trainer.checkpoint_minutes=0",
    "stopping=target stopping.target.value=abc": "stopping.target: could not convert string to float: 'abc'",
    "+strategy.foo=1": "strategy: ",
    "+learner.foo=1": "learner: ",
    "strategy._target_=foo.bar": "strategy._target_=foo.bar: ",
    "oracle.seconds_per_image=abc": "oracle: ",
    "split.val_per_initial=-1": "split.val_per_initial",
    "logger=wandb logger.mode=onlin": "logger.mode=onlin: choose offline, online",
    "split.test=1.5": "split.test=1.5",
    "trainer.precision=fp8": "trainer.precision=fp8",
    "reduction=top_q reduction.q=0": "reduction.q=0",
    "oracle.seconds_per_image=-1": "oracle.seconds_per_image=-1",
    "data.classes=[one]": "",
    "strategy=random strategy.selector._target_=alseg.selection.top.Top": "strategy.acquisition=null: the selector Top",
    "experiment=nothing": "experiment=nothing: no such choice",
}


@pytest.mark.slow
@pytest.mark.parametrize("overrides", WRONG_SETTINGS)
def test_wrong_settings_are_one_line_and_exit_code_2(folder, overrides, capfd):
    assert run(*data(folder), "run_dir=out", *overrides.split()) == 2
    error = capfd.readouterr().err.strip()
    assert error.startswith("alseg run: ")
    assert WRONG_SETTINGS[overrides] in error
    assert len(error.splitlines()) == 1
    assert not list(Path().rglob("*.ckpt"))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


WRONG_DATA = {
    "an image that is not there": (lambda f: (f / "i3.png").unlink(), "i3.png"),
    "a truncated image": (lambda f: truncate(f / "i3.png"), "i3.png"),
    "an unreadable image": (lambda f: (f / "i3.png").write_bytes(b"no image"), "i3.png"),
    "a mask of another size": (lambda f: Image.new("L", (10, 10)).save(f / "m3.png"), "m3.png"),
    "an unknown class value": (lambda f: Image.new("L", (48, 40), 77).save(f / "m3.png"), "m3.png"),
    "a repeated id": (lambda f: edit(f, 4, "s0,i3.png,m3.png,p1"), "s0"),
    "a path out of the folder": (lambda f: edit(f, 4, "s3,../i3.png,m3.png,p1"), "../i3.png"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", WRONG_DATA)
def test_wrong_data_is_one_line_and_exit_code_2(folder, fault, capfd):
    damage, named = WRONG_DATA[fault]
    damage(folder)
    assert run(*data(folder), "run_dir=out") == 2
    error = capfd.readouterr().err.strip()
    assert named in error
    assert len(error.splitlines()) == 1
    assert main(["data", "check", str(folder)]) == 2
    assert named in capfd.readouterr().err


@pytest.mark.slow
def test_masks_under_another_name_are_no_labels_and_both_commands_say_so(folder, capfd):
    rename(folder, "mask", "msk")
    assert run(*data(folder), "run_dir=out") == 2
    error = capfd.readouterr().err.strip()
    assert "no row has a mask or a label yet" in error
    assert len(error.splitlines()) == 1
    assert main(["data", "check", str(folder)]) == 0
    shown = capfd.readouterr().out
    assert "nothing is labelled yet" in shown
    assert re.search(r"column msk +│ masks of 20", shown)


@pytest.mark.slow
def test_a_group_in_two_splits(folder, capfd):
    lines = (folder / "manifest.csv").read_text().splitlines()
    table = [lines[0] + ",split", *(f"{line},{'train' if i % 2 else 'test'}" for i, line in enumerate(lines[1:]))]
    (folder / "manifest.csv").write_text("\n".join(table) + "\n")
    assert run(*data(folder), "run_dir=out") == 2
    assert "lies in the splits" in capfd.readouterr().err


@pytest.mark.slow
def test_another_config_in_the_same_folder_is_refused_and_nothing_is_lost(folder, capfd):
    assert run(*data(folder), "run_dir=out") == 0
    before = Path("out/ledger.jsonl").read_text()
    assert run(*data(folder), "run_dir=out", "budget.query=1") == 2
    assert "it holds a run with budget.query=2, not 1, and it is done: no round is to come" in capfd.readouterr().err
    assert run(*data(folder), "run_dir=out", "seed=5") == 2
    assert "it holds a run with seed=0, not 5" in capfd.readouterr().err
    assert Path("out/ledger.jsonl").read_text() == before
    assert Path("out/DONE").exists()


@pytest.mark.slow
def test_after_a_mistake_the_same_folder_takes_the_corrected_command(folder):
    assert run(*data(folder), "run_dir=out", "budget.query=100") == 2
    assert not Path("out").exists()
    assert run(*data(folder), "run_dir=out") == 0
    assert not Path("out/FAILED").exists()


@pytest.mark.slow
def test_a_mandatory_value(capfd):
    assert run("data=folder", *FAST) == 2
    assert "data.root: no value was given" in capfd.readouterr().err


def test_data_check(folder, capfd):
    assert main(["data", "check", str(folder)]) == 0
    out = capfd.readouterr().out
    assert "20" in out
    assert "foreground" in out


@pytest.mark.parametrize("words", [["run", "data.root=\udcff"], ["data", "check", "a\udce4"], ["\udcff"]])
def test_bytes_that_are_no_utf8_are_one_line(capfd, words):
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "it is not UTF-8" in err


@pytest.mark.slow
@pytest.mark.parametrize("words", [["run", "--cfg", "job"], ["run", "--help"], ["explain", "seed"]])
def test_a_choice_longer_than_a_file_name_is_one_line(capfd, words):
    assert main([*words, f"strategy={'x' * 5000}"]) == 2
    err = capfd.readouterr().err
    assert err.startswith(f"alseg {words[0]}: strategy=xxx")
    assert err.count("\n") == 1
    assert len(err) < 200


@pytest.mark.slow
def test_help_of_every_command(capfd):
    assert main(["--help"]) == 0
    assert "report" in capfd.readouterr().out
    for command in ("report", "data", "explain"):
        with pytest.raises(SystemExit, match="0"):
            main([command, "--help"])
    assert main(["no-such-command"]) == 2


@pytest.mark.slow
def test_the_program_itself(folder):
    """Exit codes and output of the installed command, in a process of its own."""
    program = [str(Path(sys.executable).with_name("alseg"))]
    good = subprocess.run([*program, "--help"], capture_output=True, text=True, check=False)
    assert good.returncode == 0
    bad = subprocess.run([*program, "run", *data(folder), "seed=x"], capture_output=True, text=True, check=False)
    assert bad.returncode == 2
    assert bad.stderr == "alseg run: seed=x: it takes a whole number\n"
    assert "Traceback" not in bad.stderr
