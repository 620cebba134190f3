"""The parts of the kill test's run under the same names, without their pauses."""

from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from alseg.acquisition.entropy import Entropy
from alseg.oracles.simulated import Simulated
from alseg.selection.random import Random
from alseg.selection.top import Top
from tests.helpers.run_process import write_config
from tests.helpers.tiny_learner import TinyLearner


class Learner(TinyLearner):
    pass


class Oracle(Simulated):
    pass


def quick_config(folder: Path, **trainer: object) -> DictConfig:
    """The config of a run that takes a second; ``folder`` is for the file alone."""
    text = (write_config(folder, steps=3, **trainer) / "config.yaml").read_text()
    for slow in ("Entropy", "Top", "Random", "Oracle", "Learner"):
        text = text.replace(f"kill_parts.Slow{slow}", f"quick_parts.{slow}")
    config = OmegaConf.create(text)
    assert isinstance(config, DictConfig)
    return config


__all__ = ["Entropy", "Learner", "Oracle", "Random", "Top", "quick_config"]
