"""Objects of a config, each made by the ``_target_`` of its node, with the node's address in every error."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import hydra.utils
from hydra.errors import InstantiationException
from omegaconf import DictConfig, MissingMandatoryValue, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from alseg.errors import ConfigError, behind, reason_of
from alseg.identity.moved import target_today

log = logging.getLogger(__name__)

SPECIAL = ("_target_", "_partial_", "_args_", "_recursive_", "_convert_")
"""Keys of a node that are no arguments of its ``_target_``."""


@dataclass(frozen=True)
class Factory:
    """Factory for a node's ``_target_``, with the settings of the node; called with the arguments that no config can hold.

    Classes say what is wrong with an argument of theirs by ``ValueError("max_clusters=0: at least 1")``; where the node
    hangs in the config is put before it here, so that the user reads ``cold_start.selector.max_clusters=0: at least 1``.

    Args:
        target: the name of the class or function.
        address: of the node in the config; "" for a node on its own.
        make: the class or function.
        positional: arguments by place.
        settings: arguments by name.
    """

    target: str
    address: str
    make: Callable[..., Any] = field(repr=False)
    positional: tuple[Any, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The object.

        Raises:
            ConfigError: if an argument is not possible.
        """
        try:
            return self.make(*(arguments or self.positional), **{**self.settings, **named})
        except ValueError as error:
            log.debug("%s", self.target, exc_info=True)
            raise ConfigError(behind(self.address, error)) from error
        except (TypeError, InstantiationException) as error:  # an argument too many, say
            log.debug("%s", self.target, exc_info=True)
            raise ConfigError(f"{self.address or self.target}: {reason_of(error)}") from error


def instantiate(node: DictConfig, **arguments: Any) -> Any:
    """Make the object of a node, and of all nodes in it; see `Factory`."""
    return factory(node)(**arguments)


def factory(node: DictConfig) -> Factory:
    """Make the factory of a node; the objects of the nodes in it are made at once.

    A node in it with ``_partial_: true`` is handed over as a factory, too. The ``name`` of an object that takes none is left
    out: it is for people and reports.

    Raises:
        ConfigError: if a node names nothing, or its arguments are not possible; also when a factory is called.
    """
    address = str(node._get_full_key(None) or "")
    try:
        plain = OmegaConf.to_container(node, resolve=True, throw_on_missing=True)
    except MissingMandatoryValue as error:
        raise ConfigError(f"{error.full_key}: no value was given") from error
    except OmegaConfBaseException as error:
        raise ConfigError(f"{error.full_key or address}: {reason_of(error).split(' full_key:')[0]}") from error
    return _factory(cast(dict[str, Any], plain), address)


def _factory(node: Mapping[str, Any], address: str) -> Factory:
    target = target_today(str(node["_target_"]))
    named = {key: value for key, value in node.items() if key not in SPECIAL}
    positional = node.get("_args_", ())
    try:
        # One target at a time: Hydra checks it, and each node's errors can be told from those of the nodes in it.
        make = hydra.utils.instantiate({"_target_": target}, _partial_=True)
        if "name" in named and "name" not in inspect.signature(make).parameters:
            del named["name"]
    except (InstantiationException, ImportError, AttributeError) as error:
        key = f"{address}._target_" if address else "_target_"
        raise ConfigError(f"{key}={target}: {reason_of(error.__cause__ or error)}") from error
    if node.get("_recursive_", True):
        named = {key: _made(value, f"{address}.{key}".strip(".")) for key, value in named.items()}
        positional = [_made(value, address) for value in positional]
    return Factory(target, address, make, tuple(positional), named)


def _made(value: Any, address: str) -> Any:
    """Make the objects of all nodes in a value."""
    if isinstance(value, list):
        return [_made(item, f"{address}.{place}") for place, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if "_target_" not in value:
        return {key: _made(item, f"{address}.{key}") for key, item in value.items()}
    made = _factory(value, address)
    return made if value.get("_partial_", False) else made()
