"""What cannot change a number, and what a run folder therefore takes."""

import importlib.util
import json

import pytest
import yaml
from omegaconf import OmegaConf

from alseg.composition.defaults import filled
from alseg.errors import RunFolderError
from alseg.identity.moved import MOVED, target_today
from alseg.identity.settings import counted, is_free, is_path, unused
from alseg.runs.resuming import check_settings
from alseg.runs.run_folder import RunFolder

CONFIG = {
    "name": "x",
    "seed": 0,
    "run_dir": None,
    "worst": 8,
    "data": {
        "_target_": "alseg.data.folder.load_folder",
        "name": "ds",
        "root": "ds",
        "size": 64,
        "memory_limit_gb": 4.0,
    },
    "strategy": {"_target_": "alseg.strategy.Strategy", "name": "random"},
    "cold_start": {"name": "random", "space": "learner"},
    "embedding": {"name": "packaged", "weights": "packaged", "weights_path": None},
    "map": {"name": "tsne", "perplexity": None},
    "oracle": {"name": "column", "root": "ds"},
    "learner": {"name": "classifier", "weights": "path", "weights_path": "w.pt"},
    "trainer": {"name": "default", "steps": 5, "checkpoint_minutes": 5.0, "progress": None, "checkpoints": "last"},
    "logger": {"name": "csv"},
}


def config(**changes):
    """`CONFIG` with some dotted keys, written with ``__``, changed."""
    made = OmegaConf.create(CONFIG)
    for key, value in changes.items():
        OmegaConf.update(made, key.replace("__", "."), value, force_add=True)
    return OmegaConf.to_container(made)


def folder(path, *, recorded=True, **changes):
    run = RunFolder(path)
    run.config.write_text(yaml.safe_dump(config(**changes)))
    data = {"version": 1, "images": "0"} if recorded else "0"
    run.ledger.write_text(json.dumps({"event": "started", "round": 0, "data": data}) + "\n")
    return run


FREE = [
    {"run_dir": "elsewhere"},
    {"name": "y"},
    {"worst": 0},
    {"logger": {"name": "wandb", "project": "p"}},
    {"data__root": "/elsewhere/ds"},
    {"data__root": "copy", "data__name": "copy"},
    {"data__cache_dir": "/cache"},
    {"data__memory_limit_gb": 0.5},
    {"oracle__root": "/elsewhere/ds"},
    {"learner__weights_path": "/elsewhere/w.pt"},
    {"trainer__checkpoint_minutes": 1.0},
    {"trainer__progress": False},
    {"trainer__checkpoints": "all"},
    {"map": {"name": "none"}},
    {"embedding__name": "pixels"},
]
COUNTS = [
    {"data__size": 128},
    {"trainer__steps": 6},
    {"strategy__name": "entropy"},
    {"learner__weights": "none"},
    {"trainer__accelerator": "gpu"},
]


@pytest.mark.parametrize("change", FREE, ids=str)
def test_two_halves_may_differ_in_what_cannot_change_a_number(change, tmp_path):
    check_settings(folder(tmp_path), config(**change))


@pytest.mark.slow
@pytest.mark.parametrize("change", COUNTS, ids=str)
def test_and_in_nothing_else(change, tmp_path):
    (key,) = change
    named = "strategy" if key == "strategy__name" else key.replace("__", r"\.")  # a choice is named as it is typed
    with pytest.raises(RunFolderError, match=rf"\b{named}="):
        check_settings(folder(tmp_path), config(**change))


def test_another_choice_is_named_as_it_is_written_on_the_command_line(tmp_path):
    other = config(strategy___target_="alseg.acquisition.margin.Margin", strategy__name="margin", trainer__steps=6)
    with pytest.raises(RunFolderError, match=r"a run with strategy=random, not margin \(and 1 more\); choose"):
        check_settings(folder(tmp_path), other)


def test_a_run_without_content_is_known_by_more(tmp_path):
    """Its ledger cannot tell another data set or other weights, so name and file must be the same."""
    run = folder(tmp_path, recorded=False)
    check_settings(run, config(data__root="/elsewhere/ds", learner__weights_path=str(tmp_path / "w.pt")))
    for change in ({"data__name": "other"}, {"learner__weights_path": "/elsewhere/w.pt"}):
        with pytest.raises(RunFolderError, match="it holds a run with"):
            check_settings(run, config(**change))


def test_map_and_embedding_count_where_images_are_compared_by_them():
    by_map, by_embedding = config(cold_start__space="map"), config(strategy__space="embedding")
    assert unused(config()) == {"map", "embedding"}
    assert unused(by_embedding) == {"map"}
    assert unused(by_map) == frozenset()
    assert {"map.name", "embedding.name"} <= set(counted(by_map))


def test_keys():
    assert is_free("logger.project")
    assert not is_free("data.root")
    assert is_free("oracle.answers")
    assert is_free("oracle.annotators.ann.images")
    assert not is_free("data.images")
    assert not is_free("oracle.seconds_per_image")
    assert [
        k for k in ("data.root", "oracle.annotators.b.root", "learner.weights_path", "data.size") if is_path(k)
    ] == [
        "data.root",
        "oracle.annotators.b.root",
        "learner.weights_path",
    ]


@pytest.mark.slow
def test_what_an_older_run_lacks_is_todays_default(tmp_path):
    """data.unit came later, and learner.dropout; a run without them goes on with the default and not with another."""
    old = {**CONFIG, "learner": CONFIG["learner"] | {"_target_": "alseg.learners.classifier.Classifier"}}
    now = filled(old, ["data.unit", "learner.dropout", "oracle.where", "learner.nonsense", "strategy.selector.q"])
    assert now["data"]["unit"] is None
    assert now["learner"]["dropout"] == 0.0
    assert "nonsense" not in now["learner"]
    assert "selector" not in now["strategy"]
    run = folder(tmp_path, learner___target_="alseg.learners.classifier.Classifier")
    with_it = {"learner___target_": "alseg.learners.classifier.Classifier", "learner__dropout": 0.0}
    check_settings(run, config(**with_it))
    with pytest.raises(RunFolderError, match=r"learner\.dropout=0\.0, not 0\.5"):
        check_settings(run, config(**with_it | {"learner__dropout": 0.5}))


def test_a_default_that_follows_another_setting():
    old = {
        **CONFIG,
        "oracle": {"_target_": "alseg.oracles.column.Column", "name": "column"},
        "data": CONFIG["data"] | {"mask": "second"},
    }
    assert filled(old, ["oracle.mask"])["oracle"]["mask"] == "second"


def test_a_target_that_has_moved_is_the_same_target():
    old = {"data": {"_target_": "alseg.data.phantom_carotid.phantom_carotid", "n": 3}}
    new = {"data": {"_target_": "alseg.data.phantoms.carotid.phantom_carotid", "n": 3}}
    assert counted(old) == counted(new)
    for target in (target_today(f"{before}x") for before in MOVED):
        module = target.rsplit(".", 1)[0]
        assert importlib.util.find_spec(module), module
