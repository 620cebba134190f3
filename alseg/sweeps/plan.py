"""Which runs a sweep consists of, known before the first one starts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import cast

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from alseg.runs.folder_names import job_folder


def planned(config: DictConfig) -> list[Path]:
    """The run folders of a sweep in the order of their job numbers.

    Composing every config would take as long again as Hydra's own check of them; the names follow from the overrides.

    Args:
        config: the root config of the sweep, with its ``hydra`` node.

    Returns:
        One folder per job; none if another sweeper than Hydra's own decides on the jobs as it goes. Where the name of the
        sweep is that of a data set, and data sets are swept over, the folders of all but the first are elsewhere.
    """
    if not config.hydra.sweeper._target_.endswith(".BasicSweeper"):
        return []
    parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
    sweep = Path(config.hydra.sweep.dir).absolute()
    return [sweep / name for name in subdirectories(config, config.hydra.overrides.task, parser)]


def subdirectories(config: DictConfig, given: Sequence[str], parser: OverridesParser) -> list[str]:
    """The folder of every job within its sweep, as Hydra's own sweeper takes a command line apart.

    Args:
        config: the root config, with its ``hydra`` node; its sweeper's own parameters go before what is given.
        given: the settings of the command line, without those of Hydra.
        parser: of them.
    """
    parameters = [f"{key}={value}" for key, value in (config.hydra.sweeper.params or {}).items()]
    (jobs,) = BasicSweeper.split_arguments(parser.parse_overrides([*parameters, *given]), None)

    @cache
    def parsed(override: str) -> Override:
        return parser.parse_override(override)

    return [_subdirectory(config, [parsed(override) for override in job]) for job in jobs]


def _subdirectory(config: DictConfig, overrides: list[Override]) -> str:
    """The folder of one job within its sweep, by Hydra's rule for ``hydra.job.override_dirname`` and by ours."""
    rule = OmegaConf.select(config, "hydra.job.config.override_dirname")
    shown = sorted(str(o.input_line) for o in overrides if o.key_or_group not in rule.exclude_keys)
    seeds = [cast(int, o.value()) for o in overrides if o.key_or_group == "seed"]
    name = rule.item_sep.join(shown).replace("=", rule.kv_sep)
    return job_folder(name, seeds[-1] if seeds else config.seed)
