"""Two processes walk through one run together and decide as one."""

from pathlib import Path
from typing import cast

import pandas as pd
import pytest
import torch
from omegaconf import DictConfig, OmegaConf

from alseg import children, distributed
from alseg.acquisition.disagreement import Disagreement
from alseg.acquisition.entropy import Entropy
from alseg.callbacks.thickness import ThicknessMeter
from alseg.callbacks.worst_cases import CaseMeter
from alseg.cli import main
from alseg.learners.learner import DataSpec
from alseg.loop.job import build
from alseg.loop.training import load_weights
from alseg.pictures.contact_sheet import read_contact_sheet
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder, State
from alseg.tracking.tracker import Tracker
from tests.helpers.later_oracles import CASES
from tests.helpers.run_process import run_on_ranks, write_config
from tests.helpers.tiny_learner import tiny_learner


def test_alone(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    distributed.join_group()
    assert (distributed.rank(), distributed.world_size(), distributed.is_launched()) == (0, 1, False)
    assert distributed.share(torch.arange(3)).tolist() == [0, 1, 2]
    assert distributed.broadcast("x") == "x"
    assert distributed.gather([1]) == [1]


@pytest.mark.slow
def test_two_ranks_make_one_run(tmp_path):
    """Data-parallel training; each rank scans its part, and together they find the scores that one process finds."""
    folder = write_config(tmp_path / "run", steps=4, devices=2, checkpoints="all")
    run_on_ranks(folder)
    ledger = Ledger(folder / "ledger.jsonl", writable=False)
    kinds = [e["event"] for e in ledger.events]
    assert kinds == ["started", *["queried", "annotated", "trained", "evaluated"] * 3, "finished"]
    assert len(ledger.labelled) == len(set(ledger.labelled)) == 10
    assert (folder / "DONE").exists()

    config = cast(DictConfig, OmegaConf.load(folder / "config.yaml"))
    config.trainer.devices = 1
    alone = build(config, RunFolder(folder), Tracker())
    alone.pool.label(*RunFolder(folder).load_annotations(0))
    learner = tiny_learner(alone.pool.dataset)
    load_weights(learner, folder / "rounds" / "00" / "model.ckpt")
    scores = alone.training.scan(learner, alone.pool, Entropy(), keep_features=False)
    expected = pd.read_parquet(folder / "rounds" / "01" / "scores.parquet")
    assert tuple(expected["id"]) == scores.ids
    assert expected["score"].to_numpy() == pytest.approx(scores.scores, abs=1e-6)
    meter, cases = ThicknessMeter(alone.pool.dataset, "disc_1"), CaseMeter(alone.pool.dataset, 8)
    rows = alone.training.evaluate(learner, alone.pool, [meter, cases])
    together = pd.read_csv(folder / "rounds" / "00" / "cimt.csv")
    assert together["id"].tolist() == sorted(alone.pool.split.test)
    pd.testing.assert_frame_equal(together, meter.table(), atol=1e-6)
    single = pd.read_csv(folder / "rounds" / "00" / "cases.csv").astype({"worst": float})
    pd.testing.assert_frame_equal(single, cases.table().astype({"worst": float}), atol=1e-6)
    assert read_contact_sheet(folder / "rounds" / "00" / "worst.jpg").n == min(8, len(single))
    assert rows["test/dice"] == pytest.approx(ledger.rows()[0]["test/dice"], abs=1e-6)


@pytest.mark.slow
def test_two_ranks_wait_for_people_whom_one_of_them_asks(tmp_path):
    """Rank 0 asks, predicts for them alone, and tells the other whether to go on."""
    folder = write_config(tmp_path / "run", steps=2, devices=2)
    config = OmegaConf.load(folder / "config.yaml")
    config.oracle = {"_target_": "tests.helpers.later_oracles.Letterbox", "enough": 0.75}
    OmegaConf.save(config, folder / "config.yaml")
    run_on_ranks(folder)
    asked = Ledger(folder / "ledger.jsonl", writable=False).find("queried", 0)["ids"]
    assert RunFolder(folder).load_state() == State(0, "annotate")
    CASES["letterbox"].answer(None, folder, 0, asked[1:])
    run_on_ranks(folder)
    ledger = Ledger(folder / "ledger.jsonl", writable=False)
    assert RunFolder(folder).load_state() == State(1, "annotate")
    assert ledger.labelled == asked[1:]
    assert asked[0] not in ledger.find("queried", 1)["ids"]
    assert CASES["letterbox"].shown(folder) == [(r, id_) for r in (0, 1) for id_ in ledger.find("queried", r)["ids"]]


@pytest.mark.slow
def test_bad_input_on_two_ranks_is_one_line(tmp_path, capfd, monkeypatch):
    """No rank fails, for then torchrun would print a page."""
    monkeypatch.setattr(children, "run", lambda command: run_on_ranks(Path(command[-1])) or 0)
    data = ["data=phantom_carotid", "data.patients=10", "data.frames=2", "data.size=[32,64]", "split.val=0"]
    trainer = ["trainer.devices=2", "trainer.keep=best", "trainer.val_every=2"]
    budget = ["budget.initial=4", "budget.query=2", "budget.rounds=2"]
    with pytest.raises(SystemExit) as ended:
        main(["run", *data, *trainer, *budget, "map=none", "logger=csv", f"run_dir={tmp_path / 'run'}"])
    captured = capfd.readouterr()
    assert ended.value.code == 2
    assert len(captured.err.strip().splitlines()) == 1
    assert "split.val is 0" in captured.err
    assert not (tmp_path / "run" / "config.yaml").exists()


@pytest.mark.slow
def test_two_networks_on_two_ranks(tmp_path):
    """UniSAL, and clusters on the map of its own features: what two ranks scan and test is what one process finds."""
    data = ["data=phantom_histology", "data.slides=12", "data.tiles=6", "data.size=32"]
    learner = ["learner=unisal", "learner.weights=none", "trainer.steps=4", "trainer.batch_size=4", "trainer.devices=2"]
    query = ["strategy=dus_cs", "strategy.space=map", "embedding=learner", "map.steps=20", "map.early=10"]
    budget = ["budget.initial=8", "budget.query=4", "budget.rounds=2", "trainer.checkpoints=all"]
    folder = tmp_path / "run"
    assert main(["run", *data, *learner, *query, *budget, "logger=csv", f"run_dir={folder}"]) == 0
    config = cast(DictConfig, OmegaConf.load(folder / "config.yaml"))
    config.trainer.devices = 1
    alone = build(config, RunFolder(folder), Tracker())
    alone.pool.label(*RunFolder(folder).load_annotations(0))
    module = alone.make_learner(DataSpec.of(alone.pool.dataset), 4)
    load_weights(module, folder / "rounds" / "00" / "model.ckpt")
    scores = alone.training.scan(module, alone.pool, Disagreement(), keep_features=False)
    expected = pd.read_parquet(folder / "rounds" / "01" / "scores.parquet")
    assert tuple(expected["id"]) == scores.ids
    assert expected["score"].to_numpy() == pytest.approx(scores.scores, abs=1e-6)
    ledger = Ledger(folder / "ledger.jsonl", writable=False)
    rows = alone.training.evaluate(module, alone.pool, [])
    assert rows["test/accuracy"] == pytest.approx(ledger.rows()[0]["test/accuracy"], abs=1e-6)
    queried = ledger.find("queried", 1)
    assert queried is not None
    assert len(set(queried["ids"])) == 4
    assert set(queried["ids"]) <= set(scores.ids)
