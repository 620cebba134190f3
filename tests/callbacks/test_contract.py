"""What every callback must bear: kills before and after each hook, and an error that names it."""

import inspect
import re
from pathlib import Path

import pandas as pd
import pytest
from omegaconf import OmegaConf

from alseg.callbacks.callback import Callback, CallbackError
from alseg.callbacks.stopping import CostReached
from alseg.composition import paths
from alseg.composition.instantiate import instantiate
from alseg.loop.job import run_job
from alseg.report.read.decisions import read_decisions
from alseg.runs.ledger import Ledger
from tests.helpers.loop_runs import ENTROPY, make_callbacks, make_run
from tests.helpers.run_process import write_config

HOOKS = [name for name in vars(Callback) if name.startswith("on_")]
NAMES = sorted(path.stem for path in (paths.conf() / "callbacks").glob("*.yaml") if path.stem != "default")


class Kill(BaseException):
    pass


class Killer(Callback):
    """Kills the run in the second call of a hook, or in the first where there is one only."""

    def __init__(self, hook: str) -> None:
        calls = iter([None, None] if hook in ("on_run_start", "on_run_end") else [None])

        def kill(*_: object) -> None:
            if hook in ("on_run_start", "on_run_end") or next(calls, "second") == "second":
                raise Kill

        setattr(self, hook, kill)


def kept(folder: Path) -> dict[str, bytes]:
    """Everything that callbacks have written."""
    files = (path for path in (folder / "rounds").rglob("*") if path.suffix in (".jpg", ".csv", ".parquet"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.name != "metrics.csv"}


def decisions(folder: Path) -> list[dict[str, object]]:
    return Ledger(folder / "ledger.jsonl", writable=False).decisions()


def run(folder, callbacks=()):
    return make_run(folder, strategy=ENTROPY, callbacks=dict(callbacks) or make_callbacks(worst=2))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    run(folder).run()
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("hook", HOOKS)
def test_killed_in_a_hook_and_gone_on_everything_is_the_same(tmp_path, whole, hook, when):
    killer, others = {"killer": Killer(hook)}, make_callbacks(worst=2)
    with pytest.raises(Kill):
        run(tmp_path, killer | others if when == "before" else others | killer).run()
    assert run(tmp_path).run().phase == "done"
    assert decisions(tmp_path) == decisions(whole)
    assert kept(tmp_path) == kept(whole)
    tables = [pd.read_csv(folder / "metrics.csv") for folder in (tmp_path, whole)]
    same = [column for column in tables[0] if not column.startswith("seconds")]
    pd.testing.assert_frame_equal(tables[0][same], tables[1][same])


@pytest.mark.slow
def test_a_rule_killed_after_it_was_asked_decides_again(tmp_path):
    rules = {"cost": CostReached(300)}
    run(tmp_path / "whole", make_callbacks(rules)).run()
    killer = Killer("on_round_end")
    with pytest.raises(Kill):
        run(tmp_path / "killed", make_callbacks(rules) | {"killer": killer}).run()
    run(tmp_path / "killed", make_callbacks(rules)).run()
    assert decisions(tmp_path / "killed") == decisions(tmp_path / "whole")


@pytest.mark.parametrize("name", NAMES)
def test_every_callback_of_conf_is_one_and_overrides_a_hook(name):
    config = {"worst": 8, "audit": {"share": 0.2}}
    node = OmegaConf.create({**config, "callbacks": OmegaConf.load(paths.conf() / "callbacks" / f"{name}.yaml")})
    callback = instantiate(OmegaConf.create(OmegaConf.to_container(node, resolve=True)).callbacks[name])
    assert isinstance(callback, Callback)
    own = {
        hook
        for hook in [*HOOKS, "reason_to_stop", "fit_loggers"]
        if getattr(type(callback), hook) is not getattr(Callback, hook)
    }
    assert own
    for hook in own:  # the contract's arguments, under its names or as they come
        assert len(inspect.signature(getattr(callback, hook)).parameters) == len(
            inspect.signature(getattr(Callback(), hook)).parameters
        )


def test_default_names_every_callback():
    assert sorted(OmegaConf.load(paths.conf() / "callbacks" / "default.yaml").defaults) == NAMES


class Broken(Callback):
    """A user's callback with a fault, until it is mended."""

    mended = False

    def on_evaluation_end(self, run, evaluation):
        if not self.mended:
            raise KeyError("dice")


@pytest.mark.slow
def test_a_callback_that_raises_ends_the_run_with_its_name_and_nothing_is_lost(tmp_path, monkeypatch):
    folder = write_config(tmp_path / "run")
    config = OmegaConf.load(folder / "config.yaml")
    (folder / "config.yaml").unlink()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    config.callbacks.mine = {"_target_": f"{__name__}.Broken"}
    with pytest.raises(CallbackError, match="the callback mine failed: KeyError: 'dice'"):
        run_job(config, folder)
    assert "the callback mine failed" in (folder / "FAILED").read_text()
    assert [event["event"] for event in decisions(folder)] == ["started", "queried", "annotated", "trained"]
    monkeypatch.setattr(Broken, "mended", True)
    assert run_job(config, folder).phase == "done"
    assert not (folder / "FAILED").exists()


@pytest.mark.slow
def test_every_callback_hears_of_the_end_also_when_one_raises(tmp_path):
    heard = []

    class Last(Callback):
        def on_run_end(self, run, end):
            heard.append(end)

    class First(Callback):
        def on_run_end(self, run, end):
            raise ValueError("no")

    with pytest.raises(CallbackError, match="the callback first failed"):
        run(tmp_path, {"first": First(), "last": Last()}).run()
    assert heard[0].done
    heard.clear()
    with pytest.raises(CallbackError, match="the callback broken failed"):
        run(tmp_path / "broken", {"broken": Broken(), "first": First(), "last": Last()}).run()
    assert isinstance(heard[0].error, CallbackError)
    assert heard[0].state is None


@pytest.mark.slow
def test_metrics_of_a_callback_reach_ledger_and_table_and_a_name_is_taken_once(tmp_path):
    class Mine(Callback):
        def on_evaluation_end(self, run, evaluation):
            run.log_metrics({"test/mine": len(run.pool.labelled) / 10})

    assert run(tmp_path, {"mine": Mine()}).run().phase == "done"
    assert pd.read_csv(tmp_path / "metrics.csv")["test/mine"].tolist() == [0.3, 0.5, 0.7]
    with pytest.raises(CallbackError, match="'test/mine' is there already"):
        run(tmp_path / "twice", {"mine": Mine(), "again": Mine()}).run()


@pytest.mark.slow
def test_a_metric_by_the_recipe_is_recorded_with_what_it_says_of_itself(tmp_path):
    text = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```python\n(# alseg/callbacks/labelled_share\.py\n.*?)```", text, re.DOTALL)
    module = {"__name__": "labelled_share"}
    exec(compile(recipe, "labelled_share.py", "exec"), module)
    run(tmp_path, {"mine": module["LabelledShare"]()}).run()
    evaluated = [event for event in decisions(tmp_path) if event["event"] == "evaluated"]
    assert [event["described"] for event in evaluated] == [[module["SHARE"].recorded()]] * 3
    assert read_decisions(tmp_path / "ledger.jsonl").described == {"labelled_share": module["SHARE"]}
    assert all(0 < event["metrics"]["test/labelled_share"] < 1 for event in evaluated)


@pytest.mark.parametrize("name", ["../x", "", "a/b", ".."])
def test_a_callback_writes_plain_files_into_its_round_alone(tmp_path, name):
    with pytest.raises(ValueError, match="is not the name of a file"):
        run(tmp_path).view.write_file(name, b"")


@pytest.mark.slow
def test_one_object_acts_in_the_loop_and_inside_the_fit(tmp_path):
    told = []

    class Both(Callback):
        def on_query_end(self, run, query):
            told.append("query")

        def on_train_start(self, trainer, pl_module):
            told.append("fit")

        def on_test_start(self, trainer, pl_module):
            told.append("test")

        def on_predict_start(self, trainer, pl_module):
            told.append("scan")

    run(tmp_path, {"both": Both()}).run()
    assert told == ["query", "fit", "test", *["scan", "query", "fit", "test"] * 2]
