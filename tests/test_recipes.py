"""The recipes of CONTRIBUTING.md, followed literally: their files in a folder of their own, beside the package and conf/."""

import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hydra.core.config_store import ConfigStore
from PIL import Image

from alseg.cli import main
from alseg.composition import composing
from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.data.public import registry
from alseg.selection.candidates import Candidates

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"
SNIPPET = re.compile(r"^```(?:python|yaml)\n# (\S+)\n(.*?)^```$", re.M | re.S)
FOLLOWED = [
    "a strategy",
    "an acquisition",
    "a selector",
    "a public data set",
    "a phantom",
    "an embedding",
    "a learner",
    "an oracle",
    "a callback",
    "a metric",
    "a section of the report",  # what it shows: tests/report/sections/test_report_sections.py
]
ALL = [
    "data=phantom_discs",
    "strategy=gini",
    "cold_start=spread",
    "embedding=histogram",
    "learner=ensemble",
    "oracle=boxes",
    "callbacks=[default,area,labelled_share]",
]
"""What the recipes make, but for the selector and the public data set."""


def recipes() -> dict[str, dict[str, str]]:
    """Recipe to its files by their names."""
    _, _, text = PAGE.read_text(encoding="utf-8").partition("\n## To add ...\n")
    parts = re.split(r"^### (.*)$", text, flags=re.M)[1:]
    return {title: dict(SNIPPET.findall(body)) for title, body in zip(parts[::2], parts[1::2])}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The files of all recipes, importable and composable; how Hydra is told of them."""
    root = tmp_path_factory.mktemp("copy")
    with pytest.MonkeyPatch.context() as patch:
        for name, text in (item for files in recipes().values() for item in files.items()):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"# {name}\n{text}", encoding="utf-8")
            if path.suffix == ".py":
                package = importlib.import_module(".".join(Path(name).parent.parts))
                if str(path.parent) not in package.__path__:
                    patch.setattr(package, "__path__", [*package.__path__, str(path.parent)])
        patch.setenv("ALSEG_DATA_HOME", str(root / "home"))
        registry.datasets.cache_clear()
        composing.register.cache_clear()
        before = set(sys.modules)
        yield f"hydra.searchpath=[file://{root / 'conf'}]"
        for module in set(sys.modules) - before:
            if str(root) in str(getattr(sys.modules[module], "__file__", "")):
                del sys.modules[module]
    ConfigStore.instance().repo["data"].pop("two_cells.yaml", None)
    registry.datasets.cache_clear()


def test_every_recipe_is_followed():
    assert list(recipes()) == FOLLOWED


@pytest.mark.parametrize("title", FOLLOWED)
def test_a_recipe_is_one_python_file_and_at_most_one_yaml(title):
    files = recipes()[title]
    suffixes = [Path(name).suffix for name in files]
    assert suffixes.count(".py") <= 1
    assert suffixes.count(".yaml") <= (2 if title == "a strategy" else 1)  # a cold start is shown beside it
    assert files


@pytest.mark.slow
def test_a_public_data_set_is_got_listed_and_loaded(place, tmp_path, capfd):
    for folder in ("Round", "Spindle"):
        (tmp_path / folder).mkdir()
        for i in range(4):
            Image.fromarray(np.full((8, 8), 40 * i, np.uint8)).save(tmp_path / folder / f"{i}_{folder}.png")
    assert main(["data", "list"]) == 0
    assert " two_cells " in capfd.readouterr().out
    assert main(["data", "get", "two_cells", "--from", str(tmp_path)]) == 0
    dataset = instantiate(compose([place, "data=two_cells", "data.size=16"]).data)
    assert dataset.classes == ("round", "spindle")
    assert len(dataset.ids) == 8
    assert len(set(dataset.groups)) == 4


@pytest.mark.slow
def test_a_run_of_all_of_them(place, tmp_path):
    """Strategy, cold start, acquisition, phantom, embedding, learner, oracle, callback and metric."""
    network = ["learner.encoder=test_efficientnet", "learner.weights=none"]
    network += ["+learner.architecture_options={encoder_depth:3,decoder_channels:[8,8,8]}"]
    small = ["data.size=32", "data.patients=8", "learner.members=2", "trainer.steps=2"]
    small += ["trainer.batch_size=2", "budget.initial=2", "budget.query=2", "budget.rounds=2", "worst=0"]
    others = ["logger=csv", "map=none", "trainer.accelerator=cpu"]
    assert main(["run", place, *ALL, *network, *small, *others, f"run_dir={tmp_path / 'run'}"]) == 0
    metrics = pd.read_csv(tmp_path / "run" / "metrics.csv")
    assert metrics["n_labelled"].tolist() == [2, 4]
    assert metrics["cost"].tolist() == [14, 28]
    assert metrics["test/labelled_share"].tolist() == [2 / 16, 4 / 16]
    assert metrics["test/area_error"].between(0, 1).all()
    events = [json.loads(line) for line in (tmp_path / "run" / "ledger.jsonl").read_text().splitlines()]
    assert [event["strategy"] for event in events if event["event"] == "queried"] == ["spread", "gini"]


@pytest.mark.slow
def test_the_selector_draws_by_score(place):
    """Scores far apart leave no choice."""
    selector = instantiate(compose([place, "strategy=softmax"]).strategy.selector)
    ids = tuple(f"image_{i}" for i in range(6))
    candidates = Candidates(ids, scores=np.array([0.0, 9.0, 0.0, 7.0, 0.0, 8.0]))
    assert sorted(selector.select(candidates, 3, np.random.default_rng(0))) == ["image_1", "image_3", "image_5"]
