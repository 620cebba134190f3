"""Settle the resolved settings of a run for its folder: text is text, and paths hold from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf

from alseg.composition.schema import Config
from alseg.composition.setting import Setting
from alseg.errors import ConfigError


def settled(plain: dict[str, Any]) -> DictConfig:
    """Make the config of resolved settings.

    What a setting takes is known from the annotation of what is called with it. Where that is text, a whole number of a
    YAML file becomes its digits; any other number has lost what was written (1.50 is 1.5) and is refused. A path that
    begins with ``~`` or in the current folder is written out. The settings of `alseg.composition.schema` have their kinds already.

    Raises:
        ConfigError: naming the setting that YAML read as something else.
    """
    root = Setting(Config, OmegaConf.create(_literal(plain)))
    return cast(DictConfig, OmegaConf.create(_literal({k: _settle(v, root.entry(k), k) for k, v in plain.items()})))


def _settle(value: Any, setting: Setting, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _settle(each, setting.entry(str(name)), f"{key}.{name}") for name, each in value.items()}
    if isinstance(value, list):
        item = setting.item
        return value if item is None else [_settle(each, item, key) for each in value]
    if not setting.is_text or value is None:
        return value
    if isinstance(value, bool | float):
        raise ConfigError(
            f"{key}: {str(value).lower()} is {'a truth value' if isinstance(value, bool) else 'a number'} to YAML, and this "
            f"setting is text; put it in quotes, as it is meant"
        )
    return str(Path(str(value)).expanduser().absolute()) if setting.is_path and value != "" else str(value)


def _literal(value: Any) -> Any:
    """Keep ``${`` as these characters: everything is resolved, and what is left of them was meant."""
    if isinstance(value, dict):
        return {name: _literal(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_literal(each) for each in value]
    return value.replace("${", "\\${") if isinstance(value, str) else value
