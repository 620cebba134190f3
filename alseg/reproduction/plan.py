"""Runs of an experiment: their folders, and those that are still to be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from alseg.composition.compose import compose
from alseg.composition.override_errors import one_line
from alseg.composition.typed_text import as_typed, keep_sweep_as_typed
from alseg.errors import ConfigError
from alseg.reproduction.experiment import Sweep
from alseg.runs.run_folder import RunFolder
from alseg.sweeps.plan import subdirectories


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
    """Runs of a sweep, as Hydra's own sweeper takes the command apart.

    Args:
        sweep: the command line.
        data: the folder of the data sets; None leaves the placeholder.
        runs: under which the sweep's folder lies.
        more: settings that are added to the command.

    Raises:
        ConfigError: if the command line cannot be composed.
    """
    try:
        given = as_typed([*sweep.settings(data), *more])
        parser = OverridesParser.create()
        fixed = [word for word in given if not parser.parse_override(word).is_sweep_override()]
        config = compose(fixed, hydra_too=True)
        keep_sweep_as_typed(config)
        (sweep_dir,) = as_typed([f"run_dir={runs / config.name}"])
        task = [word for word in given if not word.startswith("hydra")]
        names = subdirectories(config, task, parser, runs / config.name)
    except ConfigError as error:
        raise ConfigError(f"{sweep.command}: {error}") from None
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(f"{sweep.command}: {one_line(error)}") from None
    places = tuple(runs / config.name / name for name in names)
    return Plan(sweep, (*given, sweep_dir), places)
