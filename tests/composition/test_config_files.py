"""Config files are parsed once, and anew when they have changed."""

import os

import pytest
from hydra._internal.core_plugins import file_config_source
from hydra._internal.sources_registry import SourcesRegistry
from hydra.errors import HydraException
from omegaconf import OmegaConf

from alseg.composition import config_files
from alseg.composition.composing import composed, register


@pytest.fixture
def place(tmp_path):
    (tmp_path / "conf" / "optimizer").mkdir(parents=True)
    (tmp_path / "conf" / "config.yaml").write_text("defaults: [_self_, optimizer: sgd]\nseed: 1\n")
    (tmp_path / "conf" / "optimizer" / "sgd.yaml").write_text("# @package _global_.opt\nrates: [1, 2]\n")
    return tmp_path / "conf"


def test_a_file_is_parsed_once(place, monkeypatch):
    parsed = []
    load = OmegaConf.load
    monkeypatch.setattr(OmegaConf, "load", lambda file: parsed.append(file.name) or load(file))
    first = composed([], place=str(place), hydra=False)
    count = len(parsed)
    assert {str(place / "config.yaml"), str(place / "optimizer" / "sgd.yaml")} <= set(parsed)
    assert count == len(set(parsed))
    first.opt.rates.append(3)  # of no concern to the next
    assert composed(["seed=2"], place=str(place), hydra=False) == {"seed": 2, "opt": {"rates": [1, 2]}}
    assert len(parsed) == count


def test_a_file_that_changed_or_went_is_read_anew(place):
    assert composed([], place=str(place), hydra=False).seed == 1
    file = place / "config.yaml"
    then = file.stat().st_mtime_ns
    file.write_text("defaults: [_self_, optimizer: sgd]\nseed: 7\n")
    os.utime(file, ns=(then + 1, then + 1))
    assert composed([], place=str(place), hydra=False).seed == 7
    (place / "optimizer" / "sgd.yaml").unlink()
    with pytest.raises(HydraException, match="sgd"):
        composed([], place=str(place), hydra=False)


def test_a_launchers_worker_restores_the_registry():
    """It restores what the process of the sweep had registered, and then finds Hydra's own plugins."""
    register()
    registry = SourcesRegistry()
    registry.types = dict(SourcesRegistry.instance().types)
    for source in (file_config_source.FileConfigSource, config_files.ImportlibResourcesConfigSource.__base__):
        registry.register(source)
    assert registry.types["file"] is config_files.FileConfigSource
    assert registry.types["pkg"] is config_files.ImportlibResourcesConfigSource


def test_a_file_that_is_no_yaml_is_an_error_of_composing(place):
    """For whoever composes: alseg explain and the plan of a sweep had tracebacks."""
    file = place / "optimizer" / "sgd.yaml"
    file.write_text("rates: [1\n")
    with pytest.raises(HydraException, match=rf"^{file}: line 2: expected ',' or '\]'"):
        composed([], place=str(place), hydra=False)
