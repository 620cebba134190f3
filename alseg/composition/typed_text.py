"""Overrides as they were typed: text for a setting of text stays that text.

Hydra gives values a type by their looks, before it knows whose they are: ``1_2`` is 12, ``1.50`` is 1.5, ``null`` nothing.
What a setting takes is known from its annotation. Where that is text, whatever Hydra would read as something else is put
in the quotes that Hydra knows, before Hydra sees it; so the jobs of a sweep get the quotes too, wherever they run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from hydra.core.override_parser.types import Sweep
from hydra.errors import HydraException
from omegaconf import DictConfig, open_dict
from omegaconf.errors import OmegaConfBaseException

from alseg.composition.composing import composed
from alseg.composition.override_text import UNREADABLE, as_text, is_mapping, is_plain, quoted, read, split
from alseg.composition.schema import Config
from alseg.composition.setting import Setting

_OVERRIDE = re.compile(r"(?P<plus>\+{0,2})(?P<key>[\w./@$-]+)=(?P<value>.*)", re.DOTALL | re.ASCII)
_NO_GROUPS = ("name", "seed", "run_dir", "worst", "split", "primary_metric")


def as_typed(
    overrides: Sequence[str], *, name: str = "config", place: str | None = None, config: DictConfig | None = None
) -> list[str]:
    """Put quotes around values that would not reach their settings as the text that was typed.

    Args:
        overrides: settings of a command line.
        name: of the root config.
        place: the folder that it lies in, instead of ``conf``.
        config: what the settings make, if that is known; else it is composed if there is doubt about any of them.

    Raises:
        ConfigError: if there is no way to write a value so that Hydra leaves it alone.
    """
    chosen = [_chosen(word) for word in overrides]
    composing = cache(lambda: frame(chosen, name=name, place=place) if config is None else config)
    return [_as_typed(word, composing) for word in chosen]


def keep_sweep_as_typed(config: DictConfig) -> None:
    """Put quotes likewise into an experiment's own sweep, ``hydra.sweeper.params``, in place."""
    params = config.hydra.sweeper.get("params")
    if not params:
        return
    typed = as_typed([f"{key}={value}" for key, value in params.items()], config=config)
    with open_dict(config):
        for key, word in zip(list(params), typed):
            params[key] = word.partition("=")[2]


def frame(overrides: Sequence[str], *, name: str = "config", place: str | None = None) -> DictConfig | None:
    """Compose the choices of a command line, without its other settings; None if they make no config."""
    return _frame(tuple(_first(word) for word in overrides if _decides(word)), name, place)


@lru_cache(maxsize=64)  # a fifth of a second each, and one process asks for the same again
def _frame(choices: tuple[str, ...], name: str, place: str | None) -> DictConfig | None:
    try:
        return composed(choices, name=name, place=place)
    except (HydraException, OmegaConfBaseException, ValueError):  # which Hydra is about to tell
        return None


def _as_typed(word: str, composing: Callable[[], DictConfig | None]) -> str:
    typed = _OVERRIDE.fullmatch(word)
    if typed is None or _is_group(typed["key"]):
        return word
    key, value = typed["key"], read(typed["value"])
    setting = _declared(key)
    if setting.annotation is Any:  # the schema leaves it to what is called
        by_the_user = key.count(".") > 1 and not typed["plus"]  # perhaps an entry, as data.where.site
        if (is_plain(value) and not by_the_user) or (config := composing()) is None:
            return word
        above, setting = _place(key, config)
        if value is None and not setting.is_set:
            return word if not above.takes_entries else f"{typed['plus'] or '++'}{key}={quoted(typed['value'])}"
        text = as_text(typed["value"], setting, key)
        an_entry = by_the_user and above.takes_entries and not setting.is_set
        entries = not typed["plus"] and setting.takes_entries and setting.is_set and is_mapping(read(text))
        return f"{'++' if an_entry or entries else typed['plus']}{key}={text}"  # else Hydra takes only names that stand there
    return f"{typed['plus']}{key}={as_text(typed['value'], setting, key)}"


def _declared(key: str) -> Setting:
    """The setting by the schema alone: no config need be composed to know what most of them are."""
    setting = Setting(Config)
    for name in key.split("."):
        setting = setting.entry(name)
    return setting


def _place(key: str, config: DictConfig) -> tuple[Setting, Setting]:
    above = setting = Setting(Config, config)
    for name in key.split("."):
        above, setting = setting, setting.entry(name)
    return above, setting


def _is_group(key: str) -> bool:
    return "/" in key or "@" in key or ("." not in key and key not in _NO_GROUPS)


def _chosen(word: str) -> str:
    """The choice in a group is the name of a file, whatever it looks like."""
    typed = _OVERRIDE.fullmatch(word)
    if typed is None or not _is_group(typed["key"]) or typed["value"][:1] in ("{", "["):
        return word
    return f"{typed['plus']}{typed['key']}={as_text(typed['value'], Setting(str), typed['key'])}"


def _decides(word: str) -> bool:
    """True if an override chooses an object, and so the settings that there are."""
    typed = _OVERRIDE.fullmatch(word)
    if typed is None:
        return word.startswith("~")
    if typed["value"] and read(typed["value"]) is UNREADABLE:
        return False
    return _is_group(typed["key"]) or "_target_" in word or typed["key"] == "hydra.searchpath"


def _first(word: str) -> str:
    """The first of several values: they are of one kind."""
    key, equals, value = word.partition("=")
    if not isinstance(read(value), Sweep):
        return word
    inside = re.sub(r"^\w+\((.*)\)$", r"\1", value.strip(), flags=re.DOTALL)
    return f"{key}{equals}{split(inside)[0].strip()}"
