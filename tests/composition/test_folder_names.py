"""Names of run folders: by what can change a number, whole where there is room."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from alseg.composition.folder_names import LONGEST, _earlier_name, folder_name, job_folder, run_folder


@pytest.fixture(autouse=True)
def _data_sets(tmp_path):
    for name in ("ds", "a/ds", "b/ds"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to("ds")


@pytest.mark.parametrize(
    "change",
    [
        ["data.root={here}/ds"],
        ["data.root=link"],
        ["data.root='./ds'"],
        ["data.root=ds", "map=none"],
        ["data.root=ds", "map=tsne", "map.jobs=2"],
        ["data.root=ds", "logger=mlflow", "logger.uri=x"],
        ["data.root=ds", "trainer.checkpoint_minutes=1", "worst=0", "data.cache_dir=c", "data.memory_limit_gb=1"],
        ["++data.root=ds", "seed=3"],
    ],
    ids=str,
)
def test_what_cannot_change_a_number_is_in_no_name(change, tmp_path):
    given = ["strategy=random", *(one.format(here=tmp_path) for one in change)]
    assert folder_name(given) == folder_name(["data.root=ds", "strategy=random"])


def test_two_data_sets_are_two_folders_though_they_are_called_alike():
    one, other, third = (folder_name(["strategy=random", f"data.root={root}"]) for root in ("ds", "a/ds", "b/ds"))
    assert len({one, other, third}) == 3
    assert all(name.startswith("data.root=ds,strategy=random-") for name in (one, other, third))
    files = {folder_name([f"learner.weights_path={file}"]) for file in ("w.pt", "./w.pt", "a/w.pt", "null")}
    assert len(files) == 3


def test_in_a_long_name_the_strategy_stays_whole():
    """By the alphabet, ``strategy=`` comes last and would be cut off."""
    rest = [f"learner.optimizer.{key}=0.000123456" for key in ("lr", "weight_decay", "momentum", "eps")]
    names = [folder_name([*rest, f"strategy={s}", "data.root=ds"]) for s in ("entropy", "random", "entropy_diversity")]
    assert [name.split(",")[:2] for name in names] == [
        [f"strategy={s}", "data.root=ds"] for s in ("entropy", "random", "entropy_diversity")
    ]
    assert all(len(name) <= LONGEST for name in names)
    cut = {folder_name([*rest, "strategy=entropy", f"zzz.{'y' * 60}={i}"]) for i in range(3)}
    assert len(cut) == 3  # what has no room is in the hash


def test_characters_that_folders_cannot_have():
    assert folder_name([]) == "default"
    assert folder_name(["learner/schedule=step"]).startswith("learner_schedule=step-")
    assert folder_name(["data.where={site:a}"]) != folder_name(["data.where=[site:a]"])
    assert len(folder_name(["x=" + "y" * 300])) <= LONGEST
    assert folder_name(["x=" + "y" * 300]) != folder_name(["x=" + "y" * 299 + "z"])
    assert len(folder_name([f"data.root='{'画' * 80}'"]).encode()) < 255


def test_a_sweep_of_an_earlier_version_goes_on_where_it_is():
    given = ["data.root=ds", "strategy=random"]
    assert _earlier_name(given) == "data.root=ds,strategy=random"
    assert job_folder(given, 1, "sweep") == f"{folder_name(given)}/seed=1"
    Path("sweep/data.root=ds,strategy=random/seed=0").mkdir(parents=True)
    assert job_folder(given, 0, "sweep") == "data.root=ds,strategy=random/seed=0"
    assert job_folder(given, 1, "sweep") == "data.root=ds,strategy=random/seed=1"
    Path("sweep", folder_name(given), "seed=1").mkdir(parents=True)
    assert job_folder(given, 1, "sweep") == f"{folder_name(given)}/seed=1"
    assert job_folder(given, 0, "sweep") == "data.root=ds,strategy=random/seed=0"


def test_single_runs():
    assert run_folder(None, "demo", ["strategy=entropy", "seed=1"], 1) == "runs/demo/strategy=entropy/seed=1"
    assert run_folder("mine", "demo", ["strategy=entropy"], 1) == "mine"


def begun(sweep, name, seed=0):
    folder = sweep / name / f"seed={seed}"
    folder.mkdir(parents=True)
    (folder / "ledger.jsonl").touch()


def test_more_rounds_lead_to_the_folder_of_the_run_with_fewer(tmp_path):
    job = ["strategy=entropy", "budget.rounds=5"]
    assert job_folder(job, 0, tmp_path) == "budget.rounds=5,strategy=entropy/seed=0"
    begun(tmp_path, "strategy=entropy")
    assert job_folder(job, 0, tmp_path) == "strategy=entropy/seed=0"
    begun(tmp_path, "budget.rounds=3,strategy=entropy")
    begun(tmp_path, "budget.rounds=6,strategy=entropy")
    assert job_folder(job, 0, tmp_path) == "budget.rounds=3,strategy=entropy/seed=0"
    assert job_folder(job, 1, tmp_path) == "budget.rounds=5,strategy=entropy/seed=1"
    assert job_folder(["strategy=random", "budget.rounds=5"], 0, tmp_path).startswith("budget.rounds=5")
    begun(tmp_path, "budget.rounds=5,strategy=entropy")
    assert job_folder(job, 0, tmp_path) == "budget.rounds=5,strategy=entropy/seed=0"


@pytest.mark.parametrize("place", ["task", "params"])
def test_a_sweep_that_compares_numbers_of_rounds_has_a_folder_for_each(tmp_path, place):
    begun(tmp_path, "budget.rounds=3")
    job = ["budget.rounds=5"]
    given = {"overrides": {"task": []}, "sweeper": {"params": None}}
    OmegaConf.save({"hydra": given}, tmp_path / "multirun.yaml")
    assert job_folder(job, 0, tmp_path) == "budget.rounds=3/seed=0"
    if place == "task":
        given["overrides"]["task"] = ["seed=0,1", "budget.rounds=3,5"]
    else:
        given["sweeper"]["params"] = {"budget.rounds": "3,5"}
    OmegaConf.save({"hydra": given}, tmp_path / "multirun.yaml")
    assert job_folder(job, 0, tmp_path) == "budget.rounds=5/seed=0"
    assert job_folder(job, 0, tmp_path, compares_rounds=False) == "budget.rounds=3/seed=0"
    (tmp_path / "multirun.yaml").write_text("[")
    assert job_folder(job, 0, tmp_path) == "budget.rounds=3/seed=0"
