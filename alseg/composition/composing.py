"""Compose a config in this process, outside of Hydra's application."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from hydra import compose, initialize_config_dir
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from omegaconf import DictConfig

from alseg.composition import config_files, machine, paths, public_data, schema
from alseg.composition import folder_names as folders
from alseg.composition.plugins import PluginPaths
from alseg.errors import ConfigError


@cache
def register() -> None:
    """Make schema, public data sets, plugins and resolvers known to Hydra and OmegaConf, once for the process."""
    Plugins.instance().register(PluginPaths)
    config_files.register()
    schema.register()
    public_data.register()
    register_resolvers()


def register_resolvers() -> None:
    """Make resolvers known to OmegaConf; schema and data sets Hydra itself hands over to the processes of jobs."""
    folders.register()
    machine.register()


def composed(
    overrides: Sequence[str], *, name: str | None = "config", place: str | None = None, hydra: bool = True
) -> DictConfig:
    """Compose the config of a command line without sweeps; an application of Hydra's that is running goes on undisturbed.

    Args:
        overrides: settings as ``alseg run`` takes them.
        name: of the root config; None: there is none, only what the overrides choose.
        place: the folder that it lies in, instead of ``conf``.
        hydra: with its ``hydra`` node, which says how it is run.

    Raises:
        HydraException, OmegaConfBaseException: if there is no such config.
    """
    with initialised(place):
        try:
            return compose(name, overrides=list(overrides), return_hydra_config=hydra)
        except OSError as error:
            raise too_long(error, overrides) from error


def too_long(error: OSError, overrides: Sequence[str]) -> Exception:
    """The error for a choice that no file system has a name for; anything else as it is."""
    if error.errno != errno.ENAMETOOLONG:
        return error
    longest = max(overrides, key=len)
    return ConfigError(f"{longest[:60]}...: no such choice, for it is longer than the name of a file can be")


@contextmanager
def initialised(place: str | None = None) -> Iterator[Hydra]:
    """Initialise Hydra for a folder of configs, by default ``conf``; a running application goes on undisturbed after it."""
    register()
    running = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(place or str(paths.conf()), version_base="1.3"):
            hydra = GlobalHydra.instance().hydra
            assert hydra is not None
            yield hydra
    finally:
        if running is not None:
            GlobalHydra.instance().initialize(running)
