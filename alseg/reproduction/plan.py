"""Which runs an experiment consists of, where they lie, and which of them are still to be made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from alseg import config as schema
from alseg import folders, paths
from alseg.commands.override_errors import one_line
from alseg.errors import ConfigError
from alseg.reproduction.experiment import Sweep
from alseg.run_folder import RunFolder


@dataclass(frozen=True)
class Plan:
    """The runs of one sweep.

    Args:
        sweep: the command line.
        settings: what ``alseg run -m`` is given.
        runs: the folder of each run.
    """

    sweep: Sweep
    settings: tuple[str, ...]
    runs: tuple[Path, ...]

    @property
    def missing(self) -> tuple[Path, ...]:
        """The runs that are not finished."""
        return tuple(folder for folder in self.runs if not RunFolder(folder).done.exists())

    @property
    def hours_left(self) -> float:
        """CPU-hours that the missing runs take, about."""
        return self.sweep.cpu_hours * len(self.missing) / max(len(self.runs), 1)


def plan(sweep: Sweep, data: Path | None, runs: Path, more: Sequence[str] = ()) -> Plan:
    """What a sweep would run, as Hydra's own sweeper takes the command apart.

    Args:
        sweep: the command line.
        data: the folder of the data sets; None leaves the placeholder.
        runs: under which the sweep's folder lies.
        more: settings that are added to the command.

    Raises:
        ConfigError: if the command line cannot be composed.
    """
    given = [*sweep.settings(data), *more]
    try:
        parser = OverridesParser.create()
        fixed = [word for word in given if not parser.parse_override(word).is_sweep_override()]
        config = _composed(fixed)
        sweep_dir = f"run_dir={runs / config.name}"
        params = [f"{key}={value}" for key, value in (config.hydra.sweeper.params or {}).items()]
        jobs = BasicSweeper.split_arguments(parser.parse_overrides([*params, *given, sweep_dir]), None)[0]
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(f"{' '.join(given)}: {one_line(error)}") from None
    excluded = set(config.hydra.job.config.override_dirname.exclude_keys)
    places = tuple(runs / config.name / _job_folder(job, excluded, config.seed) for job in jobs)
    return Plan(sweep, (*given, sweep_dir), places)


def _composed(overrides: Sequence[str]) -> DictConfig:
    schema.register()
    folders.register()
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(paths.conf()), version_base="1.3"):
        return compose("config", overrides=list(overrides), return_hydra_config=True)


def _job_folder(job: Sequence[str], excluded: set[str], seed: int) -> str:
    """The folder of a job under that of its sweep, as conf/config.yaml has it."""
    kept, chosen = [], seed
    for key, value in _pairs(job):
        if key == "seed":
            chosen = int(value)
        if key not in excluded and not key.startswith(("hydra.", "hydra/")):
            kept.append(f"{key}={value}")
    return folders.job_folder(",".join(sorted(kept)), chosen)


def _pairs(job: Sequence[str]) -> Iterator[tuple[str, str]]:
    for word in job:
        key, _, value = word.partition("=")
        yield key, value
