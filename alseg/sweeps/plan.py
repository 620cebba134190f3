"""Run folders of a sweep, computed before the first run starts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import cast

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig

from alseg.composition.folder_names import ROUNDS, job_folder


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
    return [sweep / name for name in subdirectories(config, config.hydra.overrides.task, parser, sweep)]


def subdirectories(config: DictConfig, given: Sequence[str], parser: OverridesParser, sweep: Path) -> list[str]:
    """Name the folder of every job within its sweep, splitting the command line as Hydra's own sweeper does.

    Args:
        config: the root config, with its ``hydra`` node; its sweeper's own parameters go before what is given.
        given: the settings of the command line, without those of Hydra.
        parser: of them.
        sweep: its folder.
    """
    parameters = [f"{key}={value}" for key, value in (config.hydra.sweeper.params or {}).items()]
    (jobs,) = BasicSweeper.split_arguments(parser.parse_overrides([*parameters, *given]), None)

    @cache
    def seed(override: str) -> int | None:
        parsed = parser.parse_override(override)
        return cast(int, parsed.value()) if parsed.key_or_group == "seed" else None

    rounds = {override for job in jobs for override in job if parser.parse_override(override).key_or_group == ROUNDS}
    compares = len(rounds) > 1
    seeds = ([found for override in job if (found := seed(override)) is not None] for job in jobs)
    return [
        job_folder(job, own[-1] if own else config.seed, sweep, compares_rounds=compares)
        for job, own in zip(jobs, seeds)
    ]
