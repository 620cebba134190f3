"""The config of a run, with what may have moved since."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from alseg.errors import ConfigError, RunFolderError, reason_of
from alseg.runs.run_folder import RunFolder

CALL = re.compile(r"(?<!\\)(\\\\)*\$\{\s*[\w.]+\s*:")
"""An interpolation that calls something, as ``${oc.env:HOME}``: alseg keeps what came of it, so somebody else has put it there."""
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
    config = read_config(run.config)
    for override in overrides:
        key, _, moved = override.partition("=")
        OmegaConf.update(config, key, moved.replace("${", "\\${"))  # a path as it was typed
    return config


def read_config(path: Path) -> DictConfig:
    """Read the config that a run was started with.

    Raises:
        RunFolderError: if it cannot be read, or is no mapping.
    """
    try:
        config = OmegaConf.load(path)
    except (OSError, ValueError, yaml.YAMLError, OmegaConfBaseException) as error:
        raise RunFolderError(
            f"{path}: it cannot be read ({reason_of(error)}); restore it, or take another run_dir"
        ) from error
    if not (isinstance(config, DictConfig) and len(config)):
        raise RunFolderError(f"{path}: it holds no settings; restore it, or take another run_dir")
    for text in _texts(OmegaConf.to_container(config)):
        if (call := CALL.search(text)) is not None:
            raise RunFolderError(
                f"{path}: it holds {call[0]}...}}, which a run never keeps; restore it, or take another run_dir"
            )
    return config


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


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
