"""What a user types for a setting that is text arrives as that text: in the config, in its file and in names of folders."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from alseg.composition import setting_types
from alseg.composition.composing import composed
from alseg.composition.override_text import quoted
from alseg.composition.schema import Config
from alseg.composition.setting import Setting
from alseg.composition.typed_text import as_typed, keep_sweep_as_typed
from alseg.errors import ConfigError
from alseg.loop.job import resolve
from alseg.sweeps.plan import subdirectories

PARSER = OverridesParser.create()

LOOKS = [
    *("1_2", "12", "-5", "+5", "007", "2024", "1_000_000"),
    *("1.50", "1.5", "1.", ".5", "1e5", "1E-3", "inf", "NaN"),
    *("true", "False", "TRUE", "yes", "no", "on", "null", "Null", "~", "None"),
    *("2026_11_29", "2026-11-29", "12:30", "0x10", "0b1", "0o7", "1_0e1"),
]
"""Text that looks like a number, a boolean, nothing, a date or a time."""

CHOICES = {
    "own images": ["data=folder", "oracle=column", "logger=wandb", "embedding=file", "stopping=target"],
    "public images": ["data=busi", "oracle=noisy", "logger=mlflow", "learner=sequal", "stopping=plateau"],
    "tissue": ["data=phantom_histology", "oracle=confused", "learner=unisal", "logger=csv", "cold_start=typiclust"],
    "readers": ["oracle=panel", "learner=dual_view", "reduction=top_q", "strategy=dus_cs"],
    "points": ["oracle=sparse_noisy", "learner=classifier_dropout", "strategy=pld_rounds", "budget=low"],
}
KNOWN = {
    "own images": {
        *("name", "run_dir", "budget.name", "trainer.precision", "trainer.monitor", "strategy.name"),
        *("data.root", "data.name", "data.mask", "data.region", "data.cimt", "data.unit", "data.cache_dir"),
        *("data.where", "data.classes", "oracle.root", "oracle.column", "oracle.where", "oracle.mask"),
        *("learner.architecture", "learner.encoder", "learner.weights", "learner.weights_path", "learner.name"),
        *("embedding.model", "embedding.weights_path", "embedding.pooling", "stopping.target.metric"),
        *("logger.project", "logger.entity", "logger.tags", "logger.mode", "map.name", "cold_start.name"),
    },
    "public images": {"logger.uri", "logger.experiment", "oracle.annotator", "learner.refine.base", "data.classes"},
    "tissue": {"learner.backbone", "learner.positives", "oracle.between", "oracle.of.name", "data.name"},
    "readers": {"oracle.fusion", "oracle.annotators.reader_1.annotator", "reduction.name", "strategy.space"},
    "points": {"oracle.kind", "oracle.of.annotator", "oracle.of.unit"},
}
"""Some that must be among those found."""


def text_settings(config: DictConfig) -> dict[str, Setting]:
    """Every setting that is text, a list of texts or a mapping to texts."""
    found = {}

    def walk(setting: Setting, key: str) -> None:
        for name in map(str, setting.node):
            below, path = setting.entry(name), f"{key}{name}"
            entry = setting_types.entries(below.annotation)
            items = below.item
            if below.is_text or (items and items.is_text) or (entry and setting_types.is_text(entry)):
                found[path] = below
            elif isinstance(below.node, DictConfig) and not below.node._is_none():
                walk(below, f"{path}.")

    walk(Setting(Config, config), "")
    return {key: setting for key, setting in found.items() if not key.startswith("hydra")}


def kept(overrides: list[str]) -> DictConfig:
    """The config of a command line, as a run folder keeps it."""
    return resolve(composed(as_typed(overrides), hydra=False))


@pytest.fixture(scope="module")
def settings() -> dict[str, tuple[DictConfig, dict[str, Setting]]]:
    configs = {name: composed(choices) for name, choices in CHOICES.items()}
    return {name: (config, text_settings(config)) for name, config in configs.items()}


def typed_and_expected(key: str, setting: Setting, text: str) -> tuple[str, Any]:
    """What is typed to give a setting a text, and what is to become of it."""
    if setting.is_text:
        return f"{key}={text}", None if text.lower() == "null" and setting.is_optional else text
    if setting.item:
        return f"{key}=[{text},a]", [text, "a"]
    return f"{key}={{a:{text},b:[{text}]}}", {"a": text, "b": [text]}


@pytest.mark.slow
@pytest.mark.parametrize("group", CHOICES)
def test_the_text_settings_are_found_by_their_annotations(group, settings):
    _, found = settings[group]
    assert set(found) >= KNOWN[group]
    numbers = {"seed", "worst", "split.val", "data.size", "data.spacing", "budget.initial", "trainer.progress"}
    assert not numbers & set(found)


@pytest.mark.slow
@pytest.mark.parametrize("group", CHOICES)
@pytest.mark.parametrize("text", LOOKS)
def test_every_text_setting_takes_what_looks_like_something_else(group, text, settings):
    config, found = settings[group]
    pairs = [typed_and_expected(key, setting, text) for key, setting in found.items()]
    made = as_typed([word for word, _ in pairs], config=config)
    assert [PARSER.parse_override(word).value() for word in made] == [value for _, value in pairs]
    assert as_typed(made, config=config) == made


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(2))
@pytest.mark.parametrize("group", CHOICES)
def test_and_keeps_it_in_the_config_and_in_its_file(group, turn, settings):
    """Each setting another text, the next one in the next turn."""
    words, expected = [], {}
    for index, (key, setting) in enumerate(settings[group][1].items()):
        word, value = typed_and_expected(key, setting, LOOKS[(index + 14 * turn) % len(LOOKS)])
        words.append(word)
        expected[key] = str(Path(value).expanduser().absolute()) if setting.is_path and value is not None else value
    config = kept([*CHOICES[group], *words])
    saved = OmegaConf.to_yaml(config)
    again = OmegaConf.create(saved)
    for key, value in expected.items():
        assert OmegaConf.select(config, key) == value, key
        assert OmegaConf.select(again, key) == value, key
    assert yaml.load(saved, Loader=yaml.CSafeLoader) == OmegaConf.to_container(again)  # as the report reads it


@pytest.mark.slow
@pytest.mark.parametrize("value", ["{decoder_channels:[64,32]}", "{a:{b:1}},{c:2}"])
def test_a_mapping_without_names_yet_takes_those_of_a_mapping_that_is_typed(value):
    """Hydra takes the names alone that stand in the config, and there are none in ``{}``."""
    assert as_typed([f"learner.architecture_options={value}"]) == [f"++learner.architecture_options={value}"]
    first = f"learner.architecture_options={value.split(',{')[0]}"
    assert kept(["learner=segmenter", first]).learner.architecture_options == PARSER.parse_override(first).value()


@pytest.mark.slow
@pytest.mark.parametrize("word", ["data.where={site:'1_2'}", "+data.where.site=1_2", 'data.where.site="1_2"'])
def test_quotes_and_pluses_of_ones_own_are_fine(word):
    assert kept(["data=folder", "data.root=x", word]).data.where == {"site": "1_2"}


@pytest.mark.slow
def test_what_is_no_text_keeps_its_type():
    numbers = [
        "data.spacing=[0.10,1e-1]",
        "data.size=[1_28,64]",
        "seed=1_0",
        "split.val=.0",
        "learner.optimizer.lr=1e-3",
    ]
    others = ["data.mask=null", "learner.refine=null", "trainer.progress=false"]
    config = kept(["data=folder", "data.root=x", "learner=sequal", *numbers, *others])
    assert (config.data.spacing, config.data.size, config.seed) == ([0.1, 0.1], [128, 64], 10)
    assert (config.learner.optimizer.lr, config.learner.refine, config.data.mask) == (0.001, None, None)
    assert config.trainer.progress is False


PATHS = ["Übung (2)", "a=b", "[1]", "[1, 2]", "{x}", "{a,b}", "scans(2)", "my scans", "it's", 'a"b', "a#b;c&d", "100%"]
PATHS += ["$x", "a$", "x/", "/", ".", "..", "-", "a\\b", "日本", "a: b", "a|b", "<x>", "a!", "`x`", "^", "'x", "a,b [c"]


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_paths_need_no_quotes_of_hydra(path, settings):
    swept = "," in path and path[0] not in "[{"  # without quotes; the error shows them
    typed = f"'{path}'" if swept else path
    words = [f"data.root={typed}", f"run_dir={typed}", f"learner.weights_path={typed}"]
    words += [f"+data.where.site={typed}"] if path[0] != "[" else []  # where a list is possible, it is one
    made = as_typed(words, config=settings["own images"][0])
    assert {PARSER.parse_override(word).value() for word in made} == {path}


@pytest.mark.slow
def test_paths_in_the_file_of_a_run():
    where = ["'x", "a,b [c", "$x", "Übung (2)", 'a"b', "{x}"]
    typed = [f"data.where.{name}={quoted(path)}" for name, path in zip("abcdef", where)]
    config = kept(["data=folder", "data.root=a=b/Ü", "run_dir=x {y}", *typed])
    assert OmegaConf.create(OmegaConf.to_yaml(config)) == config
    assert list(config.data.where.values()) == where
    assert (config.data.root, config.run_dir, config.name) == (str(Path("a=b/Ü").absolute()), "x {y}", "Ü")


@pytest.mark.slow
def test_the_home_folder_and_other_settings_in_a_path(monkeypatch):
    monkeypatch.setenv("HOME", "/people/me")
    assert kept(["data=folder", "data.root=~/scans"]).data.root == "/people/me/scans"
    assert kept(["data=folder", "data.root=/x/${seed}"]).data.root == "/x/0"
    config = kept(["data=folder", r"data.root=/x/\${seed}"])
    assert config.data.root == "/x/${seed}"
    assert OmegaConf.create(OmegaConf.to_yaml(config)).data.root == "/x/${seed}"


@pytest.mark.slow
def test_relative_paths_are_kept_as_absolute_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = kept(
        [
            "data=folder",
            "data.root=ds",
            "data.cache_dir=c",
            "oracle=column",
            "embedding=file",
            "embedding.weights_path=w.pt",
        ]
    )
    assert config.data.root == config.oracle.root == str(tmp_path / "ds")
    assert (config.data.cache_dir, config.embedding.weights_path) == (str(tmp_path / "c"), str(tmp_path / "w.pt"))
    assert config.data.name == config.name == "ds"


def jobs(*overrides: str) -> tuple[list[DictConfig], list[str]]:
    """The configs of a sweep, and the folders that they go to."""
    typed = as_typed(overrides)
    (batch,) = BasicSweeper.split_arguments(PARSER.parse_overrides(typed), None)
    configs = [composed(job) for job in batch]
    return configs, subdirectories(composed(batch[0]), typed, PARSER, Path("nowhere"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("swept", "values", "folders"),
    [
        ("name=1_0,2_0", ["1_0", "2_0"], ["default", "default"]),
        ("data.cimt=1_0,true,a", ["1_0", "true", "a"], ["data.cimt=1_0", "data.cimt=true", "data.cimt=a"]),
        ("data.mask=choice(1.50,'1.5')", ["1.50", "1.5"], ["data.mask=1.50", "data.mask=1.5"]),
        ("run_dir=2026_11_29,null", ["2026_11_29", None], ["default", "default"]),
    ],
)
def test_sweeps_over_text(swept, values, folders):
    configs, places = jobs("data=folder", "data.root=x", swept)
    key = swept.partition("=")[0]
    assert [OmegaConf.select(config, key) for config in configs] == values
    shown = [re.sub(r"-[0-9a-f]{8}/", "/", place) for place in places]  # without the hash of the path
    paths = "data.root=x,data=folder/seed=0"
    assert shown == [paths if folder == "default" else f"{folder},{paths}" for folder in folders]
    subdirs = [config.hydra.sweep.subdir for config in configs]
    assert subdirs == places


@pytest.mark.slow
def test_names_of_folders_are_what_was_typed():
    config = composed(as_typed(["data=folder", "data.root=2024", "run_dir=2026_11_29"]))
    assert (config.hydra.run.dir, config.name) == ("2026_11_29", "2024")
    config = composed(as_typed(["data=folder", "data.root=x", "name=1_0", "data.mask=1_0"]))
    # the hash stands for the whole path
    named = r"runs/1_0/data\.mask=1_0,data\.root=x,data=folder-[0-9a-f]{8}/seed=0"
    assert re.fullmatch(named, config.hydra.run.dir)
    assert composed(as_typed(["run_dir=null", "name=a"])).hydra.run.dir == "runs/a/default/seed=0"


@pytest.mark.slow
def test_an_experiment_that_sweeps_over_text_by_itself(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "2026_11_29.yaml").write_text(
        "# @package _global_\nname: mine\nhydra: {sweeper: {params: {data.mask: '1_0,2_0', seed: '0,1'}}}\n"
    )
    search = f"hydra.searchpath=['file://{tmp_path}']"
    config = composed(as_typed([search, "data=folder", "data.root=x", "experiment=2026_11_29"]))
    keep_sweep_as_typed(config)
    assert config.hydra.sweeper.params == {"data.mask": "'1_0','2_0'", "seed": "0,1"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["1_0", "true", "null", "1.50"])
def test_a_column_that_hydra_would_misname_has_a_line_of_its_own(name):
    with pytest.raises(ConfigError, match=rf"data\.where\.{name}: Hydra would read .* write data\.where\.{name}=VALUE"):
        as_typed(["data=folder", f"data.where={{{name}:x}}"])
    if "." not in name:
        assert kept(["data=folder", "data.root=x", f"data.where.{name}=x"]).data.where == {name: "x"}


@pytest.mark.slow
def test_yaml_that_reads_text_as_something_else(tmp_path):
    def of(where: str) -> DictConfig:
        config = composed(["data=folder", "data.root=x"], hydra=False)
        OmegaConf.update(config, "data.where", OmegaConf.create(where), force_add=True)
        return resolve(config)

    assert of("{site: 12, other: [1, '1_2', a]}").data.where == {"site": "12", "other": ["1", "1_2", "a"]}
    with pytest.raises(ConfigError, match=r"data\.where\.site: 1\.5 is a number to YAML, .* quotes"):
        of("{site: 1.50}")
    with pytest.raises(ConfigError, match=r"data\.where\.site: true is a truth value to YAML, .* quotes"):
        of("{site: [a, true]}")
