"""Objects of a config: what a node's ``_target_`` names, with the node's address in every error."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable
from typing import Any, cast

import hydra.utils
from hydra.errors import InstantiationException
from omegaconf import DictConfig

from alseg.errors import AlsegError, ConfigError
from alseg.identity.moved import target_today

log = logging.getLogger(__name__)


def instantiate(node: DictConfig, **arguments: Any) -> Any:
    """The object of a node; see `factory`."""
    return factory(node)(**arguments)


def factory(node: DictConfig) -> Callable[..., Any]:
    """Factory for the node's ``_target_``; it takes the arguments that no config can hold.

    Classes say what is wrong with an argument of theirs by ``ValueError("max_clusters=0: at least 1")``; where the node
    hangs in the config is put before it here, so that the user reads ``cold_start.selector.max_clusters=0: at least 1``.

    Raises:
        ConfigError: here or when the factory is called, if the node names nothing or its arguments are not possible.
    """
    address = str(node._get_full_key(None) or "")
    try:
        make = hydra.utils.instantiate(without_labels(node), _partial_=True, _convert_="all")
    except (InstantiationException, ImportError, AttributeError) as error:
        cause = error.__cause__
        if isinstance(cause, AlsegError):
            raise cause from None
        inner = re.search(r"full_key: ([\w.]+)", str(error))
        if isinstance(cause, ValueError):
            raise ConfigError(_addressed(cause, ".".join(filter(None, (address, inner and inner[1]))))) from error
        raise ConfigError(" ".join(str(error).split())) from error

    def checked(**arguments: Any) -> Any:
        try:
            return cast(Callable[..., Any], make)(**arguments)
        except ValueError as error:
            log.debug("%s", node._target_, exc_info=True)
            raise ConfigError(_addressed(error, address)) from error
        except TypeError as error:
            log.debug("%s", node._target_, exc_info=True)
            raise ConfigError(f"{node._target_}: {error}") from error

    return checked


def without_labels(node: Any) -> Any:
    """A config without the ``name`` of every object that takes none: there, it is for people and reports."""
    if not isinstance(node, DictConfig):
        return node
    plain = {str(key): without_labels(value) for key, value in node.items()}
    if "_target_" not in plain:
        return plain
    plain["_target_"] = target = target_today(str(plain["_target_"]))
    if "name" not in plain:
        return plain
    if "name" not in inspect.signature(hydra.utils.get_object(target)).parameters:
        del plain["name"]
    return plain


def _addressed(error: ValueError, address: str) -> str:
    """``max_clusters=0: at least 1`` behind the address of its node."""
    message = " ".join(str(error).split()) or type(error).__name__
    if not address:
        return message
    return f"{address}.{message}" if re.match(r"[a-z_][\w.]*(=|: )", message) else f"{address}: {message}"
