"""Plugins: packages of others whose configs and pieces alseg finds."""

import logging
import os
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from alseg.composition import composing, plugins
from alseg.composition.choices import choices
from alseg.composition.compose import compose
from alseg.composition.explained import summaries
from alseg.composition.missing_modules import check_modules
from alseg.errors import ConfigError


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package with an entry point as pip does, for one test."""

    def installed(name: str, value: str, conf: bool = True) -> Path:
        package = tmp_path / name
        (package / "conf" / "strategy" if conf else package).mkdir(parents=True)
        (package / "__init__.py").write_text("raise RuntimeError('looking for configs imports nothing')\n")
        if conf:
            text = "# Mine.\ndefaults: [entropy, _self_]\nname: mine\n"
            (package / "conf" / "strategy" / f"{name}.yaml").write_text(text)
        metadata = tmp_path / f"{name}-0.1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
        (metadata / "entry_points.txt").write_text(f"[alseg.plugins]\n{name} = {value}\n")
        return package

    monkeypatch.syspath_prepend(str(tmp_path))
    plugins.plugin_folders.cache_clear()
    yield installed
    plugins.plugin_folders.cache_clear()


@pytest.mark.slow
def test_choices_of_an_installed_package_are_found_composed_and_explained(install):
    package = install("mine_a", "mine_a")
    assert plugins.plugin_folders() == (package / "conf",)
    assert "mine_a" in choices("strategy")
    assert summaries("strategy")["mine_a"] == "Mine"
    composing.register()
    assert compose(["strategy=mine_a"]).strategy.name == "mine"


def test_a_plugin_adds_choices_and_replaces_none(install):
    package = install("mine_b", "mine_b")
    (package / "conf" / "strategy" / "entropy.yaml").write_text("name: taken over\n")
    assert compose(["strategy=entropy"]).strategy.name == "entropy"
    assert summaries("strategy")["entropy"].startswith("Largest mean entropy")


@pytest.mark.parametrize(("value", "conf"), [("mine_c", False), ("not_there", True), ("not.there.at_all", True)])
def test_a_plugin_without_configs_is_said_and_left_out(install, caplog, value, conf):
    install("mine_c", value, conf)
    with caplog.at_level(logging.WARNING):
        assert plugins.plugin_folders() == ()
    assert caplog.messages == [f"plugin mine_c: there is no package {value!r} with a folder conf; it is left out"]


def test_what_lies_in_the_folder_takes_the_place_of_nothing_that_is_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", ["installed"])
    monkeypatch.setenv("PYTHONPATH", "there")
    for _ in range(2):
        plugins.import_from(tmp_path)
    assert sys.path == ["installed", str(tmp_path)]
    assert os.environ["PYTHONPATH"].split(os.pathsep) == ["there", str(tmp_path)]


def test_a_module_that_is_not_there_is_named_with_its_address():
    config = OmegaConf.create({"a": [{"_target_": "math.sqrt"}, {"of": {"_target_": "no_such_package.Thing"}}]})
    with pytest.raises(
        ConfigError, match=r"^a\.1\.of\._target_=no_such_package\.Thing: there is no module no_such_package; "
    ):
        check_modules(config)
    check_modules(OmegaConf.create({"_target_": "${there}", "there": "math.sqrt"}))
