"""Config of a command line: composed, checked and resolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import hydra
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, MissingMandatoryValue, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from alseg.composition import folder_names, paths, public_data, schema
from alseg.composition.override_errors import one_line
from alseg.errors import ConfigError


def compose(overrides: Sequence[str] = (), config: str = "config", *, hydra_too: bool = False) -> DictConfig:
    """The config that overrides come to, as ``alseg run`` composes it.

    Args:
        overrides: as they are typed, ``strategy=entropy``.
        config: name of the root config, or of one group's choice, ``map/tsne``.
        hydra_too: whether the node ``hydra`` is kept; interpolations are then left as they are.

    Returns:
        The config with every interpolation resolved, unless ``hydra_too``.

    Raises:
        ConfigError: for an override that is none, or a mandatory value that is missing.
    """
    register()
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(paths.conf()), version_base="1.3"):
            composed = hydra.compose(config, overrides=list(overrides), return_hydra_config=hydra_too)
            return composed if hydra_too else resolve(composed)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(one_line(error)) from None


def register() -> None:
    """Make schema, public data sets and resolvers known to Hydra and OmegaConf."""
    schema.register()
    public_data.register()
    folder_names.register()


def resolve(config: DictConfig) -> DictConfig:
    """The config with every interpolation resolved, as it is kept in the run folder.

    Raises:
        ConfigError: if a mandatory value is missing.
    """
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
        return cast(DictConfig, OmegaConf.create(cast(Any, plain)))
    except MissingMandatoryValue as error:
        key = error.full_key or str(error)
        raise ConfigError(f"{key}: no value was given, and there is no default; add {key}=VALUE") from None
