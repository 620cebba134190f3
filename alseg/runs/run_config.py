"""The config of a run, with what may have moved since."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from omegaconf import DictConfig, OmegaConf

from alseg.errors import ConfigError, RunFolderError
from alseg.runs.run_folder import RunFolder

MOVABLE = ("data.root=", "data.cache_dir=")


def config_of(run: RunFolder, overrides: Sequence[str] = ()) -> DictConfig:
    """Read the config of a run.

    Args:
        run: its folder.
        overrides: ``data.root=PATH``, where the data set lies now.

    Raises:
        RunFolderError: if it is no run folder.
        ConfigError: for an override of any other setting.
    """
    if not run.config.exists():
        raise RunFolderError(f"{run.path}: there is no config.yaml, so it is no run folder")
    for override in overrides:
        if not override.startswith(MOVABLE):
            raise ConfigError(
                f"{override}: a run keeps its settings; only data.root=PATH can be given, if its data moved"
            )
    config = cast(DictConfig, OmegaConf.load(run.config))
    for override in overrides:
        key, _, moved = override.partition("=")
        OmegaConf.update(config, key, moved.replace("${", "\\${"))  # a path as it was typed
    return config


def root_of(config: DictConfig) -> Path | None:
    """Folder of the run's data set; None for one that is computed."""
    root = config.data.get("root")
    return None if root is None else Path(str(root)).expanduser()


def existing_root(run: RunFolder, config: DictConfig) -> Path | None:
    """The same.

    Raises:
        RunFolderError: if the folder is not there.
    """
    root = root_of(config)
    if root is not None and not root.is_dir():
        raise RunFolderError(
            f"{run.path}: data.root={root} is not there; say where it is now: data.root=PATH in this command"
        )
    return root
