"""Config of a command line: composed, checked and resolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from hydra.errors import HydraException
from omegaconf import DictConfig, MissingMandatoryValue, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from alseg.composition.composing import composed
from alseg.composition.override_errors import one_line
from alseg.composition.settle import settled
from alseg.composition.typed_text import as_typed
from alseg.errors import ConfigError


def compose(overrides: Sequence[str] = (), config: str = "config", *, hydra_too: bool = False) -> DictConfig:
    """Compose the config of overrides, as ``alseg run`` does.

    Args:
        overrides: as they are typed, ``strategy=entropy``.
        config: name of the root config, or of one group's choice, ``map/tsne``.
        hydra_too: whether the node ``hydra`` is kept; interpolations are then left as they are.

    Returns:
        The config with every interpolation resolved, unless ``hydra_too``.

    Raises:
        ConfigError: for an override that is none, or a mandatory value that is missing.
    """
    try:
        whole = composed(as_typed(overrides, name=config), name=config, hydra=hydra_too)
        return whole if hydra_too else resolve(whole)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(one_line(error, overrides)) from None


def resolve(config: DictConfig) -> DictConfig:
    """Resolve every interpolation of a config, as it is kept in the run folder.

    Raises:
        ConfigError: if a mandatory value is missing, or text in a YAML file reads as a number.
    """
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
        return settled(cast(dict[str, Any], plain))
    except MissingMandatoryValue as error:
        key = error.full_key or str(error)
        raise ConfigError(f"{key}: no value was given, and there is no default; add {key}=VALUE") from None
