"""Today's defaults for settings that the config of an older run does not have."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from alseg.composition.choices import choices
from alseg.identity.moved import target_today
from alseg.identity.settings import flat, is_free, unused

log = logging.getLogger(__name__)

ABSENT = object()


def filled(config: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """Fill a resolved config with today's default of those of ``keys`` (dotted) that it does not have.

    A default is that of the file of ``conf/`` that the group was chosen by, and only where the object around the setting is
    the same; what else is missing stays so.
    """
    present, idle = dict(flat(config)), unused(config)
    missing = [k for k in keys if k not in present and not is_free(k) and k.split(".", 1)[0] not in idle]
    result = _copy(config)
    for key in missing:
        value = _default(config, key)
        if value is not ABSENT:
            _put(result, key, value)
    return result


def _default(config: Mapping[str, Any], key: str) -> Any:
    today = _composed(_choices(config))
    value: Any = today
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return ABSENT
        value = value[part]
    if _around(today, key) != _around(config, key) or isinstance(value, Mapping):
        return ABSENT
    return _resolved(config, key, value) if isinstance(value, str) and "${" in value else value


def _around(config: Mapping[str, Any], key: str) -> tuple[str, Any]:
    """The nearest object that a setting belongs to, as its place and its ``_target_``."""
    found: tuple[str, Any] = ("", None)
    node, place = config, ""
    for part in key.split(".")[:-1]:
        below = node.get(part)
        if not isinstance(below, Mapping):
            return place + part, ABSENT
        node, place = below, f"{place}{part}."
        if "_target_" in node:
            found = (place, target_today(node["_target_"]))
    return found


def _choices(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The overrides that choose the files of ``conf/`` that a config was made of, as far as it tells."""
    found = []
    for group, node in config.items():
        name = node.get("name") if isinstance(node, Mapping) else node
        if group == "data" and name not in choices("data"):
            name = "folder"
        if isinstance(name, str) and name in choices(group):
            found.append(f"{group}={name}")
    return tuple(sorted(found))


@cache
def _composed(overrides: tuple[str, ...]) -> dict[str, Any]:
    """Config of a command line of nothing but choices, unresolved; empty where there is none."""
    from hydra.errors import HydraException  # half a second, and few runs lack a setting
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from alseg.composition.composing import composed

    try:
        config: Any = OmegaConf.to_container(composed(overrides, hydra=False), resolve=False)
        return dict(config)
    except (HydraException, OmegaConfBaseException):
        log.debug("%s: no config is made of these", overrides, exc_info=True)
        return {}


def _resolved(config: Mapping[str, Any], key: str, value: str) -> Any:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    whole = _copy(config)
    _put(whole, key, value)
    try:
        return OmegaConf.select(OmegaConf.create(whole), key)
    except OmegaConfBaseException:
        return ABSENT


def _copy(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, Mapping) else value for key, value in config.items()}


def _put(config: dict[str, Any], key: str, value: Any) -> None:
    *above, last = key.split(".")
    node = config
    for part in above:
        node = node.setdefault(part, {})
    node[last] = value
