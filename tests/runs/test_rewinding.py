"""``alseg rewind``: back to the end of a round, nothing deleted, safe against a kill and against a run under way."""

import json
import shutil
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from alseg.cli import main
from alseg.loop.job import run_job
from alseg.report.read.read_runs import read_run
from alseg.runs import rewinding
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder, State
from tests.helpers.loop_runs import decisions
from tests.helpers.quick_parts import quick_config


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return quick_config(tmp_path_factory.mktemp("config") / "run")


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    run_job(config, folder)
    return folder


@pytest.fixture
def done(whole, tmp_path):
    """A run of its own, done with its rounds 0 to 2."""
    return Path(shutil.copytree(whole, tmp_path / "run"))


def events(folder):
    return [(e["event"], e["round"]) for e in decisions(folder)]


def core(folder):
    """What a run decided, without how it came to it."""
    return [e for e in decisions(folder) if e["event"] not in ("rewound", "settings", "finished")]


def rewind(folder, to):
    return main(["rewind", str(folder), "--to", str(to)])


@pytest.mark.slow
def test_back_to_a_round_and_on_again_is_the_same_run(config, whole, done, capsys):
    assert rewind(done, 1) == 0
    text = capsys.readouterr().out
    assert f"{done} is at the end of round 1; what came later is in {done}/rewound/01." in text
    assert "round 1 is trained anew first, for its model is no longer there" in text
    round_0, round_1 = [[(kind, r) for kind in ("queried", "annotated", "trained", "evaluated")] for r in (0, 1)]
    assert events(done) == [("started", 0), *round_0, *round_1[:2], ("rewound", 1)]
    assert not (done / "DONE").exists()
    assert RunFolder(done).load_state() == State(1, "train")
    aside = done / "rewound" / "01"
    assert (aside / "ledger.jsonl").read_bytes() == (whole / "ledger.jsonl").read_bytes()
    kept = {
        path.relative_to(whole): path.read_bytes() for path in (whole / "rounds" / "02").rglob("*") if path.is_file()
    }
    assert {path: (aside / path).read_bytes() for path in kept} == kept
    assert (aside / "rounds" / "01" / "annotations.npz").exists()
    assert not (done / "rounds" / "02").exists()
    assert run_job(config, done).phase == "done"
    assert core(done) == core(whole)
    assert read_run(done).status == "finished"
    assert events(done)[-1] == ("finished", 2)


@pytest.mark.slow
def test_with_all_models_kept_nothing_is_trained_twice(tmp_path):
    config = quick_config(tmp_path / "config", checkpoints="all")
    folder = tmp_path / "run"
    run_job(config, folder)
    before = core(folder)
    assert rewind(folder, 0) == 0
    assert RunFolder(folder).load_state() == State(0, "evaluate")
    assert core(folder) == before[:5]
    assert run_job(config, folder).phase == "done"
    assert core(folder) == before
    assert rewind(folder, 1) == 0
    assert sorted(path.name for path in (folder / "rewound").iterdir()) == ["01", "02"]
    changed = OmegaConf.merge(config, {"budget": {"query": 5}})
    assert run_job(changed, folder).phase == "done"
    assert [len(e["ids"]) for e in decisions(folder) if e["event"] == "queried"] == [4, 3, 5]
    assert read_run(folder).config["budget"]["query"] == "3, 5 from round 2"
    assert rewind(folder, 0) == 0
    assert run_job(changed, folder).phase == "done"
    assert read_run(folder).config["budget"]["query"] == 5  # the run that is there now has never asked for 3


class Kill(BaseException):
    pass


@pytest.mark.slow
def test_killed_at_each_step_nothing_is_lost_and_the_next_command_brings_it_to_its_end(
    config, whole, done, monkeypatch
):
    steps = [
        "write_bytes",
        "write_text",
        "_later",
        "_kept",
        "RunFolder.save_state",
        "RunFolder.save_metrics",
        "Path.rename",
    ]
    steps += ["Path.unlink"]
    for step in steps:
        folder = Path(shutil.copytree(whole, done.parent / step))
        name = step.rpartition(".")[2]
        place = {"RunFolder": RunFolder, "Path": Path}.get(step.partition(".")[0], rewinding)
        method = getattr(place, name)

        def kill(*arguments, method=method, step=step, **options):
            if step in ("Path.rename", "Path.unlink") and ".lock" in str(arguments[0]):
                return method(*arguments, **options)
            raise Kill

        with monkeypatch.context() as patch:
            patch.setattr(place, name, kill)
            with pytest.raises(Kill):
                rewind(folder, 1)
        if (folder / "rewind.json").exists():
            assert main(["status", str(folder)]) in (0, 1)
        assert rewind(folder, 1) == 0
        assert events(folder)[-1] == ("rewound", 1)
        assert len([e for e in events(folder) if e[0] == "rewound"]) == 1
        asides = sorted((folder / "rewound").iterdir())
        assert (asides[-1] / "ledger.jsonl").read_bytes() == (whole / "ledger.jsonl").read_bytes()
        assert (asides[-1] / "rounds" / "02" / "model.ckpt").exists()


@pytest.mark.slow
def test_a_run_finishes_a_rewinding_that_was_broken_off(config, whole, done, monkeypatch):
    def kill(*_):
        raise Kill

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "save_state", kill)
        with pytest.raises(Kill):
            rewind(done, 1)
    assert run_job(config, done).phase == "done"
    assert ("rewound", 1) in events(done)
    assert core(done) == core(whole)


@pytest.mark.slow
def test_answers_of_people_go_aside_with_their_request(done):
    for round_ in (1, 2):
        folder = done / "requests" / f"round-{round_:02d}" / "answers"
        folder.mkdir(parents=True)
        (folder / "a.png").write_bytes(b"x")
    (done / "requests" / "label_studio.json").write_text("{}")
    assert rewind(done, 1) == 0
    assert sorted(path.name for path in (done / "requests").iterdir()) == ["label_studio.json", "round-01"]
    assert (done / "rewound" / "01" / "requests" / "round-02" / "answers" / "a.png").read_bytes() == b"x"


@pytest.mark.slow
def test_a_run_under_way_is_left_alone(done, capsys):
    before = (done / "ledger.jsonl").read_bytes()
    with RunFolder(done).lock():
        assert rewind(done, 1) == 2
    assert "is at work in this folder" in capsys.readouterr().err
    assert (done / "ledger.jsonl").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("to", "message"), [(3, "has ended the rounds 0 to 2; name one of these"), (-1, "has ended the rounds 0 to 2")]
)
def test_rounds_that_are_not_there(done, capsys, to, message):
    assert rewind(done, to) == 2
    assert message in capsys.readouterr().err
    assert not (done / "rewound").exists()


def test_no_run(tmp_path, capsys):
    assert rewind(tmp_path, 1) == 2
    assert "there is no run in this folder" in capsys.readouterr().err


def ledger_of(folder, rounds):
    ledger = Ledger(folder / "ledger.jsonl")
    ledger.record("started", 0)
    for round_ in range(rounds):
        for kind in ("queried", "annotated", "trained", "evaluated"):
            ledger.record(kind, round_)
    return RunFolder(folder)


@pytest.mark.parametrize(
    ("models", "there", "from_previous", "train"),
    [
        (1, [2], False, 3),  # rounds 0 to 2 stay, and their last model is there
        (1, [3], False, 2),
        (2, [1, 2], False, 3),
        (2, [2, 3], False, 1),
        (1, [3], True, 0),
        (1, [1, 3], True, 2),
        (1, [0, 3], True, 1),
    ],
)
def test_what_is_trained_anew(tmp_path, models, there, from_previous, train):
    run = ledger_of(tmp_path, 4)
    for round_ in there:
        run.round(round_).mkdir(parents=True)
        run.checkpoint(round_).touch()
    assert rewinding.plan_of(run, 2, models=models, from_previous=from_previous).train == train


def test_a_plan_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "rewind.json").write_text(json.dumps({"to": 1}))
    with pytest.raises(rewinding.RunFolderError, match="it was damaged"):
        rewinding.finish_rewinding(RunFolder(tmp_path))
