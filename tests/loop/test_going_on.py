"""Going on with a run that was done: more rounds, other queries from now on, and nothing of the past."""

import logging
import shutil
from pathlib import Path

import pandas as pd
import pytest
from omegaconf import OmegaConf

from alseg.errors import ConfigError, RunFolderError
from alseg.loop import job
from alseg.report.read.conditions import Condition
from alseg.report.read.read_runs import read_run
from alseg.runs import going_on
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder, State
from tests.helpers.loop_runs import decisions
from tests.helpers.quick_parts import quick_config


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A config whose parts take no time."""
    return quick_config(tmp_path_factory.mktemp("config") / "run")


def run(config, folder, **budget):
    changed = OmegaConf.merge(config, {"budget": budget}) if budget else config
    return job.run_job(changed, folder)


def picks(folder):
    kinds = ("queried", "annotated", "trained", "evaluated")
    left_out = ("data",)
    return [{k: v for k, v in e.items() if k not in left_out} for e in decisions(folder) if e["event"] in kinds]


@pytest.fixture(scope="module")
def five(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("five") / "run"
    run(config, folder, rounds=5)
    return folder


@pytest.mark.slow
def test_more_rounds_make_the_run_that_it_would_have_been(config, done, five, caplog):
    with caplog.at_level(logging.INFO):
        assert run(config, done, rounds=5) == State(4, "done")
    assert "it was done, and is opened again (budget.rounds 3 → 5)" in caplog.text
    assert picks(done) == picks(five)
    events = [(e["event"], e["round"]) for e in decisions(done)]
    assert events[-11:] == [
        ("finished", 2),
        ("settings", 3),
        *((kind, round_) for round_ in (3, 4) for kind in ("queried", "annotated", "trained", "evaluated")),
        ("finished", 4),
    ]
    assert Ledger(done / "ledger.jsonl").find("settings", 3)["changed"] == {"budget.rounds": [3, 5]}
    tables = [pd.read_csv(folder / "metrics.csv") for folder in (done, five)]
    same = [column for column in tables[0] if not column.startswith("seconds")]
    pd.testing.assert_frame_equal(tables[0][same], tables[1][same])
    mine, theirs = read_run(done), read_run(five)
    assert mine.status == "finished"
    assert Condition.of(mine.config) == Condition.of(theirs.config)
    assert mine.decisions.reason == "all 5 rounds done"
    # The same command again has nothing to do, and fewer rounds than there are cannot be had.
    before = (done / "ledger.jsonl").read_bytes()
    assert run(config, done, rounds=5).phase == "done"
    with pytest.raises(RunFolderError, match=r"budget.rounds=3: .* has begun 5 rounds already; alseg rewind .* --to 2"):
        run(config, done)
    assert (done / "ledger.jsonl").read_bytes() == before
    assert (done / "DONE").exists()


@pytest.fixture(scope="module")
def three(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("three") / "run"
    run(config, folder)
    return folder


@pytest.fixture
def done(three, tmp_path):
    """A run of its own that was done with 3 rounds."""
    return Path(shutil.copytree(three, tmp_path / "run"))


class Kill(BaseException):
    pass


STEPS = [
    (Ledger, "append"),
    (RunFolder, "save_state"),
    (going_on, "take_up"),
    (job, "write_text"),
    (job, "record_start"),
]


@pytest.mark.slow
def test_killed_at_each_step_of_opening_it_goes_on_all_the_same(config, done, five, monkeypatch):
    for where, name in STEPS:
        for when in ("before", "after") if name == "save_state" else ("after",):
            place = job if name == "take_up" else where
            method = getattr(place, name)

            def kill(*arguments, method=method, when=when, **options):
                if when == "after":
                    method(*arguments, **options)
                raise Kill

            with monkeypatch.context() as patch:
                patch.setattr(place, name, kill)
                with pytest.raises(Kill):
                    run(config, done, rounds=5)
    assert run(config, done, rounds=5) == State(4, "done")
    assert picks(done) == picks(five)
    assert len([e for e in decisions(done) if e["event"] == "settings"]) == 1


@pytest.mark.slow
def test_other_queries_from_the_next_round_on_are_another_condition(config, done, five):
    assert run(config, done, rounds=4, query=5).phase == "done"
    sizes = [len(e["ids"]) for e in decisions(done) if e["event"] == "queried"]
    assert sizes == [4, 3, 3, 5]
    assert picks(done)[:12] == picks(five)[:12]
    found = read_run(done).config
    assert found["budget"]["query"] == "3, 5 from round 3"
    assert found["budget"]["rounds"] == 4
    assert OmegaConf.load(done / "config.yaml").budget.query == 5


@pytest.mark.slow
def test_what_would_change_the_past_or_is_more_than_the_pool_is_refused_in_one_line(config, done):
    before = {path: path.read_bytes() for path in done.rglob("*") if path.is_file()}
    with pytest.raises(RunFolderError, match=r"it holds a run with budget.initial=4, not 5; choose another run_dir"):
        run(config, done, initial=5, rounds=5)
    with pytest.raises(RunFolderError, match=r"seed=0, not 1"):
        job.run_job(OmegaConf.merge(config, {"seed": 1, "budget": {"rounds": 5}}), done)
    with pytest.raises(
        ConfigError, match=r"budget: 10 images in 3 rounds so far \+ 9 x 3 to come are 37, and the pool has 28"
    ):
        run(config, done, rounds=12)
    assert {path: path.read_bytes() for path in done.rglob("*") if path.is_file()} == before
    with pytest.raises(RunFolderError, match=r"budget.query=3, not 7, and it is done: no round is to come"):
        run(config, done, query=7)
    assert run(config, done, name="other").phase == "done"
    assert {path: path.read_bytes() for path in done.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_a_run_that_a_rule_ended_goes_on_without_it(config, tmp_path, five):
    rule = {"cost": {"_target_": "alseg.callbacks.stopping.CostReached", "seconds": 300}}
    stopping = OmegaConf.merge(config, {"stopping": rule, "budget": {"rounds": 5}})
    assert job.run_job(stopping, tmp_path).round == 1
    assert run(config, tmp_path, rounds=5) == State(4, "done")
    assert picks(tmp_path) == picks(five)
    assert [e["reason"] for e in decisions(tmp_path) if e["event"] == "finished"][1:] == ["all 5 rounds done"]


def test_settings_of_the_past_are_told_apart_from_those_of_the_future():
    then, now = {"oracle.enough": 1.0, "oracle.answers": None}, {"oracle.enough": 0.8, "oracle.answers": "x"}
    assert going_on.may_change("oracle.answers", then, now)
    assert going_on.may_change("stopping.cost.seconds", {}, {})
    assert going_on.may_change("budget.rounds", {}, {})
    for key in ("budget.initial", "oracle.seed", "seed", "strategy.name", "learner.lr", "stoppings"):
        assert not going_on.may_change(key, {}, {})
