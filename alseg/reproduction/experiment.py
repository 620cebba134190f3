"""The folder of an experiment: the sweeps that make it, how they are analysed, and what its paper says."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import yaml
from matplotlib.figure import Figure

from alseg.composition import paths
from alseg.errors import ConfigError

BySeed = Mapping[int, float]
TOLD = "experiments/README.md says what a folder of experiments holds"


def experiments() -> Path:
    """The folder of the experiments.

    Raises:
        ConfigError: in an installation without it; a wheel holds the package alone.
    """
    folder = paths.conf().parent / "experiments"
    if not folder.is_dir():
        raise ConfigError(
            f"{folder}: there is no such folder; to reproduce a paper takes a clone of the repository, installed with "
            "pip install -e ."
        )
    return folder


@dataclass(frozen=True)
class Sweep:
    """One command line of ``sweep.yaml``.

    Args:
        command: settings, as behind ``alseg run -m``; ``DATA`` stands for the folder that holds the data sets.
        cpu_hours: what all of its runs take on one core, about.
        tables: the tables that need it; None: all do.
    """

    command: str
    cpu_hours: float
    tables: tuple[str, ...] | None = None

    def settings(self, data: Path | None) -> list[str]:
        """The words of the command; without ``data`` the placeholder stays."""
        words = self.command.split()
        return words if data is None else [word.replace("DATA", str(data)) for word in words]


@dataclass(frozen=True)
class Experiment:
    """Files of ``experiments/NAME``.

    Args:
        folder: with sweep.yaml, paper.yaml, analyse.py, results.csv and README.md.
        own: true of a folder that lies elsewhere than under ``experiments/``.
    """

    folder: Path
    own: bool = False

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.folder.name

    @property
    def called(self) -> str:
        """Name on the command line: that of the folder, or the path of one that lies elsewhere."""
        if not self.own:
            return self.name
        return str(self.folder) if len(self.folder.parts) > 1 else f"./{self.folder}"

    @property
    def results(self) -> Path:
        """The rows that README.md tells of, one per training."""
        return self.folder / "results.csv"

    @property
    def readme(self) -> Path:
        """The page for people."""
        return self.folder / "README.md"

    @cached_property
    def sweeps(self) -> tuple[Sweep, ...]:
        """The command lines that make it, from ``sweep.yaml``."""
        path = self.folder / "sweep.yaml"
        found = []
        for entry in _load(path).get("sweeps") or []:
            try:
                only = entry.get("tables")
                sweep = Sweep(str(entry["command"]), float(entry["cpu_hours"]), None if only is None else tuple(only))
            except (AttributeError, KeyError, TypeError, ValueError):
                raise ConfigError(f"{path}: {entry!r}: a sweep has a command and cpu_hours, a number") from None
            found.append(sweep)
        if not found:
            raise ConfigError(f"{path}: it lists no sweeps")
        return tuple(found)

    @cached_property
    def paper(self) -> dict[str, Any]:
        """The numbers that the paper reports, and their places in it, from ``paper.yaml``."""
        return _load(self.folder / "paper.yaml")

    @property
    def condition(self) -> list[str]:
        """Columns that tell a run's condition."""
        return list(self._analysis("CONDITION"))

    @property
    def classes(self) -> list[str]:
        """Metrics of single classes that ``results.csv`` keeps, such as ``test/dice_class_3``; by default none."""
        return list(getattr(self._module, "CLASSES", ()))

    @property
    def describe(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """The condition of a run, from its config."""
        found: Callable[[Mapping[str, Any]], dict[str, Any]] = self._analysis("describe")
        return found

    @property
    def tables(self) -> Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]]:
        """Its tables by name, each made of the rows."""
        found: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = self._analysis("TABLES")
        return found

    @property
    def figures(self) -> Mapping[str, Callable[[pd.DataFrame], Figure]]:
        """Its figures by name, each made of the rows."""
        found: Mapping[str, Callable[[pd.DataFrame], Figure]] = self._analysis("FIGURES")
        return found

    def ours(self, rows: pd.DataFrame, entry: Mapping[str, Any], which: str) -> Mapping[str, BySeed]:
        """Our measurements where the paper has a number: by variant of ours, by seed.

        Args:
            rows: one per training.
            entry: of ``results`` in paper.yaml.
            which: the key of the number: ``value``, ``baseline`` or ``proposed``.
        """
        found: Mapping[str, BySeed] = self._analysis("ours")(rows, entry, which)
        return found

    def _analysis(self, name: str) -> Any:
        try:
            return getattr(self._module, name)
        except AttributeError:
            raise ConfigError(f"{self._module.__file__}: it has no {name}; {TOLD}") from None

    @cached_property
    def _module(self) -> ModuleType:
        path = self.folder / "analyse.py"
        if not path.exists():
            raise ConfigError(f"{path}: there is no such file; {TOLD}")
        # It imports what the experiments share; a folder of one's own need not, and there may be no clone.
        if not self.own and (clone := str(experiments().parent)) not in sys.path:
            sys.path.insert(0, clone)
        spec = importlib.util.spec_from_file_location(f"experiments.{self.name}.analyse", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def find(name: str) -> Experiment:
    """The experiment of this name, or of this path.

    Args:
        name: of a folder under ``experiments/``, or the path, with a separator in it, of another folder with a ``sweep.yaml``.

    Raises:
        ConfigError: if there is none.
    """
    if Path(name).name != name and (Path(name) / "sweep.yaml").is_file():
        return Experiment(Path(name), own=True)
    root = experiments()
    known = sorted(path.parent.name for path in root.glob("*/sweep.yaml"))
    if name not in known:
        raise ConfigError(f"{name}: there is no experiment of this name; there are {', '.join(known)}")
    return Experiment(root / name)


def _load(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; {TOLD}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: it cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: a mapping is expected, as in the other experiments")
    return content
